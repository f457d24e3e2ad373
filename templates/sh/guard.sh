#!/bin/sh
# Runs a command under a lock and in a session of its own, which outlives the connection.
# usage: guard.sh LEADER DIR NAME wait|end SECONDS COMMAND [ARG...]   LEADER: text of guard-leader.sh
# 125: the command could not be run; standard error says why.
. "${0%/*}/lib/guard.sh"
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

deadline=$(($(now) + limit)) said=''
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
