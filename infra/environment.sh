#!/bin/sh
# Make .venv with the pinned tools, or bring it up to date; says nothing when there is nothing to do.
set -eu
cd "$(dirname "$0")/.."

wanted=$(cksum < requirements-dev.txt)
if [ -x .venv/bin/python ] && [ "$(cat .venv/installed 2>/dev/null)" = "$wanted" ]; then
  exit 0
fi

suitable() {
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

# An interrupted beginning leaves a Python without pip.
if ! .venv/bin/python -m pip --version > /dev/null 2>&1; then
  rm -rf .venv
  python=
  for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if suitable "$candidate"; then python=$candidate && break; fi
  done
  if [ -z "$python" ]; then
    echo "TaskFlow needs Python 3.11, 3.12 or 3.13: install one, or name it with PYTHON=/path/to/python3." >&2
    exit 1
  fi
  echo "· Making .venv with $("$python" --version)"
  if ! "$python" -m venv .venv; then
    rm -rf .venv
    echo "Python's venv module is missing: install it (on Debian and Ubuntu: apt-get install python3-venv)." >&2
    exit 1
  fi
fi

echo "· Installing the pinned dependencies into .venv (a minute, the first time)"
log=.venv/install.log
started=$(date +%s)
all=$(grep -c '^[a-z0-9]' requirements-dev.txt)
install() {
  .venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off \
    --require-hashes --no-deps --no-compile --requirement "$1" > "$log" 2>&1 &
  pip=$!
  trap 'kill $pip 2>/dev/null; exit 130' INT TERM
  while kill -0 $pip 2>/dev/null; do
    sleep 2
    if grep -q '^Installing collected' "$log"; then
      doing="unpacking"
    else
      doing="$(grep -c -e '^Collecting' -e '^Processing' "$log" || true) of $all packages"
    fi
    echo "  … $(($(date +%s) - started)) s  $doing"
  done
  if ! wait $pip; then
    tail -n 5 "$log" >&2
    echo "The dependencies could not be installed: check the network and pip's package index, then try again (all of it: $log)." >&2
    exit 1
  fi
}
# pip is among the pins, and stumbles when it replaces itself under its own feet: it goes first.
awk '/^pip==/ { ours = 1 } ours { print } ours && !/\\$/ { exit }' requirements-dev.txt > .venv/pip.txt
install .venv/pip.txt
install requirements-dev.txt
echo "$wanted" > .venv/installed
