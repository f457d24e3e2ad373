#!/bin/sh
# Takes the Node of the folder COPIED, below the home of the login: bin/node and lib/node_modules/npm.
# usage: node-copy.sh MAJOR BROUGHT COPIED FINGERPRINT PATTERN
. "${0%/*}/../lib/bootstrap-apply.sh"
. "${0%/*}/../lib/bootstrap-node-take.sh"
mkdir -p /opt/fanops
rm -rf /opt/fanops/node.new
cp -R -- "$3" /opt/fanops/node.new
chown -R root:root /opt/fanops/node.new
chmod -R u=rwX,go=rX /opt/fanops/node.new
chmod 755 /opt/fanops/node.new/bin/node
take /opt/fanops/node.new
