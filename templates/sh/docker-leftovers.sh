#!/bin/sh
# Lists or removes the containers, networks, volumes and images that have all of the labels: "container NAME" a line.
# Nothing where there is no Docker. An image that a container of others uses stays.
# usage: docker-leftovers.sh list|remove LABEL=VALUE...
what=$1
shift
command -v docker >/dev/null 2>&1 || exit 0
for label; do
  shift
  set -- "$@" --filter "label=$label"
done
if [ "$what" = list ]; then
  docker ps --all --format 'container {{.Names}}' "$@" || exit 1
  docker network ls --format 'network {{.Name}}' "$@" || exit 1
  docker volume ls --format 'volume {{.Name}}' "$@" || exit 1
  docker image ls --format 'image {{.Repository}}:{{.Tag}}' "$@" || exit 1
  exit 0
fi
status=0
containers=$(docker ps --all --quiet "$@") || exit 1
for each in $containers; do docker rm --force --volumes "$each" >/dev/null || status=1; done
networks=$(docker network ls --quiet "$@") || exit 1
for each in $networks; do docker network rm "$each" >/dev/null || status=1; done
volumes=$(docker volume ls --quiet "$@") || exit 1
for each in $volumes; do docker volume rm "$each" >/dev/null || status=1; done
images=$(docker image ls --format '{{.Repository}}:{{.Tag}} {{.ID}}' "$@" | sed 's/^<none>.* //; s/ .*//')
for each in $images; do
  [ -n "$(docker ps --all --quiet --filter "ancestor=$each")" ] || docker image rm "$each" >/dev/null || status=1
done
exit $status
