#!/bin/sh
# Has systemd-timesyncd keep the time.
# usage: time-sync-apply.sh 
. "${0%/*}/../lib/bootstrap-apply.sh"
installed systemd-timesyncd || get systemd-timesyncd
systemctl unmask systemd-timesyncd.service 2>/dev/null || true
systemctl enable --now systemd-timesyncd.service
