"""What each figure has to reach: the bar, and what would be good."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Bar:
    unit: str
    bar: float
    stretch: float
    # Whether a larger value is a better one.
    is_floor: bool

    def is_met_by(self, value):
        return value >= self.bar if self.is_floor else value <= self.bar

    def is_stretched_by(self, value):
        return value >= self.stretch if self.is_floor else value <= self.stretch

    def verdict(self, value):
        return "good" if self.is_stretched_by(value) else "met" if self.is_met_by(value) else "missed"

    def text(self, value):
        return f"{'≥' if self.is_floor else '≤'} {value:,g}"


BARS = {
    "match-core-1024": Bar("µs", 20, 5, False),
    "match-core-4096": Bar("µs", 25, 5, False),
    "match-node-first": Bar("µs", 50, 10, False),
    "match-node-low": Bar("µs", 50, 10, False),
    "match-growth": Bar("of 1,024 nodes", 2.5, 1.2, False),
    "mutate-one": Bar("µs", 200, 50, False),
    "mutate-bulk": Bar("s", 2, 0.5, False),
    "backfill": Bar("ms", 250, 50, False),
    "backfill-conservative": Bar("ms", 500, 500, False),
    "backfill-get-p99": Bar("ms", 20, 20, False),
    "load": Bar("s", 2, 1, False),
    "graph-memory": Bar("bytes/vertex", 200, 100, False),
    "jobs-real": Bar("of bare spawn", 0.6, 0.85, True),
    "jobs-mock": Bar("jobs/s", 10_000, 30_000, True),
    "submit-one": Bar("jobs/s", 8_000, 15_000, True),
    "submit-one-p99": Bar("ms", 25, 25, False),
    "submit-bulk": Bar("jobs/s", 60_000, 200_000, True),
    "submit-bulk-distinct": Bar("jobs/s", 60_000, 200_000, True),
    "run-latency": Bar("ms", 25, 10, False),
    "bulk-cli": Bar("s", 6, 2, False),
    "deps": Bar("jobs/s", 5_000, 15_000, True),
    "operation": Bar("jobs/s", 10_000, 50_000, True),
    "operation-p99": Bar("ms", 50, 20, False),
    "get-job": Bar("of nginx", 0.35, 0.5, True),
    "list-p99": Bar("ms", 50, 10, False),
    "sse-fanout": Bar("ms", 250, 100, False),
    "sse-memory": Bar("KiB/stream", 40, 25, False),
    "output": Bar("MiB/s", 200, 600, True),
    "output-memory": Bar("MiB", 100, 60, False),
    "restart": Bar("s", 3, 1, False),
    "memory-idle": Bar("MiB", 60, 30, False),
    "memory-pending": Bar("MiB", 700, 300, False),
    # What is good is what etcd does over gRPC: found out in the same run.
    "kvs-put": Bar("of etcd's gateway", 2, 2, True),
    "kvs-get": Bar("of nginx", 0.3, 0.45, True),
    "kvs-get-etcd": Bar("of etcd's gateway", 3, 3, True),
    "kvs-big-dir": Bar("of 10 keys", 1.5, 1.1, False),
    "kvs-watch": Bar("ms", 250, 100, False),
    "kvs-txn": Bar("keys/s", 20_000, 100_000, True),
    "kvs-memory": Bar("MiB", 600, 300, False),
    "kvs-restart": Bar("s", 4, 1, False),
}
