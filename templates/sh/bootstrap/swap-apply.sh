#!/bin/sh
# Makes swap: an npm install may need more than 1 GiB.
# usage: swap-apply.sh 
. "${0%/*}/../lib/bootstrap-apply.sh"
file=/swapfile
[ -n "$(tail -n +2 /proc/swaps)" ] && exit 0
# A file of that name that is no swap is somebody's.
[ ! -s "$file" ] || [ "$(tail -c +4087 "$file" | head -c 10)" = SWAPSPACE2 ] || {
  mkdir -p /var/lib/fanops
  file=/var/lib/fanops/swapfile
}
swapoff "$file" 2>/dev/null || true
rm -f "$file"
(umask 077; fallocate -l 2G "$file" 2>/dev/null || dd if=/dev/zero of="$file" bs=1M count=2048 status=none)
chmod 600 "$file"
mkswap -q "$file" || mkswap "$file" >/dev/null
swapon "$file"
grep -qE "^${file}[[:space:]]" /etc/fstab || printf '%s none swap sw 0 0\n' "$file" >> /etc/fstab
