"""Many clients that watch."""

import json
import threading
import time

from measuring.bench import Stopwatch, expect
from measuring.broker import Caller

from .lines import mock

EVENTS_OF_JOB = 10
JOBS_PER_SECOND = 20
# Connections that submit in turn, so that a slow answer does not slow the rest.
SUBMITTERS = 4


def sse_fanout(bench):
    """Each event to each of many streams: how late, and whether each got all, once, in order."""
    streams_count = bench.size(500, 50)
    seconds = bench.size(15, 3)
    jobs = JOBS_PER_SECOND * seconds
    tails, medians, rates, busy = [], [], [], []
    for _ in bench.rounds:
        with bench.broker(nodes=64, cores_per_node=16) as broker:
            callers = [Caller(broker) for _ in range(SUBMITTERS)]
            with bench.tools.streams(broker, streams_count, "/v1/events?topics=job", jobs, seconds + 60) as streams:
                watch = Stopwatch(broker)
                submit_steadily(callers, jobs)
                result = streams.result()
                watch.stop(result["last_event"])
            expect(result["events"] == jobs * EVENTS_OF_JOB, f"{result['events']} events of {jobs} jobs: {result}")
            expect(not result["gaps"] and not result["repetitions"] and not result["behind"] and not result["ended"],
                   f"a stream was not complete: {result}")
        tails.append(result["p99_ms"])
        medians.append(result["p50_ms"])
        rates.append(result["deliveries"] / watch.seconds)
        busy.append(watch.busy_cores)
    bench.report.add("sse-fanout", tails, f"{streams_count} streams, {min(rates):,.0f} deliveries/s, none missing or "
                     f"double, p50 {max(medians):.0f} ms; broker {max(busy):.2f} cores busy")


def submit_steadily(callers, jobs):
    body = json.dumps(mock()).encode()
    begin = time.monotonic()

    def submit(first):
        for number in range(first, jobs, len(callers)):
            time.sleep(max(0.0, begin + number / JOBS_PER_SECOND - time.monotonic()))
            callers[first].call("POST", "/v1/jobs", body)

    threads = [threading.Thread(target=submit, args=(first,)) for first in range(len(callers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def sse_memory(bench):
    """What an idle stream costs the broker."""
    count = bench.size(2_000, 200)
    costs = []
    for _ in bench.rounds:
        with bench.broker() as broker:
            # The first stream is not counted: it brings what all of them share.
            with bench.tools.streams(broker, 1, "/v1/events", 0, 600):
                before = broker.settled_mib()
                with bench.tools.streams(broker, count, "/v1/events", 0, 600):
                    after = broker.settled_mib()
                    open_streams = Caller(broker).metrics()["sluice_http_streams"]
                    expect(open_streams == count + 1, f"{open_streams:.0f} streams are open")
        costs.append((after - before) * 1024 / count)
    bench.report.add(
        "sse-memory", costs, f"{count:,} idle streams, resident memory of the broker, before {before:.0f} MiB")
