#!/bin/sh
# Installs Node from NodeSource. Only packages of the key with FINGERPRINT are taken. Of a source that is refused
# nothing is left: it would break every later update.
# usage: node-nodesource.sh MAJOR BROUGHT COPIED FINGERPRINT PATTERN
. "${0%/*}/../lib/bootstrap-apply.sh"
. "${0%/*}/../lib/bootstrap-fetch.sh"
. "${0%/*}/../lib/bootstrap-node-offered.sh"
list=/etc/apt/sources.list.d/fanops-nodesource.sources
key=/etc/apt/keyrings/fanops-nodesource.asc
ours "$list" "$5" || foreign "$list"
taken=''
leave() {
  [ -n "$taken" ] || rm -f "$list" "$key" "$key.new" /var/lib/apt/lists/deb.nodesource.com_* \
    /var/lib/apt/lists/partial/deb.nodesource.com_*
}
trap leave EXIT
mkdir -p /etc/apt/keyrings
fetch https://deb.nodesource.com/gpgkey/nodesource-repo.gpg.key -o "$key.new"
mv -f "$key.new" "$key"
chmod 644 "$key"
put "$list" 644 "Types: deb
URIs: https://deb.nodesource.com/node_$2.x
Suites: nodistro
Components: main
Signed-By: $key $4"
# Other sources have no say in whether this one answers.
apt update -o Dir::Etc::sourcelist="$list" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 \
  -o APT::Update::Error-Mode=any
major=$(offered)
[ "${major:-0}" -ge "$1" ] || { echo "NodeSource has no Node of $1 or newer for this system" >&2; exit 1; }
apt install -y nodejs
taken=yes
