#!/bin/sh
# Installs the Docker engine, for hosts that build and run images.
# usage: docker-apply.sh USER
. "${0%/*}/../lib/bootstrap-apply.sh"
has docker || get docker.io
systemctl enable --now docker.service
usermod --append --groups docker "$1"
