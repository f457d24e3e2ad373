/*
 * The scripts behind guard.ts. Constant POSIX sh, for dash, bash and the sh of macOS; everything that varies is an
 * argument.
 * A lock is a file of two lines: number and start time of the leader of the command's process group, and the lock's
 * name.
 */

const FUNCTIONS = `
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
    echo $line | cut -d ' ' -f 2-
  fi
}

# Whether a process group has a member that is no zombie. A group's number is not given to a new process while it has members.
group_lives() {
  if [ -r /proc/self/stat ]; then
    for stat in /proc/[0-9]*/stat; do
      read -r line 2>/dev/null < "$stat" || continue
      line=\${line##*) }
      rest=\${line#* }
      rest=\${rest#* }
      [ "\${rest%% *}" = "$1" ] || continue
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
  pid= start=
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

# Waits for the end of a process group that was sent TERM; KILL after five seconds. A command that is ending removes its lock
# before its children are gone, so the group is asked, not the lock.
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
`;

/** Arguments: script of the leader, directory, name, wait|end, seconds, then the command. */
export const GUARD = `${FUNCTIONS}
leader=$1 dir=$2 name=$3 mode=$4 limit=$5
shift 5
mkdir -p "$dir" || fail "cannot make $dir"
lock=$dir/$name.lock mutex=$dir/$name.mutex

# Only one guard at a time looks at the lock and takes it. One that died here is passed over after a minute.
enter() {
  last=$(($(now) + 90))
  until mkdir "$mutex" 2>/dev/null; do
    [ "$(now)" -lt "$last" ] || fail "cannot make $mutex"
    [ -z "$(find "$mutex" -prune -mmin +1 2>/dev/null)" ] || rmdir "$mutex" 2>/dev/null
    nap
  done
}

deadline=$(($(now) + limit)) said=
while enter; holder_lives; do
  rmdir "$mutex"
  if [ "$mode" = end ] || [ "$(now)" -ge "$deadline" ]; then
    say "ends process group $pid, which holds $name"
    kill -s TERM -- "-$pid" 2>/dev/null
    finish_group "$pid" || fail "process group $pid, which holds $name, cannot be ended"
  else
    [ -n "$said" ] || say "waits at most $limit s for process group $pid, which holds $name"
    said=yes
    nap
  fi
done

if command -v setsid >/dev/null 2>&1; then
  setsid sh -c "$leader" fanops-guard "$lock" "$mutex" "$name" "$@"
  code=$?
else
  set -m
  sh -c "$leader" fanops-guard "$lock" "$mutex" "$name" "$@" &
  wait "$!"
  code=$?
fi
exit "$code"
`;

/**
 * Arguments: lock, mutex, name, then the command. Runs as the leader of the command's process group.
 * The command writes into pipes that are read to their end whatever happens to the channel: a reader that vanished
 * neither
 * blocks nor ends it. The leader and the readers outlive TERM, so that the command's last words and its end are kept.
 */
export const LEADER = `${FUNCTIONS}
lock=$1 mutex=$2 name=$3
shift 3
group=$(ps -o pgid= -p "$$" 2>/dev/null || { line=$(cat "/proc/$$/stat") && line=\${line##*) } && echo "$line" | cut -d ' ' -f 3; })
if [ "$((group))" -ne "$$" ]; then
  rmdir "$mutex"
  fail "this host has no way to start a process group (setsid is missing)"
fi
trap : HUP INT TERM
# By cat, which says why when the disk is full.
printf '%s %s\\n%s\\n' "$$" "$(start_of "$$")" "$name" | cat > "$lock.new" && mv -f "$lock.new" "$lock"
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
exit "\${code:-137}"
`;

/** Arguments: directory, prefix. Prints the names of the locks whose commands were ended. */
export const END_ALL = `${FUNCTIONS}
dir=$1 prefix=$2 held= code=0
for lock in "$dir/$prefix"*.lock; do
  if holder_lives; then
    kill -s TERM -- "-$pid" 2>/dev/null
    held="$held $pid:\${lock##*/}"
  else
    rm -f "$lock"
  fi
done
for entry in $held; do
  lock=\${entry#*:}
  if finish_group "\${entry%%:*}"; then
    rm -f "$dir/$lock"
    echo "\${lock%.lock}"
  else
    say "process group \${entry%%:*}, which holds \${lock%.lock}, cannot be ended"
    code=125
  fi
done
exit "$code"
`;
