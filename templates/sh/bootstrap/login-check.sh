#!/bin/sh
# Looks for the login of deployments and its keys.
# usage: login-check.sh USER all|added SUDOERS_PATTERN [LISTED_KEY...] -- [KEY...]
. "${0%/*}/../lib/bootstrap-check.sh"
. "${0%/*}/../lib/bootstrap-keys.sh"
has sudo || change "sudo is installed"
getent passwd "$user" >/dev/null || change "login $user is made"
same "/etc/sudoers.d/90-fanops-$user" "$user ALL=(ALL) NOPASSWD:ALL" ||
  change "$user may become root without a password"
home=$(getent passwd "$user" | cut -d: -f6)
for key in "$@"; do
  grep -qsF -- "$key" "$home/.ssh/authorized_keys" || change "$user may log in with the key $(short "$key")"
done
gone "$home/.ssh/authorized_keys" | while IFS= read -r key; do change "the key $(short "$key") is taken away"; done
remembered || change "the listed keys are remembered"
fine "$user"
