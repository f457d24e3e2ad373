#!/bin/sh
# Ends the process group of a command, or, where a wrapper leads it, the children of the process and then it.
# usage: kill.sh PID TENTHS   TENTHS of a second that it may take to end by itself after an interrupt; 0: killed at once
all() {
  # shellcheck disable=SC2046 # numbers
  kill -s "$1" -- "-$2" 2>/dev/null ||
    kill -s "$1" $(cat "/proc/$2/task/$2/children" 2>/dev/null) "$2" 2>/dev/null
}
if [ "$2" -gt 0 ]; then
  all INT "$1"
  i=0
  while [ "$i" -lt "$2" ] && kill -0 "$1" 2>/dev/null; do
    sleep 0.1
    i=$((i + 1))
  done
fi
all KILL "$1"
