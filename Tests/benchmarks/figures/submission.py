"""How fast jobs become durable."""

import json

from measuring.bench import Stopwatch, expect
from measuring.broker import Caller

from .lines import HELD

CLIENTS = 64


def submit_one(bench):
    """One job a request, many clients."""
    rates, tails, busy = [], [], []
    with bench.broker() as broker:
        caller = Caller(broker)
        bench.tools.http_load(broker, CLIENTS, 1, ["/v1/jobs"], "POST", json.dumps(HELD).encode())
        for _ in bench.rounds:
            before = caller.pending()
            watch = Stopwatch(broker)
            result = bench.tools.http_load(
                broker, CLIENTS, bench.size(10, 2), ["/v1/jobs"], "POST", json.dumps(HELD).encode())
            watch.stop()
            expect(result["statuses"] == {"201": result["requests"]}, f"answers: {result['statuses']}")
            added = caller.pending() - before
            expect(added == result["requests"], f"{added} of {result['requests']} accepted jobs are pending")
            rates.append(result["rate"])
            tails.append(result["p99_ms"])
            busy.append(watch.busy_cores)
    note = f"{CLIENTS} clients, jobs held; broker {max(busy):.2f} cores busy"
    bench.report.add("submit-one", rates, note)
    bench.report.add("submit-one-p99", tails, note)


def submit_bulk(bench):
    """Many jobs a request: lines that are the same, and lines that differ in one argument."""
    count = bench.size(200_000, 10_000)
    same = (json.dumps(HELD) + "\n").encode() * count
    distinct = "".join(json.dumps({**HELD, "command": ["/bin/true", str(n)]}) + "\n" for n in range(count)).encode()
    for name, body in ("submit-bulk", same), ("submit-bulk-distinct", distinct):
        rates, busy = [], []
        for _ in bench.rounds:
            with bench.broker() as broker:
                watch = Stopwatch(broker)
                result = bench.tools.http_load(
                    broker, 1, "1x", ["/v1/jobs/bulk"], "POST", body, "application/x-ndjson")
                watch.stop()
                expect(result["statuses"] == {"200": 1}, f"answers: {result['statuses']}")
                pending = Caller(broker).pending()
                expect(pending == count, f"{pending} of {count} accepted jobs are pending")
            rates.append(count / result["seconds"])
            busy.append(watch.busy_cores)
        kind = "identical lines" if name == "submit-bulk" else "lines that differ in one argument"
        bench.report.add(name, rates, f"{count:,} {kind} in one request; broker {max(busy):.2f} cores busy")
