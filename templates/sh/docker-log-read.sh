#!/bin/sh
# Prints one stream, out or err, of all containers that filters of docker ps choose, the oldest container first: the last
# lines, those since a time (ISO 8601), or all.
# usage: docker-log-read.sh STREAM LINES|all SINCE FILTER...
. "${0%/*}/lib/docker-log.sh"
from=$1 lines=$2 since=$3
shift 3
all() {
  docker ps --all --quiet "$@" | sed '1!G;h;$!d' | while read -r each; do
    log "$from" ${since:+--since "$since"} "$each"
  done
}
if [ "$lines" = all ] || [ -n "$since" ]; then all "$@"; else all "$@" | tail -n "$lines"; fi
