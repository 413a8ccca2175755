#!/usr/bin/env bash
# Installs the Debian packages named, when they are missing, without a question.
# Usage: scripts/packages.sh PACKAGE…
set -euo pipefail

missing=()
for package in "$@"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "wasl needs these Debian packages: ${missing[*]}; install them as root, or install sudo" >&2
    exit 1
  fi
  as_root=(sudo)
  [[ -t 0 && ${CI:-} != true ]] || as_root=(sudo -n)
fi

# apt_get retries: mirrors fail for a moment now and then, and another apt may
# hold the lock.
apt_get() {
  local attempt
  for attempt in 1 2 3 4; do
    if "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -q "$@" </dev/null; then
      return
    fi
    echo "apt-get $1: attempt $attempt failed" >&2
    sleep $((attempt * 3))
  done
  return 1
}

echo "installing ${missing[*]}"
apt_get update
apt_get install --yes --no-install-recommends "${missing[@]}"
