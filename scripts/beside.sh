#!/usr/bin/env bash
# Runs the commands of standard input, one a line, so many beside each other. What a
# command says is shown whole when it has ended, with its time. Every command runs; one
# that fails fails the whole. Usage: scripts/beside.sh AT_ONCE
set -euo pipefail

# alone runs one command and shows what it said in one piece.
alone() {
  local said start=$SECONDS code=0
  said=$(mktemp)
  bash -c "$2" >"$said" 2>&1 </dev/null || code=$?
  {
    flock 9
    echo "-- $2"
    cat "$said"
    echo "-- $((SECONDS - start)) s$([[ $code == 0 ]] || echo ", FAILED with $code")"
  } 9>>"$1"
  rm -f "$said"
  return "$code"
}
export -f alone

turn=$(mktemp)
trap 'rm -f "$turn"' EXIT
# shellcheck disable=SC2016 # the inner shell is told the command
xargs -d '\n' -n 1 -P "$1" bash -c 'alone "$0" "$1"' "$turn"
