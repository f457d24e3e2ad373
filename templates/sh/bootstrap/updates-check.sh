#!/bin/sh
# Looks whether security updates are installed by themselves.
# usage: updates-check.sh TEXT PATTERN
. "${0%/*}/../lib/bootstrap-check.sh"
installed unattended-upgrades || change "unattended-upgrades is installed"
case $(apt-config dump APT::Periodic::Unattended-Upgrade 2>/dev/null) in
  *'"1"'*) fine "daily" ;;
  *) change "security updates are installed daily" ;;
esac
for timer in apt-daily.timer apt-daily-upgrade.timer; do on "$timer" || change "$timer is on"; done
