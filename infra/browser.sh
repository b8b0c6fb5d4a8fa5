#!/bin/sh
# See to a browser for the page tests: one that is there, else Debian's, else Playwright's own.
set -eu
cd "$(dirname "$0")/.."

for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$name" > /dev/null; then exit 0; fi
done
if [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]; then exit 0; fi
if ls "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium-* > /dev/null 2>&1; then exit 0; fi

if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  echo "· Installing Chromium for the page tests"
  if apt-get update && apt-get install -y --no-install-recommends chromium-headless-shell fonts-noto-core fonts-liberation; then
    exit 0
  fi
fi
echo "· Downloading Chromium for the page tests"
if ! .venv/bin/playwright install chromium; then
  echo "The page tests need a browser: install Chromium or Google Chrome and try again." >&2
  exit 1
fi
