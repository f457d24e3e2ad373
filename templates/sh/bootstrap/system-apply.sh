#!/bin/sh
# Refuses another system, and files of others; changes nothing.
# usage: system-apply.sh [FILE PATTERN]...
. "${0%/*}/../lib/bootstrap-apply.sh"
# shellcheck source=/dev/null
. /etc/os-release 2>/dev/null
while [ $# -gt 1 ]; do
  ours "$1" "$2" || foreign "$1"
  shift 2
done
has apt-get && exit 0
echo "fanops prepares Debian and Ubuntu; this is ${PRETTY_NAME:-something else}." >&2
exit 1
