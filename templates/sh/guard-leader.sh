#!/bin/sh
# Runs as the leader of the process group of a guarded command.
# usage: guard-leader.sh LOCK MUTEX NAME COMMAND [ARG...]
# The command writes into pipes that are read to their end whatever happens to the channel: a reader that vanished
# neither blocks nor ends it. The leader and the readers outlive TERM, so that the last words of the command and its
# end are kept.
. "${0%/*}/lib/guard.sh"
lock=$1 mutex=$2 name=$3
shift 3
group=$(ps -o pgid= -p "$$" 2>/dev/null || {
  line=$(cat "/proc/$$/stat") && line=${line##*) } && echo "$line" | cut -d ' ' -f 3
})
if [ "$((group))" -ne "$$" ]; then
  rmdir "$mutex"
  fail "this host has no way to start a process group (setsid is missing)"
fi
trap : HUP INT TERM
# By cat, which says why when the disk is full.
printf '%s %s\n%s\n' "$$" "$(start_of "$$")" "$name" | cat > "$lock.new" && mv -f "$lock.new" "$lock"
taken=$?
rmdir "$mutex"
[ "$taken" -eq 0 ] || { rm -f "$lock.new"; fail "cannot write $lock"; }

relay() {
  trap '' HUP INT TERM PIPE
  exec tee /dev/null 2>/dev/null
}
exec 6>&1 7>&2
code=$(
  trap : HUP INT TERM
  exec 5>&1
  {
    trap : HUP INT TERM
    {
      trap : HUP INT TERM
      (
        trap - HUP INT TERM
        exec "$@"
      ) 2>&3 3>&- 5>&- 6>&- 7>&-
      ended=$?
      rm -f "$lock"
      echo "$ended" >&5
    } 2>/dev/null | relay >&6 3>&- 5>&- 6>&- 7>&-
  } 3>&1 | relay >&7 5>&- 6>&- 7>&-
)
exit "${code:-137}"
