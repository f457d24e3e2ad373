#!/bin/sh
# offered: major version of the Node that the sources of packages have now; empty where they have none.
offered() {
  candidate=$(apt-cache policy nodejs | awk '$1 == "Candidate:" { print $2 }')
  candidate=${candidate#*:}
  candidate=${candidate%%.*}
  case $candidate in *[!0-9]*) ;; *) printf '%s' "$candidate" ;; esac
}
