#!/bin/sh
# fetch URL [OPTION...]
has curl || get curl ca-certificates
fetch() {
  curl --fail --silent --show-error --location --proto '=https' --connect-timeout 15 --retry 2 --max-time 300 "$@"
}
