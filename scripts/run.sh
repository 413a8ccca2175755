#!/usr/bin/env bash
# Shows the demonstration: fills a folder once, serves it, opens a browser when
# there is a display. With --check it uses a folder of its own and a free port,
# waits until the server is ready, looks at two pages and stops it.
# Usage: scripts/run.sh [--check] [--listen ADDRESS:PORT] [--folder FOLDER] [--contracts N]
set -euo pipefail
cd "$(dirname "$0")/.."

check=false
listen=127.0.0.1:8080
folder=var/demo
contracts=
while (($#)); do
  case $1 in
    --check) check=true; shift ;;
    --listen) listen=$2; shift 2 ;;
    --folder) folder=$2; shift 2 ;;
    --contracts) contracts=$2; shift 2 ;;
    *) echo "unknown argument $1" >&2; exit 2 ;;
  esac
done

scratch=
server=
finish() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  [[ -z $scratch ]] || rm -rf "$scratch"
}
trap finish EXIT

if $check; then
  scratch=$(mktemp -d)
  folder=$scratch/demo
  port=$(node scripts/port.mjs)
  listen=127.0.0.1:$port
  contracts=${contracts:-300}
fi

# A fill that was interrupted never becomes the demonstration: it is made under
# another name and moved when it is complete.
if [[ ! -d $folder ]]; then
  echo "filling $folder (a minute or two) …"
  rm -rf "$folder.part"
  mkdir -p "$folder.part"
  bin/wasl demo --contracts "${contracts:-0}" --db "sqlite:$folder.part/wasl.db"
  mv "$folder.part" "$folder"
fi

address=http://$listen
if $check; then
  bin/wasl serve --demo --db "sqlite:$folder/wasl.db" --listen "$listen" &
  server=$!
  node scripts/ready.mjs "$address/readyz" 60
  node scripts/ready.mjs "$address/" 10
  kill -TERM "$server"
  wait "$server"
  server=
  echo "run-check: ready, then stopped with exit code 0"
  exit
fi

echo "wasl: $address"
if [[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]] && command -v xdg-open >/dev/null; then
  (node scripts/ready.mjs "$address/readyz" 60 && xdg-open "$address" >/dev/null 2>&1) &
fi
trap - EXIT
exec bin/wasl serve --demo --db "sqlite:$folder/wasl.db" --listen "$listen"
