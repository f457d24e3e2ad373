#!/bin/sh
# Looks for the Docker engine.
# usage: docker-check.sh USER
. "${0%/*}/../lib/bootstrap-check.sh"
has docker && fine Docker || change "Docker is installed"
on docker.service || change "Docker starts with the host"
id -nG "$1" 2>/dev/null | tr ' ' '\n' | grep -qx docker || change "$1 may use Docker"
