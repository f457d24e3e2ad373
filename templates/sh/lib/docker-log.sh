# Prints one stream of a container, out or err; a line that is JSON has its own time.
# usage: log STREAM ARG... of docker logs
log() {
  stream=$1
  shift
  if [ "$stream" = err ]; then
    docker logs --timestamps "$@" 2>&1 >/dev/null
  else
    docker logs --timestamps "$@" 2>/dev/null
  fi | sed -u 's/^[^ ]* {/{/'
}
