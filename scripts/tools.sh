#!/usr/bin/env bash
# Checks the tools that building needs, and says what to do when one is missing
# or too old.
set -euo pipefail
cd "$(dirname "$0")/.."

# at_least HAVE WANT: compares versions by number.
at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort --version-sort | head -n 1) == "$2" ]]; }

fail() {
  echo "$1" >&2
  exit 1
}

want_go=$(awk '$1 == "go" {print $2}' go.mod)
command -v go >/dev/null || fail "Go $want_go or later is needed; see go.dev/doc/install"
have_go=$(go env GOVERSION)
at_least "${have_go#go}" "$want_go" || fail "Go $want_go or later is needed; this is $have_go"

want_node=20
command -v node >/dev/null || fail "Node $want_node or later is needed, with npm; see nodejs.org"
have_node=$(node --version)
at_least "${have_node#v}" "$want_node" || fail "Node $want_node or later is needed; this is $have_node"
command -v npm >/dev/null || fail "npm is needed; it comes with Node"
