#!/usr/bin/env bash
# The reliability tests that `make verify` runs, about 30 minutes on two cores.
#
# usage: run.sh [name …]   of: slow crash diskfull powercut fuzz kvs
# SLUICE_BINARY, PYTHON, SEED as for endtoend/run.sh; KILLS, CYCLES, FAULTS, CUTS, CASES, HISTORIES and OPERATIONS for
# more or less.
set -euo pipefail
cd "$(dirname "$0")"
PYTHON=${PYTHON:-python3}
export PYTHONDONTWRITEBYTECODE=1
if (( $# == 0 )); then set -- slow crash diskfull powercut fuzz kvs; fi
for name in "$@"; do
  echo "== $name"
  case $name in
    slow) timeout --kill-after=20 300 "$PYTHON" -m pytest -q -m slow ../endtoend ;;
    crash) timeout --kill-after=20 1500 "$PYTHON" crash.py --kills "${KILLS:-200}" ;;
    diskfull) timeout --kill-after=20 600 "$PYTHON" diskfull.py --cycles "${CYCLES:-20}" --faults "${FAULTS:-20}" ;;
    powercut) timeout --kill-after=20 600 "$PYTHON" powercut.py --cuts "${CUTS:-300}" ;;
    fuzz) timeout --kill-after=20 900 "$PYTHON" ../endtoend/fuzz_api.py --cases "${CASES:-2000}" ;;
    kvs)
      timeout --kill-after=20 120 "$PYTHON" -m pytest -q -c ../endtoend/pytest.ini linearizability
      timeout --kill-after=20 900 "$PYTHON" linearizability/run.py --histories "${HISTORIES:-60}" \
        --operations "${OPERATIONS:-3000}" ;;
    *) echo "no test is called $name" >&2; exit 64 ;;
  esac
done
