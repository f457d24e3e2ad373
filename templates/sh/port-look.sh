#!/bin/sh
# Prints "free", or the error code with which listening at an address ends. With a PROGRAM, and where there is Node, that
# one tries it; else what Linux tells of sockets is read.
# usage: port-look.sh PORT ADDRESS [PROGRAM]
if [ -n "$3" ] && command -v node >/dev/null 2>&1; then exec node -e "$3" "$1" "$2"; fi
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$(printf '%04X' "$1")" -v address="$2" '
  # Addresses stand there as words of the machine, mostly with the low byte first.
  BEGIN {
    if (split(address, part, ".") == 4) {
      low = sprintf("%02X%02X%02X%02X", part[4], part[3], part[2], part[1])
      high = sprintf("%02X%02X%02X%02X", part[1], part[2], part[3], part[4])
    }
  }
  $4 != "0A" || split($2, at, ":") != 2 || at[2] != port { next }
  at[1] ~ /^0+$/ || address == "0.0.0.0" || low == "" { taken = 1 }
  { word = at[1]; sub(/^.*FFFF0000/, "", word); if (word == low || word == high) taken = 1 }
  END { print taken ? "EADDRINUSE" : "free" }'
