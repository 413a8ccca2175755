#!/usr/bin/env bash
# Runs the named make targets one after the other, tells how long each took, and
# closes with a count. The first targets prepare the rest: their failure ends
# the run; after them every target runs, so that one run tells all.
set -uo pipefail
cd "$(dirname "$0")/.."

preparation=" packages tools assets build "
passed=0
failed=()
report=()
for target in "$@"; do
  echo "== $target"
  start=$SECONDS
  if make "$target"; then
    passed=$((passed + 1))
    outcome=ok
  else
    failed+=("$target")
    outcome=FAILED
  fi
  report+=("$(printf '%-10s %-7s %5d s' "$target" "$outcome" $((SECONDS - start)))")
  if [[ $outcome == FAILED && $preparation == *" $target "* ]]; then
    break
  fi
done

echo
printf '%s\n' "${report[@]}"
if ((${#failed[@]})); then
  echo "failed: ${failed[*]}"
fi
echo "steps: $passed passed, ${#failed[@]} failed"
((${#failed[@]} == 0))
