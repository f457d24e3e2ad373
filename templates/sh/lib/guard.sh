#!/bin/sh
# Functions of the guard of commands. A lock is a file of two lines: number and start time of the leader of the
# command's process group, and the lock's name. For dash, bash, busybox and the sh of macOS.
say() { echo "fanops-guard: $*" >&2; }
fail() { say "$*"; exit 125; }
nap() { sleep 0.2 2>/dev/null || sleep 1; }
now() { date +%s; }

# Start time of a process; nothing when it is gone or waits as a zombie to be collected.
start_of() {
  if [ -r /proc/self/stat ]; then
    line=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    line=$(echo "$line" | sed -n '$s/^.*) //p')
    case $line in ''|Z*|X*) return 0 ;; esac
    echo "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null):$(echo "$line" | cut -d ' ' -f 20)"
  else
    line=$(LC_ALL=C TZ=UTC0 ps -o stat= -o lstart= -p "$1" 2>/dev/null)
    case $line in ''|Z*) return 0 ;; esac
    # shellcheck disable=SC2086 # by single spaces
    echo $line | cut -d ' ' -f 2-
  fi
}

# Whether a process group has a member that is no zombie. A group's number is not given to a new process while it has
# members.
group_lives() {
  if [ -r /proc/self/stat ]; then
    for stat in /proc/[0-9]*/stat; do
      read -r line 2>/dev/null < "$stat" || continue
      line=${line##*) }
      rest=${line#* }
      rest=${rest#* }
      [ "${rest%% *}" = "$1" ] || continue
      case $line in Z*|X*) ;; *) return 0 ;; esac
    done 2>/dev/null
    return 1
  fi
  [ -n "$(ps -A -o pgid= -o stat= 2>/dev/null | while read -r group state; do
    [ "$group" = "$1" ] || continue
    case $state in Z*) ;; *) echo yes; break ;; esac
  done)" ]
}

# Whether the command that holds $lock still runs; sets $pid.
holder_lives() {
  pid='' start=''
  [ -f "$lock" ] || return 1
  read -r pid start 2>/dev/null < "$lock" || return 1
  case $pid in ''|*[!0-9]*) return 1 ;; esac
  seen=$(start_of "$pid")
  if [ -n "$seen" ]; then
    [ "$seen" = "$start" ]
    return
  fi
  if [ -r /proc/sys/kernel/random/boot_id ]; then
    case $start in "$(cat /proc/sys/kernel/random/boot_id)":*) ;; *) return 1 ;; esac
  fi
  group_lives "$pid"
}

# Waits for the end of a process group that was sent TERM; KILL after five seconds. A command that is ending removes its
# lock before its children are gone, so the group is asked, not the lock.
finish_group() {
  for last in KILL none; do
    until=$(($(now) + 5))
    while group_lives "$1"; do
      [ "$(now)" -lt "$until" ] || break
      nap
    done
    group_lives "$1" || return 0
    [ "$last" = none ] || kill -s "$last" -- "-$1" 2>/dev/null
  done
  return 1
}
