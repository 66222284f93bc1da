"""The facts without which a number means nothing."""

import os
import pathlib
import platform
import subprocess
import time

PROBES = 200
PROBE_BYTES = 4096


def file_system_of(directory):
    command = ["stat", "--file-system", "--format=%T", str(directory)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def probe_sync(directory):
    """Milliseconds of appending a block and making it durable: the median and the 99th percentile of 200."""
    path = pathlib.Path(directory) / "sync-probe"
    latencies = []
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for _ in range(PROBES):
            begin = time.perf_counter()
            os.write(descriptor, bytes(PROBE_BYTES))
            os.fdatasync(descriptor)
            latencies.append(1000 * (time.perf_counter() - begin))
    finally:
        os.close(descriptor)
        path.unlink()
    latencies.sort()
    return latencies[PROBES // 2], latencies[PROBES * 99 // 100]


def processor_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def facts(directory):
    """Pairs of a word and a value."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    median, tail = probe_sync(directory)
    return [
        ("machine", f"{os.cpu_count()} cores, {processor_name()}, {memory:.0f} GiB"),
        ("kernel", platform.release()),
        ("disk", f"{directory} ({file_system_of(directory)}), fdatasync p50 {median:.2f} ms, p99 {tail:.2f} ms"),
        ("load", f"{os.getloadavg()[0]:.1f} when this began"),
    ]
