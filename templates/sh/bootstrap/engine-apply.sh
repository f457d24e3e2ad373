#!/bin/sh
# Installs the program of an engine; the router runs one of its own, so the service that came with it is off.
# usage: engine-apply.sh PROGRAM PACKAGE
. "${0%/*}/../lib/bootstrap-apply.sh"
mark=/etc/fanops/installed-$1
# Masked, it is not started by its installation: something else may have its port.
has "$1" || {
  put "$mark" 644 "by fanops"
  systemctl mask "$1.service"
  get "$2" || { systemctl unmask "$1.service"; rm -f "$mark"; exit 1; }
  systemctl unmask "$1.service"
}
[ ! -e "$mark" ] || systemctl disable --now "$1.service"
