#!/bin/sh
# Takes Node from nodejs.org, by its sums.
# usage: node-tarball.sh MAJOR BROUGHT COPIED FINGERPRINT PATTERN
. "${0%/*}/../lib/bootstrap-apply.sh"
. "${0%/*}/../lib/bootstrap-fetch.sh"
. "${0%/*}/../lib/bootstrap-node-take.sh"
case $(uname -m) in
  x86_64) arch=x64 ;; aarch64) arch=arm64 ;; ppc64le|s390x) arch=$(uname -m) ;;
  *) echo "nodejs.org has no build for $(uname -m)" >&2; exit 1 ;;
esac
base=https://nodejs.org/dist/latest-v$2.x
mkdir -p /opt/fanops/node.new
cd /opt/fanops/node.new
trap 'rm -rf /opt/fanops/node.new' EXIT
fetch "$base/SHASUMS256.txt" -o sums
line=$(grep -E " node-v[0-9.]+-linux-${arch}[.]tar[.]gz$" sums) || {
  echo "nodejs.org has no build of Node $2 for $arch" >&2
  exit 1
}
file=${line##* }
fetch "$base/$file" -o "$file"
printf '%s\n' "$line" | sha256sum -c -
tar -xzf "$file"
take "/opt/fanops/node.new/${file%.tar.gz}"
