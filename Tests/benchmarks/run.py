#!/usr/bin/env python3
"""Measures Sluice, side by side with something outside it, on this machine, over loopback, on a real disk.

    run.py [--only NAME] [--quick] [--record]

Each figure is the median of three rounds. The last lines are name=value, in the unit of the figure's bar. --quick
tries each benchmark once at a reduced size, which says whether it works, not how good the broker is. --record appends
the figures to docs/performance.md.

SLUICE_BINARY names the broker to measure, else it is the newest build; SLUICE_BENCH_DIR a directory on a real disk,
else it is /var/tmp. Needs Linux, cc, OpenSSL's headers, for get-job and kvs-get nginx, for kvs-put, kvs-get and
kvs-txn etcd.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from figures import BENCHMARKS
from measuring import machine
from measuring.bars import BARS
from measuring.bench import Bench, raise_descriptor_limit, synced
from measuring.failure import Failure

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def binary():
    if "SLUICE_BINARY" in os.environ:
        return pathlib.Path(os.environ["SLUICE_BINARY"]).resolve()
    builds = [path for kind in ("release", "debug") if (path := ROOT / ".build" / kind / "sluice").exists()]
    if not builds:
        sys.exit("there is no broker to measure: build one, or name one in SLUICE_BINARY")
    return max(builds, key=lambda path: path.stat().st_mtime)


def place():
    parent = os.environ.get("SLUICE_BENCH_DIR", "/var/tmp")
    directory = pathlib.Path(tempfile.mkdtemp(prefix="sluice-bench-", dir=parent))
    # nginx's workers pass through it; the brokers' state is their own user's only.
    directory.chmod(0o711)
    if machine.file_system_of(directory) in ("tmpfs", "ramfs"):
        directory.rmdir()
        sys.exit(f"{directory.parent} is in memory: name a directory on a disk in SLUICE_BENCH_DIR")
    return directory


def measure(bench, only):
    failures = []
    for names, function in BENCHMARKS.items():
        if only and only not in names:
            continue
        print(f"{', '.join(names)} …", flush=True)
        synced()
        try:
            function(bench)
        except (Failure, OSError, subprocess.SubprocessError) as failure:
            failures.append(names[0])
            print(f"  could not be measured: {failure}", flush=True)
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAME", choices=list(BARS), help="one of: " + ", ".join(BARS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    if options.quick and options.record:
        parser.error("figures of --quick are not worth recording")
    raise_descriptor_limit()
    directory = place()
    try:
        facts = [("broker", str(binary())), *machine.facts(directory)]
        for word, value in facts:
            print(f"{word + ':':<9}{value}")
        bench = Bench(binary(), directory, options.quick)
        failures = measure(bench, options.only)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    if options.quick:
        print("\nreduced sizes, one round: not comparable with the bars")
    bench.report.print_table()
    if options.record and not failures:
        bench.report.record(ROOT, facts)
    bench.report.print_values()
    if failures:
        sys.exit(f"not measured: {', '.join(failures)}")


if __name__ == "__main__":
    main()
