"""What one job writes and one client reads at once."""

import http.client
import ssl
import time

from measuring.background import Background
from measuring.bench import Stopwatch, expect
from measuring.broker import Caller

# Between two looks at the broker's memory.
LOOK_SECONDS = 0.05


def output(bench):
    """A job that writes as fast as it can, followed to its end: every byte, at what rate, in how much memory."""
    mib = bench.size(1_024, 64)
    rates, peaks, busy = [], [], []
    for _ in bench.rounds:
        with bench.broker() as broker:
            caller = Caller(broker)
            script = f"head -c {mib << 20} /dev/zero"
            with Peak(broker) as peak:
                watch = Stopwatch(broker)
                job = caller.json("POST", "/v1/jobs", {"command": ["sh", "-c", script]})["id"]
                count = follow(broker, job)
                watch.stop()
            expect(count == mib << 20, f"{count} bytes of {mib} MiB came")
        rates.append(mib / watch.seconds)
        peaks.append(peak.mib)
        busy.append(watch.busy_cores)
    bench.report.add("output", rates, f"{mib} MiB; broker {max(busy):.2f} cores busy, {max(peaks):.0f} MiB at most")
    bench.report.add("output-memory", peaks, f"resident while {mib} MiB pass")


def follow(broker, job):
    """Reads to the end; how many bytes came."""
    context = ssl.create_default_context(cafile=str(broker.authority))
    connection = http.client.HTTPSConnection("127.0.0.1", broker.port, context=context, timeout=600)
    connection.request("GET", f"/v1/jobs/{job}/output?follow=true", headers={
        "Authorization": f"Bearer {broker.token_file.read_text().strip()}"})
    answer = connection.getresponse()
    expect(answer.status == 200, f"the output cannot be followed: {answer.status}")
    buffer, count = bytearray(1 << 20), 0
    while got := answer.readinto(buffer):
        count += got
    connection.close()
    return count


class Peak(Background):
    """The most memory that a broker held meanwhile."""

    def __init__(self, broker):
        super().__init__(self._look)
        self.mib = 0.0
        self._broker = broker

    def _look(self):
        self.mib = max(self.mib, self._broker.resident_mib())
        time.sleep(LOOK_SECONDS)
