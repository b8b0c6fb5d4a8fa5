#!/bin/sh
# Run a command and, as long as it runs, say every few seconds that it does.
set -eu
"$@" &
work=$!
trap 'kill $work 2>/dev/null; exit 130' INT TERM
tenths=0
while kill -0 $work 2>/dev/null; do
  sleep 0.1
  tenths=$((tenths + 1))
  if [ $((tenths % 25)) = 0 ]; then echo "  … $((tenths / 10)) s"; fi
done
wait $work
