#!/bin/sh
# take FOLDER: puts a Node into the place of an older one, once it has shown that it runs here.
take() {
  place=/opt/fanops/node
  # What is no link to a Node of fanops was put there by somebody else.
  for name in node npm npx; do
    case $(readlink "/usr/local/bin/$name" 2>/dev/null) in /opt/fanops/*) continue ;; esac
    if [ -e "/usr/local/bin/$name" ] || [ -L "/usr/local/bin/$name" ]; then foreign "/usr/local/bin/$name"; fi
  done
  "$1/bin/node" --version
  rm -rf "$place.old"
  [ ! -e "$place" ] || mv "$place" "$place.old"
  mv "$1" "$place"
  rm -rf "$place.old"
  mkdir -p /usr/local/bin
  ln -sfn "$place/bin/node" /usr/local/bin/node
  for tool in npm npx; do
    ln -sfn "$place/lib/node_modules/npm/bin/$tool-cli.js" "/usr/local/bin/$tool"
  done
}
