#!/bin/sh
# Prints a log with its rotated ones, oldest line first: the last lines, those since a time (ISO 8601), or all.
# usage: log-read.sh FILE LINES|all SINCE
f=$1
[ -f "$f" ] || [ -f "$f.1" ] || exit 0
all() {
  for i in 5 4 3 2 1; do if [ -f "$f.$i" ]; then cat -- "$f.$i"; fi; done
  if [ -f "$f" ]; then cat -- "$f"; fi
}
since() { awk -v since="$1" 'match($0, /"time":"[^"]*"/) { t = substr($0, RSTART + 8, RLENGTH - 9) } t >= since'; }
if [ -n "$3" ]; then
  all | since "$3"
elif [ "$2" = all ]; then
  all
elif [ -f "$f" ] && [ "$(tail -n "$2" -- "$f" | wc -l)" -ge "$2" ]; then
  tail -n "$2" -- "$f"
else
  all | tail -n "$2"
fi
