#!/bin/sh
# Looks for the program of an engine of the router, and whether its service is off.
# usage: engine-check.sh PROGRAM PACKAGE
. "${0%/*}/../lib/bootstrap-check.sh"
has "$1" && fine "$1" || change "$1 is installed"
on "$1.service" || exit 0
[ -e "/etc/fanops/installed-$1" ] || { fine "the $1 of the system is not fanops' own and stays as it is"; exit 0; }
change "the $1 of the system is off: the router runs its own"
