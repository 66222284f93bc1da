"""How long the broker plans, and what it costs others; how fast its graph grows."""

import json
import time

from measuring.background import Background
from measuring.bench import expect
from measuring.broker import Caller

NODES, CORES = 1_024, 32
# Of the mixed jobs: whole nodes, or cores; minutes to a day.
NODE_COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
CORE_COUNTS = (1, 2, 4, 8, 12, 16, 24, 32)
HOURS = (1 / 60, 0.25, 1, 4, 24)


def lasting(resources, hours, name):
    """A mock job that ends long after everything here is over."""
    return {"jobspec": {
        "version": 1, "resources": resources,
        "tasks": [{"command": ["true"], "slot": "task", "count": {"per_slot": 1}}],
        "attributes": {"system": {
            "duration": hours * 3_600, "exec": {"test": {"run_duration": "86400s"}}, "job": {"name": name}}},
    }}


def nodes(count):
    slot = {"type": "slot", "count": 1, "label": "task", "with": [{"type": "core", "count": CORES}]}
    return [{"type": "node", "count": count, "exclusive": True, "with": [slot]}]


def cores(count):
    return [{"type": "slot", "count": 1, "label": "task", "with": [{"type": "core", "count": count}]}]


def mixed(total):
    """40 distinct jobs, whole nodes and cores, in equal numbers."""
    kinds = [(nodes(count), HOURS[index % 5]) for index, count in enumerate(NODE_COUNTS * 2)][:24]
    kinds += [(cores(count), HOURS[index % 5]) for index, count in enumerate(CORE_COUNTS * 2)]
    return [{**lasting(resources, hours, f"mixed{index}"), "cc": f"0-{total // len(kinds) - 1}"}
            for index, (resources, hours) in enumerate(kinds)]


def crowded(bench, broker, policy):
    """A broker on which everything is held, and many wait."""
    caller = Caller(broker)
    caller.call("PATCH", "/v1/queues/default", json.dumps({"policy": policy, "started": False}).encode())
    # All nodes are held, with ends that are spread over a day.
    caller.submit([{**lasting(nodes(1), 1 + index / 4, f"holder{index}"), "urgency": 31,
                    "cc": f"0-{NODES // 64 - 1}"} for index in range(64)])
    total = bench.size(100_000, 5_000)
    caller.submit(mixed(total))
    caller.call("PATCH", "/v1/queues/default", json.dumps({"started": True}).encode())
    deadline = time.monotonic() + 120
    while True:
        states = caller.json("GET", "/v1/nodes?state=allocated&limit=1000")["items"]
        cycles = caller.metrics()["sluice_scheduling_cycles_total"]
        if len(states) == 1_000 and cycles > 0:
            break
        expect(time.monotonic() < deadline, f"{len(states)} nodes are held")
        time.sleep(0.05)
    # What came after the last node was taken is over when nothing is planned any more.
    while True:
        before = cycles
        time.sleep(0.5)
        cycles = caller.metrics()["sluice_scheduling_cycles_total"]
        if cycles == before:
            return caller


def cycle_milliseconds(caller):
    """One full cycle, brought about by a change that lets nobody start."""
    before = caller.metrics()["sluice_scheduling_cycles_total"]
    caller.call("PUT", "/v1/maintenance/again",
                json.dumps({"ranks": "0", "from": "2090-01-01T00:00:00Z", "until": f"2090-01-02T00:00:{before % 60:02.0f}Z"})
                .encode())
    deadline = time.monotonic() + 60
    while True:
        metrics = caller.metrics()
        if metrics["sluice_scheduling_cycles_total"] > before:
            return metrics["sluice_scheduling_last_seconds"] * 1_000
        expect(time.monotonic() < deadline, "no cycle came")
        time.sleep(0.01)


def backfill(bench):
    """Full cycles over many mixed jobs, and single GETs while they go on."""
    easy, percentiles = [], []
    with bench.broker(nodes=NODES, cores_per_node=CORES) as broker:
        caller = crowded(bench, broker, "easy")
        job = caller.json("GET", "/v1/jobs?limit=1")["items"][0]["id"]
        for _ in bench.rounds:
            easy.append(cycle_milliseconds(caller))
            percentiles.append(gets_during_cycles(broker, caller, job))
    bench.report.add("backfill", easy, f"EASY, {bench.size(100_000, 5_000):,} waiting jobs of 40 kinds, {NODES:,} nodes")
    bench.report.add("backfill-get-p99", percentiles, "one job's description, one client, cycle after cycle meanwhile")


def gets_during_cycles(broker, caller, job):
    """The 99th percentile of single GETs, in milliseconds."""
    planner = Caller(broker)
    times = []
    with Background(lambda: cycle_milliseconds(planner)) as planning:
        end = time.monotonic() + 4
        while time.monotonic() < end:
            begin = time.monotonic()
            caller.call("GET", f"/v1/jobs/{job}")
            times.append((time.monotonic() - begin) * 1_000)
    expect(planning.steps > 0, "no cycle ended meanwhile")
    expect(len(times) > 200, f"only {len(times)} answers")
    return sorted(times)[len(times) * 99 // 100]


def backfill_conservative(bench):
    """The same where each waiting job has a reservation, as far as they go."""
    values = []
    with bench.broker(nodes=NODES, cores_per_node=CORES) as broker:
        caller = crowded(bench, broker, "conservative")
        for _ in bench.rounds:
            values.append(cycle_milliseconds(caller))
    bench.report.add("backfill-conservative", values, "1,024 reservations, then all others against them")


def mutate_bulk(bench):
    """Many equal nodes in one request, durable when it is answered."""
    count = bench.size(10_000, 1_000)
    values = []
    for _ in bench.rounds:
        with bench.broker(nodes=1, cores_per_node=4) as broker:
            caller = Caller(broker)
            recipe = f"node={count}/[core=16;gpu=2;memory{{size:65536,unit:MiB}}]"
            body = {"mutations": [{"op": "add", "parent": "/cluster0", "recipe": recipe}]}
            begin = time.monotonic()
            caller.call("POST", "/v1/graph/mutations", json.dumps(body).encode(), headers={"If-Match": "*"})
            values.append(time.monotonic() - begin)
            page = caller.json("GET", "/v1/nodes?limit=1000&cursor=5")
            expect(len(page["items"]) >= min(990, count - 10), "the nodes are there")
    bench.report.add("mutate-bulk", values, f"{count:,} nodes of 20 vertices in one request")
