"""How fast jobs are looked up and listed."""

import datetime
import json
import statistics
import time
import urllib.parse

from measuring.bench import Stopwatch, expect
from measuring.broker import Caller
from measuring.failure import Failure
from measuring.nginx import Nginx

from .lines import HELD, copies, mock

CLIENTS = 32
PAGE = 500
# So many pages of each list are read in turn, from the newest on.
PAGES = 20
NAMES = 100
# A second user, so that the list of one is not the list of all. Exists on every system.
OTHER_USER = "daemon"


def get_job(bench):
    """One job's description, against a static file of the same size."""
    ratios, rates, static, busy = [], [], [], []
    with bench.broker() as broker:
        caller = Caller(broker)
        path = f"/v1/jobs/{caller.submit([HELD])[0]}"
        body = caller.call("GET", path)[1]
        with Nginx(bench.folder("nginx"), body) as nginx:
            for _ in bench.rounds:
                seconds = bench.size(8, 2)
                # The first part of each is for warming up.
                bench.tools.http_load(broker, CLIENTS, 1, [path])
                watch = Stopwatch(broker)
                ours = bench.tools.http_load(broker, CLIENTS, seconds, [path])
                watch.stop()
                bench.tools.http_load(nginx, CLIENTS, 1, ["/job"])
                theirs = bench.tools.http_load(nginx, CLIENTS, seconds, ["/job"])
                for result in ours, theirs:
                    expect(result["statuses"] == {"200": result["requests"]}, f"answers: {result['statuses']}")
                for same in "body_bytes", "cipher", "key":
                    expect(ours[same] == theirs[same], f"{same} differs: {ours[same]} and {theirs[same]}")
                rates.append(ours["rate"])
                static.append(theirs["rate"])
                busy.append(watch.busy_cores)
                ratios.append(ours["rate"] / theirs["rate"])
    bench.report.add("get-job", ratios, f"{max(rates):,.0f}/s at best, nginx {max(static):,.0f}/s; {len(body)} bytes, "
                     f"{ours['cipher']}, {ours['key']}; broker {max(busy):.2f} cores busy")


def list_jobs(bench):
    """Pages of a long list by each filter; the figure is that of the slowest."""
    total = bench.size(1_000_000, 100_000)
    with bench.broker(nodes=64, cores_per_node=16) as broker:
        half = fill(broker, total)
        samples = bench.size(200, 60)
        results = {}
        for query in queries(half):
            paths, jobs = pages(Caller(broker), query)
            rounds = [bench.tools.http_load(broker, 1, f"{samples}x", paths) for _ in bench.rounds]
            for result in rounds:
                expect(result["statuses"] == {"200": samples}, f"{query}: {result['statuses']}")
            results[query or "(all)"] = ([result["p99_ms"] for result in rounds], len(paths), jobs)
    for query, (tails, count, jobs) in results.items():
        short = "" if jobs == count * PAGE else f", {jobs} jobs on them"
        print(f"  list-p99  {urllib.parse.unquote(query):<40} {statistics.median(tails):8.2f} ms  {count} pages{short}")
    slowest = max(results, key=lambda query: statistics.median(results[query][0]))
    bench.report.add("list-p99", results[slowest][0], f"pages of {PAGE} out of {total:,} jobs, half of them ended; "
                     f"slowest filter: {urllib.parse.unquote(slowest)}")


def queries(half):
    return ["", f"user={OTHER_USER}", "state=pending", "state=inactive", "result=completed", "result=canceled",
            "queue=rare", "queue=usual", "name=held-7", "name=mock-7", "since=" + urllib.parse.quote(half)]


def fill(broker, total):
    """Half the jobs have ended, half are held, in turns; returns the time at half of them."""
    caller = Caller(broker)
    for queue in "rare", "usual":
        caller.json("PUT", f"/v1/queues/{queue}", {})
    other = Caller(broker, caller.json("POST", "/v1/tokens", {"user": OTHER_USER, "expires_in": 86_400})["token"])
    parts = max(2, total // 100_000)
    part = total // parts
    half, ended = None, 0
    for number in range(parts):
        if number == parts // 2:
            half = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        each = part // 2 // NAMES
        # Of each ten names one belongs to the other user and one to the rare queue.
        mine, others = [], []
        for name in range(NAMES):
            queue = "rare" if name % 10 == 3 else "usual"
            lines = others if name % 10 == 7 else mine
            lines.append(copies(mock(f"mock-{name}", queue), each))
            lines.append(copies({**HELD, "name": f"held-{name}", "queue": queue}, each))
        caller.submit(mine)
        other.submit(others)
        ended += each * NAMES
        caller.await_ended(ended, 600, pause=0.2)
    # A few of the held ones end otherwise.
    caller.json("POST", "/v1/jobs/cancel", {"name": "held-50"})
    caller.await_ended(ended + each * parts, 600, pause=0.2)
    time.sleep(1)
    return half


def pages(caller, query):
    """The targets of the first pages, and how many jobs are on them."""
    first = f"/v1/jobs?limit={PAGE}" + (f"&{query}" if query else "")
    paths, jobs, path = [], 0, first
    while path and len(paths) < PAGES:
        page = json.loads(caller.call("GET", path)[1])
        paths.append(path)
        jobs += len(page["items"])
        cursor = page["next_cursor"]
        path = f"{first}&cursor={cursor}" if cursor else None
    if not jobs:
        raise Failure(f"no job matches {query}")
    return paths, jobs
