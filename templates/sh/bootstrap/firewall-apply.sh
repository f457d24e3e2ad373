#!/bin/sh
# Puts the firewall inside the machine, behind that of its provider.
# usage: firewall-apply.sh RULES UNIT RULES_FILE PATTERN
. "${0%/*}/../lib/bootstrap-apply.sh"
has nft || get nftables
put "$3.checked" 644 "$1"
nft --check -f "$3.checked"
mv -f -- "$3.checked" "$3"
put /etc/systemd/system/fanops-firewall.service 644 "$2" "$4"
systemctl daemon-reload
systemctl enable fanops-firewall.service
systemctl restart fanops-firewall.service
