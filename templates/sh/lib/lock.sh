#!/bin/sh
# The lock that keeps two operators apart, as numbered files of the folder $1: lock.N (first line: end of the lease in
# epoch seconds of the host's clock; rest: the holder as JSON), until.N (a renewed lease), released.N. Taking it is one
# link(2) to the next number, which only one can win; the number is the fencing number.
# shellcheck disable=SC2034 # variables are for the scripts that include it
set -u
dir=$1
umask 077
mkdir -p "$dir" || exit 1
highest() {
  n=0
  for f in "$dir"/lock.*; do
    i=${f##*/lock.}
    case $i in ''|*[!0-9]*) continue ;; esac
    [ "$i" -gt "$n" ] && n=$i
  done
}
left() {
  now=$(date +%s)
  until=$(sed -n 1p "$dir/lock.$n" 2>/dev/null)
  renewed=$(cat "$dir/until.$n" 2>/dev/null)
  [ "${renewed:-0}" -gt "${until:-0}" ] && until=$renewed
  left=$(( ${until:-0} - now ))
  [ -e "$dir/released.$n" ] && left=0
}
