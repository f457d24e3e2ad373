#!/bin/sh
# Prints the last lines of one stream, out or err, of the container that filters of docker ps choose, and each line that
# comes; of the container that takes its place as well. It ends when nobody reads any more.
# usage: docker-log-follow.sh STREAM LINES FILTER...
. "${0%/*}/lib/docker-log.sh"
from=$1 lines=$2 last=
shift 2
while :; do
  now=$(docker ps --quiet "$@" | head -n 1)
  if [ -n "$now" ] && [ "$now" != "$last" ]; then
    log "$from" --follow --tail "$lines" "$now" || exit 0
    last=$now lines=all
  fi
  sleep 1
done
