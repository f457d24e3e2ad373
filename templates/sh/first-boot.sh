#!/bin/sh
# For images without cloud-init: @NAME@ stands for a value in base64.
# usage: first-boot.sh
# By fanops: the login and the host key of the first boot, on images without cloud-init.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
command -v cloud-init >/dev/null 2>&1 && exit 0
text() { printf %s "$1" | base64 -d; }
user=$(text @USER@)
public=$(text @PUBLIC@)
mark=/var/lib/fanops/first-boot
[ "$(cat "$mark" 2>/dev/null)" != "$public" ] || exit 0

getent passwd "$user" >/dev/null || useradd --create-home --shell /bin/bash --comment fanops "$user"
group=$(id -gn "$user")
list=$(getent passwd "$user" | cut -d: -f6)/.ssh/authorized_keys
install -d -m 700 -o "$user" -g "$group" "$(dirname "$list")"
[ -f "$list" ] || install -m 600 -o "$user" -g "$group" /dev/null "$list"
text @KEYS@ | while IFS= read -r key; do
  grep -qsxF -- "$key" "$list" || printf '%s\n' "$key" >> "$list"
done
sudoers=/etc/sudoers.d/90-fanops-$user
printf '%s ALL=(ALL) NOPASSWD:ALL\n' "$user" > "$sudoers.new"
chmod 440 "$sudoers.new"
mv -f -- "$sudoers.new" "$sudoers"

umask 077
text @PRIVATE@ > /etc/ssh/fanops_first_key
rm -f /etc/ssh/ssh_host_*
mv -f /etc/ssh/fanops_first_key /etc/ssh/ssh_host_ed25519_key
printf '%s\n' "$public" > /etc/ssh/ssh_host_ed25519_key.pub
chmod 644 /etc/ssh/ssh_host_ed25519_key.pub
mkdir -p "$(dirname "$mark")"
printf '%s\n' "$public" > "$mark"
systemctl restart ssh.service 2>/dev/null || systemctl restart sshd.service
