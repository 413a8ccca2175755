#!/usr/bin/env bash
# Proves that a fresh clone passes the two commands of the README: `make test`
# and `make run` (started, looked at, stopped).
#
#   scripts/fresh-clone.sh           as the user who calls it
#   scripts/fresh-clone.sh --user    under root: as an ordinary user with sudo
#   scripts/fresh-clone.sh --both    the first, then, under root, the second
#   --quick                          `make check` in place of `make test`
#   --only "TARGET …"                these targets of make in place of `make test`
#
# Only what is committed is cloned. --user makes a user named wasl-fresh, gives
# it sudo without a password, and removes both at the end; it refuses to touch
# a user of that name it did not make.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
user=wasl-fresh
rights=/etc/sudoers.d/$user

mode=self
targets=(test)
while (($#)); do
  case $1 in
    --user) mode=user ;;
    --both) mode=both ;;
    --quick) targets=(check) ;;
    --only) read -ra targets <<<"${2:-}"; shift ;;
    *) echo "unknown argument $1" >&2; exit 2 ;;
  esac
  shift
done

# clone_into FOLDER: the committed state, with the data sets beside it when
# they are there.
clone_into() {
  git -c safe.directory='*' clone --quiet --no-local "file://$root" "$1/wasl"
  [[ ! -d $root/../shared ]] || ln -s "$(realpath "$root/../shared")" "$1/shared"
}

as_self() {
  local folder
  folder=$(mktemp -d)
  echo "== fresh clone as $(id -un) in $folder"
  clone_into "$folder"
  (cd "$folder/wasl" && make "${targets[@]}" && make run-check)
  # Modules are read-only in Go's cache, never in the clone; remove plainly.
  rm -rf "$folder"
}

as_user() {
  if ((EUID != 0)); then
    echo "--user needs root" >&2
    exit 2
  fi
  if id "$user" >/dev/null 2>&1; then
    echo "the user $user exists already; not touching it" >&2
    exit 1
  fi
  "$root/scripts/packages.sh" sudo
  trap forget_user EXIT
  useradd --create-home --shell /bin/bash "$user"
  echo "$user ALL=(ALL) NOPASSWD: ALL" >"$rights"
  chmod 0440 "$rights"
  local home
  home=$(getent passwd "$user" | cut -d: -f6)
  echo "== fresh clone as $user in $home"
  clone_into "$home"
  chown -R "$user:" "$home/wasl"
  runuser -u "$user" -- env -u GOPATH -u GOMODCACHE -u GOCACHE -u npm_config_cache \
    HOME="$home" USER="$user" LOGNAME="$user" TMPDIR=/tmp PATH="$PATH" \
    bash -c 'cd ~/wasl && make "$@" && make run-check' fresh "${targets[@]}"
}

forget_user() {
  rm -f "$rights"
  # What the user still runs (a database that stops by itself) ends with it; a
  # user with a process cannot be removed.
  local process
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    for process in $(ps -u "$user" -o pid= 2>/dev/null); do
      kill -KILL "$process" 2>/dev/null || true
    done
    userdel --remove "$user" 2>/dev/null || true
    id "$user" >/dev/null 2>&1 || return 0
    sleep 0.5
  done
  echo "the user $user could not be removed" >&2
}

case $mode in
  self) as_self ;;
  user) as_user ;;
  both)
    as_self
    if ((EUID == 0)); then as_user; fi
    ;;
esac
echo "fresh clone: ok"
