#!/bin/sh
# Ends the processes of an app of fanops. What a reload has put aside has no number: it is waited for.
# usage: pm2-delete.sh PROGRAM NAME FOLDER   PROGRAM: for node, prints the numbers of PM2's list on standard input
. "${0%/*}/lib/pm2.sh"
program=$1; shift
tries=0
while [ "$tries" -lt 60 ]; do
  ids=$(pm2_clean jlist | node -e "$program" "$@") || exit 1
  [ -n "$ids" ] || exit 0
  # shellcheck disable=SC2086 # one argument each
  case $ids in
    +) sleep 0.5 ;;
    # A number is gone by itself when its process has ended meanwhile: the next look tells.
    *) if pm2_clean delete ${ids%+}; then
        case $ids in *+) ;; *) exit 0 ;; esac
      elif [ "$tries" -ge 3 ]; then
        exit 1
      fi ;;
  esac
  tries=$((tries + 1))
done
echo "processes of $1 under PM2 do not end: $ids" >&2
exit 1
