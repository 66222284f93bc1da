"""The key-value store: beside etcd and nginx, in large directories, with many watchers, with a million keys."""

import json
import random
import statistics
import threading
import time

from measuring.bench import Stopwatch, expect
from measuring.broker import Caller
from measuring.etcd import Etcd, encoded, put_body, range_body
from measuring.failure import Failure
from measuring.nginx import Nginx

NAMESPACE = "/v1/kvs/primary"
KEYS = f"{NAMESPACE}/keys"
TRANSACTION = f"{NAMESPACE}/txn"

PUT_CLIENTS = 64
GET_CLIENTS = 32
TXN_CLIENTS = 16
# Loading is not measured: as many as keep the broker busy.
LOAD_CLIENTS = 8
VALUE = "v" * 100
# So many different keys a round; what comes after overwrites them.
PUT_KEYS = 200_000
GET_KEYS = 1_000
KEYS_OF_TXN = 100
# What the million keys are: a thousand directories of a thousand.
DIRECTORIES = 1_000

COMMITS_PER_SECOND = 200
WRITERS = 8
# Of the benchmark that is only shown: what would be good.
MANY_WATCHERS = 2_000


# MARK: what the benchmarks share

def lift_quota(caller):
    """Room for what the benchmarks write."""
    caller.call("PATCH", NAMESPACE, json.dumps({"quota": {"keys": 8_000_000, "bytes": 4 << 30}}).encode())


def ready(broker):
    lift_quota(Caller(broker))


def txn_body(keys, value=VALUE):
    return json.dumps({"then": [{"op": "put", "key": key, "value": value} for key in keys]}).encode()


def transactions(keys):
    return [txn_body(keys[at:at + KEYS_OF_TXN]) for at in range(0, len(keys), KEYS_OF_TXN)]


def load(bench, broker, keys):
    """Writes the keys by transactions, some at a time so that their texts need no gigabytes."""
    part = 100_000
    for at in range(0, len(keys), part):
        bodies = transactions(keys[at:at + part])
        result = bench.tools.http_load(broker, LOAD_CLIENTS, f"{len(bodies)}x", [TRANSACTION], "POST", bodies)
        expect(result["statuses"] == {"200": len(bodies)}, f"answers while loading: {result['statuses']}")


def key_count(caller):
    """How many keys there are in all directories of the root."""
    path = f"{KEYS}?limit=1000"
    count, cursor = 0, None
    while True:
        page = json.loads(caller.call("GET", path + (f"&cursor={cursor}" if cursor else ""))[1])
        count += sum(item["keys"] if item["kind"] == "directory" else 1 for item in page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return count


def directory_keys(broker, name):
    """How many keys a directory below the root says that it has."""
    # On a connection of its own: one that was idle while there was load may be closed.
    page = json.loads(Caller(broker).call("GET", f"{KEYS}?limit=1000")[1])
    return next((item["keys"] for item in page["items"] if item["key"] == name), 0)


def all_ok(result):
    expect(set(result["statuses"]) <= {"200", "201", "204"}, f"answers: {result['statuses']}")
    return result


# MARK: single keys, beside etcd and nginx

def put(bench):
    """Durable puts of one key each; as etcd takes them from its gateway in JSON, and over gRPC."""
    seconds = bench.size(8, 2)
    ratios, ours, gateway, plain, grpc, busy = [], [], [], [], [], []
    with bench.broker() as broker, Etcd(bench.folder("etcd")) as etcd:
        ready(broker)
        for number in bench.rounds:
            keys = [f"put{number}.k{index}" for index in range(PUT_KEYS)]
            bodies = [put_body(key, VALUE) for key in keys]
            theirs = all_ok(bench.tools.http_load(etcd.tls, PUT_CLIENTS, seconds, ["/v3/kv/put"], "POST", bodies))
            expected = min(PUT_KEYS, theirs["requests"])
            expect(etcd.count(f"put{number}.") == expected, "etcd does not have what it acknowledged")
            watch = Stopwatch(broker)
            result = all_ok(bench.tools.http_load(
                broker, PUT_CLIENTS, seconds, [f"{KEYS}/{key}" for key in keys], "PUT", VALUE.encode(), "text/plain"))
            watch.stop()
            expected = min(PUT_KEYS, result["requests"])
            found = directory_keys(broker, f"put{number}")
            expect(found == expected, f"{found} of {expected} acknowledged keys are there")
            plain.append(
                all_ok(bench.tools.http_load(etcd, PUT_CLIENTS, seconds, ["/v3/kv/put"], "POST", bodies))["rate"])
            grpc.append(bench.tools.grpc_puts(etcd, PUT_CLIENTS, seconds, PUT_KEYS, len(VALUE))["rate"])
            ours.append(result["rate"])
            gateway.append(theirs["rate"])
            ratios.append(result["rate"] / theirs["rate"])
            busy.append(watch.busy_cores)
    bench.report.add(
        "kvs-put", ratios, f"{PUT_CLIENTS} clients, TLS, {statistics.median(ours):,.0f}/s (p99 {result['p99_ms']:.0f} "
        f"ms); etcd's gateway over TLS {statistics.median(gateway):,.0f}/s, without {statistics.median(plain):,.0f}/s, "
        f"over gRPC without TLS {statistics.median(grpc):,.0f}/s; broker {max(busy):.2f} cores busy",
        stretch=statistics.median(grpc) / statistics.median(gateway))


def get(bench):
    """Small values of many keys, beside a static file of nginx and reads of etcd's gateway."""
    seconds = bench.size(6, 2)
    to_nginx, to_etcd, ours, busy = [], [], [], []
    paths = [f"{KEYS}/get.k{index}" for index in range(GET_KEYS)]
    with bench.broker() as broker, Etcd(bench.folder("etcd")) as etcd, \
            Nginx(bench.folder("nginx"), VALUE.encode()) as nginx:
        ready(broker)
        load(bench, broker, [f"get.k{index}" for index in range(GET_KEYS)])
        for index in range(GET_KEYS):
            etcd.post("/v3/kv/put", {"key": encoded(f"get.k{index}"), "value": encoded(VALUE)})
        questions = [range_body(f"get.k{index}") for index in range(GET_KEYS)]

        def measure(server, amount):
            if server is etcd:
                return bench.tools.http_load(etcd, GET_CLIENTS, amount, ["/v3/kv/range"], "POST", questions)
            return bench.tools.http_load(server, GET_CLIENTS, amount, paths if server is broker else ["/job"])

        for _ in bench.rounds:
            results = []
            for server in broker, nginx, etcd:
                # The first part of each is for warming up.
                measure(server, 1)
                watch = Stopwatch(broker)
                results.append(measure(server, seconds))
                watch.stop()
                expect(results[-1]["statuses"] == {"200": results[-1]["requests"]}, f"{results[-1]['statuses']}")
                if server is broker:
                    busy.append(watch.busy_cores)
            for same in "body_bytes", "cipher", "key":
                expect(results[0][same] == results[1][same], f"{same}: {results[0][same]} and {results[1][same]}")
            rates = [result["rate"] for result in results]
            ours.append(rates[0])
            to_nginx.append(rates[0] / rates[1])
            to_etcd.append(rates[0] / rates[2])
    note = f"{GET_CLIENTS} clients, TLS, {GET_KEYS:,} keys, {statistics.median(ours):,.0f}/s"
    bench.report.add("kvs-get", to_nginx, f"{note}, nginx {rates[1]:,.0f}/s in the last round; {results[0]['cipher']}, "
                     f"{results[0]['key']}; broker {max(busy):.2f} cores busy")
    bench.report.add("kvs-get-etcd", to_etcd, f"{note}, etcd's gateway without TLS {rates[2]:,.0f}/s in the last round")


# MARK: transactions

def txn(bench):
    """A hundred keys a transaction, all durable; etcd's gateway does the same beside it, for scale."""
    seconds, count = bench.size(8, 2), bench.size(200_000, 20_000)
    rates, theirs, busy = [], [], []
    with bench.broker() as broker, Etcd(bench.folder("etcd")) as etcd:
        ready(broker)
        for number in bench.rounds:
            keys = [f"txn{number}.k{index}" for index in range(count)]
            bodies = transactions(keys)
            watch = Stopwatch(broker)
            result = all_ok(bench.tools.http_load(broker, TXN_CLIENTS, seconds, [TRANSACTION], "POST", bodies))
            watch.stop()
            expected = min(count, result["requests"] * KEYS_OF_TXN)
            found = directory_keys(broker, f"txn{number}")
            expect(found == expected, f"{found} of {expected} acknowledged keys are there")
            rates.append(result["rate"] * KEYS_OF_TXN)
            busy.append(watch.busy_cores)
            theirs.append(KEYS_OF_TXN * all_ok(bench.tools.http_load(
                etcd, TXN_CLIENTS, bench.size(4, 2), ["/v3/kv/txn"], "POST", [
                    etcd_txn(keys[at:at + KEYS_OF_TXN]) for at in range(0, min(count, 50_000), KEYS_OF_TXN)]))["rate"])
    bench.report.add("kvs-txn", rates, f"{KEYS_OF_TXN} keys a transaction, {TXN_CLIENTS} clients, TLS, p99 "
                     f"{result['p99_ms']:.0f} ms; etcd's gateway {statistics.median(theirs):,.0f} keys/s; broker "
                     f"{max(busy):.2f} cores busy")


def etcd_txn(keys):
    puts = [{"requestPut": {"key": encoded(key), "value": encoded(VALUE)}} for key in keys]
    return json.dumps({"success": puts}).encode()


# MARK: large directories

def big_dir(bench):
    """Overwrites in a directory of a million keys and in one of ten, in turns.

    The figure is the greater of two quotients: of the time that a put takes, and of the broker's processor time for
    it, since what the disk and the network take would hide a slow tree.
    """
    size, seconds = bench.size(1_000_000, 50_000), bench.size(6, 2)
    generator = random.Random(7)
    figures, rates, costs = [], [], []
    with bench.broker() as broker:
        ready(broker)
        load(bench, broker, [f"small.k{index}" for index in range(10)])
        load(bench, broker, [f"big.k{index}" for index in range(size)])
        for name, expected in ("small", 10), ("big", size):
            found = directory_keys(broker, name)
            expect(found == expected, f"{found} of {expected} keys are in {name}")
        broker.settled_mib()
        places = {"small": [f"{KEYS}/small.k{index % 10}" for index in range(100_000)],
                  "big": [f"{KEYS}/big.k{generator.randrange(size)}" for _ in range(100_000)]}
        for paths in places.values():
            bench.tools.http_load(broker, PUT_CLIENTS, 1, paths, "PUT", VALUE.encode(), "text/plain")
        for _ in bench.rounds:
            cost, rate = {}, {}
            for name, paths in places.items():
                watch = Stopwatch(broker)
                result = all_ok(bench.tools.http_load(
                    broker, PUT_CLIENTS, seconds, paths, "PUT", VALUE.encode(), "text/plain"))
                watch.stop()
                rate[name] = result["rate"]
                cost[name] = watch.busy_cores * watch.seconds / result["requests"] * 1e6
            figures.append(max(rate["small"] / rate["big"], cost["big"] / cost["small"]))
            rates.append(rate)
            costs.append(cost)
    rate, cost = rates[-1], costs[-1]
    bench.report.add("kvs-big-dir", figures, f"{size:,} keys beside 10: in the last round {rate['big']:,.0f}/s beside "
                     f"{rate['small']:,.0f}/s, {cost['big']:.0f} µs of the broker's processor time a put beside "
                     f"{cost['small']:.0f}")


# MARK: watching

def watch(bench):
    """Each commit to each of many watchers of one prefix; whether each got all, once, in order, and how late."""
    count, seconds = bench.size(500, 50), bench.size(10, 3)
    tails, medians, rates, busy = [], [], [], []
    for _ in bench.rounds:
        result, stopwatch = watch_once(bench, count, seconds)
        tails.append(result["p99_ms"])
        medians.append(result["p50_ms"])
        rates.append(result["deliveries"] / stopwatch.seconds)
        busy.append(stopwatch.busy_cores)
    many = ""
    if not bench.is_quick:
        try:
            result, stopwatch = watch_once(bench, MANY_WATCHERS, seconds)
            many = f"; {MANY_WATCHERS:,} watchers: p99 {result['p99_ms']:,.0f} ms, " \
                   f"{result['deliveries'] / stopwatch.seconds:,.0f} deliveries/s"
        except Failure as failure:
            many = f"; {MANY_WATCHERS:,} watchers fail: {str(failure)[:120]}"
    bench.report.add("kvs-watch", tails, f"{count} watchers, {COMMITS_PER_SECOND} commits/s, from sending the put to "
                     f"reading the event, none missing or double, {min(rates):,.0f} deliveries/s, p50 "
                     f"{max(medians):.0f} ms; broker {max(busy):.2f} cores busy{many}")


def watch_once(bench, count, seconds):
    commits = COMMITS_PER_SECOND * seconds
    target = f"{NAMESPACE}/watch?prefix=watched"
    with bench.broker() as broker:
        caller = Caller(broker)
        caller.call("PATCH", NAMESPACE, json.dumps({"quota": {"watchers": count + 10}}).encode())
        callers = [Caller(broker) for _ in range(WRITERS)]
        with bench.tools.streams(broker, count, target, commits, seconds + 60, "commit") as streams:
            stopwatch = Stopwatch(broker)
            revisions = commit_steadily(callers, commits)
            result = streams.result()
            stopwatch.stop(result["last_event"])
        expect(result["events"] == commits, f"{result['events']} events of {commits} commits: {result}")
        expect(not result["gaps"] and not result["repetitions"] and not result["behind"] and not result["ended"],
               f"a watch was not complete: {result}")
        expect(result["sum"] == sum(revisions) and len(set(revisions)) == commits,
               "the watchers did not see the revisions that the writers were told")
    return result, stopwatch


def commit_steadily(callers, commits):
    """Puts whose values say when they were sent; returns the revisions."""
    begin, revisions, failures = time.monotonic(), [], []

    def write(first):
        try:
            for number in range(first, commits, len(callers)):
                time.sleep(max(0.0, begin + number / COMMITS_PER_SECOND - time.monotonic()))
                body = str(time.time_ns() // 1000).encode()
                answer = callers[first].call("PUT", f"{KEYS}/watched.w{first}", body, "text/plain")[1]
                revisions.append(json.loads(answer)["revision"])
        except (Failure, OSError, ValueError, KeyError) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=write, args=(first,)) for first in range(len(callers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(not failures, f"a put failed: {failures[:1]}")
    late = time.monotonic() - begin - commits / COMMITS_PER_SECOND
    expect(late < 2, f"the writers were {late:.1f} s behind: the load was not what it says")
    return revisions


# MARK: a million keys

def million(bench):
    """What a million keys take: resident memory, where they were written and after a crash; and the way back."""
    count = bench.size(1_000_000, 50_000)
    keys = [f"d{index % DIRECTORIES}.key-{index:07}" for index in range(count)]
    times = []
    with bench.broker() as broker:
        ready(broker)
        load(bench, broker, keys)
        written = broker.settled_mib()
        for _ in range(1 if bench.is_quick else 3):
            broker.kill()
            times.append(broker.start())
            caller = Caller(broker)
            found = key_count(caller)
            expect(found == count, f"{found} of {count} keys are there after the restart")
            for key in random.Random(5).sample(keys, 20):
                expect(caller.call("GET", f"{KEYS}/{key}")[1] == VALUE.encode(), f"{key} has another value")
        found_mib = broker.settled_mib()
    note = f"{count:,} keys of {len(VALUE)} bytes in {DIRECTORIES:,} directories"
    bench.report.add("kvs-memory", [max(written, found_mib)], f"{note}: {written:.0f} MiB where they were written, "
                     f"{found_mib:.0f} MiB after restarts")
    bench.report.add("kvs-restart", times, f"{note}, kill -9")
