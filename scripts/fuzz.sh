#!/usr/bin/env bash
# Runs each fuzz target of the project for a time. Usage: scripts/fuzz.sh 30s
set -euo pipefail
cd "$(dirname "$0")/.."

time=${1:-30s}
count=0
while read -r folder; do
  for target in $(grep -rhoE '^func Fuzz\w+' --include='*_test.go' "$folder"/*_test.go | awk '{print $2}'); do
    echo "== $folder $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "./$folder"
    count=$((count + 1))
  done
done < <(grep -rlE '^func Fuzz\w+' --include='*_test.go' internal | xargs -n 1 dirname | sort -u)
echo "fuzz targets: $count"
((count > 0))
