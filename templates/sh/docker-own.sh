#!/bin/sh
# Prints what of given names an engine has beside containers: "network NAME LABELS", "volume NAME LABELS" and
# "image NAME LABELS" a line, labels as JSON.
# usage: docker-own.sh NETWORK VOLUME REPOSITORY...
docker network inspect --format 'network {{.Name}} {{json .Labels}}' "$1" 2>/dev/null
docker volume inspect --format 'volume {{.Name}} {{json .Labels}}' "$2" 2>/dev/null
shift 2
for repository; do
  for image in $(docker image ls --quiet "$repository"); do
    docker image inspect --format 'image {{index .RepoTags 0}} {{json .Config.Labels}}' "$image" 2>/dev/null
  done
done
true
