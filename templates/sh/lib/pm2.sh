#!/bin/sh
# pm2_clean ARG...: PM2's client in a clean environment: PM2 keeps that of whoever starts it, in its list and on disk. A
# client whose daemon dies waits for its answer for ever, so the daemon is watched meanwhile.
alive() {
  kill -0 "$1" 2>/dev/null || return 1
  [ -r "/proc/$1/stat" ] || return 0
  case $(sed -n '$s/^.*) //p' "/proc/$1/stat" 2>/dev/null) in ''|Z*|X*) return 1 ;; esac
}
watch() {
  daemon='' gone=0
  while alive "$1"; do
    if [ -z "$daemon" ]; then
      daemon=$(cat "${PM2_HOME:-$HOME/.pm2}/pm2.pid" 2>/dev/null)
      alive "${daemon:-0}" || daemon=''
    elif alive "$daemon"; then gone=0
    else gone=$((gone + 1))
    fi
    [ "$gone" -lt 4 ] || { kill -s KILL "$1"; return; }
    sleep 0.3 || sleep 1
  done
}
pm2_clean() {
  env -i HOME="$HOME" PATH="$PATH" NODE_CLUSTER_SCHED_POLICY=none LANG="${LANG:-C.UTF-8}" \
    ${PM2_HOME:+PM2_HOME="$PM2_HOME"} ${TMPDIR:+TMPDIR="$TMPDIR"} PM2_DISCRETE_MODE=true pm2 "$@" &
  client=$!
  watch "$client" > /dev/null 2>&1 &
  watcher=$!
  wait "$client"
  code=$?
  kill "$watcher" 2>/dev/null
  [ "$code" -ne 137 ] || echo "the daemon of PM2 ended before it had answered" >&2
  return "$code"
}
