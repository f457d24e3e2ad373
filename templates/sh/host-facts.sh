#!/bin/sh
# Prints what fanops needs to know of a host, one NAME=VALUE a line.
# usage: host-facts.sh
printf 'home=%s\n' "$HOME"
printf 'user=%s\n' "$(id -un)"
printf 'system=%s\n' "$(uname -sm)"
printf 'node=%s\n' "$(node --version 2>/dev/null)"
printf 'npm=%s\n' "$(npm --version 2>/dev/null)"
printf 'pm2=%s\n' "$(command -v pm2 2>/dev/null)"
printf 'tar=%s\n' "$(command -v tar 2>/dev/null)"
PATH="$PATH:/usr/sbin:/usr/local/sbin:/usr/local/nginx/sbin:/opt/homebrew/bin"
printf 'nginx=%s\n' "$(command -v nginx 2>/dev/null)"
printf 'haproxy=%s\n' "$(command -v haproxy 2>/dev/null)"
printf 'haproxyVersion=%s\n' "$(haproxy -v 2>/dev/null | sed -n '1s/[^0-9]*\([0-9][0-9.]*\).*/\1/p')"
printf 'freeKb=%s\n' "$(df -Pk "$HOME" | awk 'NR == 2 { print $4 }')"
