#!/bin/sh
# Prints what fanops needs to know of a host, one NAME=VALUE a line.
# usage: host-facts.sh [PROGRAM ARGUMENT]
# PROGRAM: a command whose path is told as well, and, unless ARGUMENT is empty, the version that it prints at ARGUMENT.
printf 'home=%s\n' "$HOME"
printf 'user=%s\n' "$(id -un)"
printf 'system=%s\n' "$(uname -sm)"
printf 'node=%s\n' "$(node --version 2>/dev/null)"
printf 'npm=%s\n' "$(npm --version 2>/dev/null)"
printf 'pm2=%s\n' "$(command -v pm2 2>/dev/null)"
printf 'tar=%s\n' "$(command -v tar 2>/dev/null)"
PATH="$PATH:/usr/sbin:/usr/local/sbin:/usr/local/nginx/sbin:/opt/homebrew/bin"
if [ "$#" -gt 0 ] && command -v "$1" >/dev/null 2>&1; then
  printf 'program=%s\n' "$(command -v "$1")"
  [ -z "$2" ] || printf 'programVersion=%s\n' "$("$1" "$2" 2>&1 | sed -n '1s/[^0-9]*\([0-9][0-9.]*\).*/\1/p')"
fi
printf 'freeKb=%s\n' "$(df -Pk "$HOME" | awk 'NR == 2 { print $4 }')"
