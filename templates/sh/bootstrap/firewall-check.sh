#!/bin/sh
# Looks at the firewall inside the machine.
# usage: firewall-check.sh RULES UNIT RULES_FILE PATTERN
. "${0%/*}/../lib/bootstrap-check.sh"
has nft || change "nftables is installed"
same "$3" "$1" && nft list table inet fanops >/dev/null 2>&1 && fine "nftables" ||
  change "only what the host needs comes in"
on fanops-firewall.service || change "the firewall starts with the host"
