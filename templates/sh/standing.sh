#!/bin/sh
# Prints what a host is to run by its own records: "service NAME" a line, and "router".
# usage: standing.sh DIR
cd "$1" 2>/dev/null || exit 0
for record in services/*/service.json; do
  dir=${record%/service.json}
  [ -f "$record" ] && [ -f "$dir/ecosystem.json" ] && echo "service ${dir#services/}"
done
[ -f router/router.json ] && [ -f router/ecosystem.json ] && echo router
true
