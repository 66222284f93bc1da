#!/usr/bin/env bash
# Finds a minimum with simulations that a driver steers through the key-value store: all of it on a broker that is
# started for the purpose, in a temporary directory, and ended with everything that it started.
#
# usage: run.sh    (needs sluice in the PATH, or SLUICE_BINARY)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
if [ -n "${SLUICE_BINARY:-}" ]; then
  mkdir "$folder/bin" && ln -s "$(realpath "$SLUICE_BINARY")" "$folder/bin/sluice" && PATH=$folder/bin:$PATH
fi
# A broker that is running already is not meant, nor is its token.
unset SLUICE_URI SLUICE_TOKEN SLUICE_TOKEN_FILE SLUICE_CA_FILE SLUICE_KVS_NAMESPACE
export SLUICE_STATE=$folder/state CAMPAIGN=bond-length

sluice start --listen 127.0.0.1:0 --nodes 4 --cores-per-node 4 > "$folder/log" 2>&1 &
broker=$!
# The process that keeps the jobs ends when the state directory is gone.
trap 'kill $broker; wait $broker || true; rm -rf "$folder"' EXIT
for attempt in $(seq 300); do
  if sluice ping > "$folder/ping" 2>&1; then break; fi
  kill -0 $broker || { cat "$folder/log"; exit 1; }
  sleep 0.1
done

sluice kvs namespace create "$CAMPAIGN" --description 'where is the minimum?'
sluice kvs put -N "$CAMPAIGN" --json 'plan={"generation": 0, "low": 0.4, "high": 2.0}'
# The driver is a job like those that it starts.
driver=$(sluice submit --job-name driver "$here/steer.py")
if ! sluice job status --wait "$driver"; then
  sluice job output "$driver" --stream stderr >&2
  exit 1
fi
sluice job output "$driver"
sluice kvs get -N "$CAMPAIGN" best
echo
