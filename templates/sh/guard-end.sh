#!/bin/sh
# Ends all guarded commands whose names begin with a prefix; prints the names of their locks, one a line.
# usage: guard-end.sh DIR PREFIX   125: one could not be ended
. "${0%/*}/lib/guard.sh"
dir=$1 prefix=$2 held='' code=0
for lock in "$dir/$prefix"*.lock; do
  if holder_lives; then
    kill -s TERM -- "-$pid" 2>/dev/null
    held="$held $pid:${lock##*/}"
  else
    rm -f "$lock"
  fi
done
for entry in $held; do
  lock=${entry#*:}
  if finish_group "${entry%%:*}"; then
    rm -f "$dir/$lock"
    echo "${lock%.lock}"
  else
    say "process group ${entry%%:*}, which holds ${lock%.lock}, cannot be ended"
    code=125
  fi
done
exit "$code"
