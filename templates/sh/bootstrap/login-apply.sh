#!/bin/sh
# Makes the login of deployments. A key that was listed and is listed no more is taken away; those of others stay.
# usage: login-apply.sh USER all|added SUDOERS_PATTERN [LISTED_KEY...] -- [KEY...]
. "${0%/*}/../lib/bootstrap-apply.sh"
. "${0%/*}/../lib/bootstrap-keys.sh"
has sudo || get sudo
fresh=''
getent passwd "$user" >/dev/null || { useradd --create-home --shell /bin/bash --comment fanops "$user"; fresh=yes; }
put "/etc/sudoers.d/90-fanops-$user" 440 "$user ALL=(ALL) NOPASSWD:ALL" "$sudoers"
visudo -cq -f "/etc/sudoers.d/90-fanops-$user"
home=$(getent passwd "$user" | cut -d: -f6)
group=$(id -gn "$user")
install -d -m 700 -o "$user" -g "$group" "$home/.ssh"
list=$home/.ssh/authorized_keys
[ -f "$list" ] || install -m 600 -o "$user" -g "$group" /dev/null "$list"
[ -z "$(tail -c 1 "$list")" ] || echo >> "$list"
# Who could log in as root may log in as the new login; lines with options are for something else.
[ -z "$fresh" ] || grep -sE '^(ssh|ecdsa|sk)-' /root/.ssh/authorized_keys >> "$list" || true
added='|'
for key in "$@"; do
  grep -qsF -- "$key" "$list" || { printf '%s\n' "$key" >> "$list"; added="$added$key|"; }
done
gone "$list" | while IFS= read -r key; do
  cp -p -- "$list" "$list.new"
  awk -v key="$key" 'index($0, key) != 1' "$list" > "$list.new"
  grep -qE '^[^#[:space:]]' "$list.new" || {
    rm -f "$list.new"
    echo "without the key $(short "$key") nobody could log in as $user" >&2
    exit 1
  }
  mv -f -- "$list.new" "$list"
done
keep=$(printf '%s\n' "$listed" | while IFS= read -r key; do
  case $mode$added in all*|*"|$key|"*) printf '%s\n' "$key" ;; *) grep -sxF -- "$key" "$mark" || true ;; esac
done)
if [ -n "$keep" ]; then put "$mark" 644 "$keep"; else rm -f "$mark"; fi
