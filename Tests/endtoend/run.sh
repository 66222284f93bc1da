#!/usr/bin/env bash
# The end-to-end tests that `make test` runs: at most 6 minutes on two cores.
#
# usage: run.sh [pytest arguments]
# SLUICE_BINARY  the program under test (default: the newest one below .build)
# PYTHON         an interpreter that has pytest (default: python3)
# SEED           repeats a run; every test prints its own
set -euo pipefail
cd "$(dirname "$0")"
PYTHON=${PYTHON:-python3}
export PYTHONDONTWRITEBYTECODE=1
# One test that hangs must not hold everything: the slowest takes some 40 s.
timeout --kill-after=20 330 "$PYTHON" -m pytest -q -m "not slow" "$@" .
timeout --kill-after=20 120 "$PYTHON" ../reliability/crash.py --kills "${KILLS:-6}"
