#!/bin/sh
# Install the pinned JavaScript tools of package-lock.json; says nothing when there is nothing to do.
set -eu
cd "$(dirname "$0")/.."

wanted=$(cksum < package-lock.json)
if [ "$(cat node_modules/.installed 2>/dev/null)" = "$wanted" ]; then
  exit 0
fi
if ! command -v npm > /dev/null; then
  echo "The checks of the pages need npm: install Node.js 20 or later (on Debian and Ubuntu: apt-get install nodejs npm)." >&2
  exit 1
fi
echo "· Installing the pinned JavaScript tools into node_modules"
if ! sh infra/alive.sh npm ci --no-audit --no-fund --loglevel=error; then
  echo "The JavaScript tools could not be installed: check the network and npm's registry, then try again." >&2
  exit 1
fi
echo "$wanted" > node_modules/.installed
