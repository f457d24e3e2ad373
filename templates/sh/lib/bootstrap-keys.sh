#!/bin/sh
# Reads the arguments of the login; `gone` prints keys that fanops put there since the fleet file listed them, and that
# it lists no more. Those are remembered on the host.
# shellcheck disable=SC2034 # variables are for the scripts that include it
mark=/etc/fanops/ssh_keys
user=$1 mode=$2 sudoers=$3
shift 3
listed='' all='|'
while [ "$1" != -- ]; do
  listed="$listed${listed:+
}$1"
  shift
done
shift
for key in "$@"; do all="$all$key|"; done
# Lines with options before the key are for something else.
holds() { awk -v key="$1" 'index($0, key) == 1 { found = 1 } END { exit !found }' "$2" 2>/dev/null; }
gone() {
  [ -f "$mark" ] || return 0
  while IFS= read -r key; do
    case $all in *"|$key|"*) ;; *) holds "$key" "$1" && printf '%s\n' "$key" ;; esac
  done < "$mark"
}
# On a machine that fanops made, all that is listed came from it.
remembered() { [ "$mode" = added ] || [ "$(cat "$mark" 2>/dev/null)" = "$listed" ]; }
short() { printf '%s' "${1%"${1#????????????????????}"}..."; }
