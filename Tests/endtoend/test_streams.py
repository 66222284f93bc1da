"""Event streams: ordered, unique, without gaps, resumable anywhere, and ended when they must be."""
import json
import threading
import time

import pytest

import harness
from harness import EventParser, assert_problem, mock_job, until


def through(client, path, last, since="0", seconds=harness.PATIENCE, headers=None):
    """The events of a stream up to the one with the id `last`."""
    events, deadline = [], time.monotonic() + seconds
    with client.stream(path, since=since, headers=headers) as stream:
        assert stream.status == 200, stream.status
        for event in stream:
            if event.kind != "bookmark":
                events.append(event)
            if event.id == last:
                return events
            assert time.monotonic() < deadline, f"{last} did not come in {seconds} s"
    raise AssertionError(f"the stream ended before {last}")


def order(identity):
    epoch, number = identity.split("-")
    return int(epoch), int(number)


@pytest.fixture(scope="module")
def told():
    """A broker at rest that has a history, and that history as one stream told it."""
    with harness.Broker(nodes=8, cores=4) as broker:
        broker.start()
        client = broker.client()
        for number in range(12):
            client.submit({"command": ["sh", "-c", f"exit {number % 3}"]})
        client.bulk([mock_job(0.05, cc="0-19"), {"command": ["true"], "urgency": 0, "name": "held", "cc": "0-4"}])
        client.post("/v1/jobs/cancel", {"name": "held"})
        token = broker.issue("ada")
        client.call("DELETE", f"/v1/tokens/{token['token_id']}")
        until(lambda: not client.all_jobs("state=ACTIVE"))
        time.sleep(0.3)
        # The last one is ours to know: a job that was cancelled while it waited.
        job = client.submit({"command": ["true"], "urgency": 0})["id"]
        client.post(f"/v1/jobs/{job}/cancel")
        with client.stream(f"/v1/jobs/{job}/events") as stream:
            last = [event.id for event in stream if event.kind == "job"][-1]
        broker.last, broker.history = last, through(client, "/v1/events", last)
        yield broker


def test_the_whole_history_is_in_order_and_unique(told):
    positions = [order(event.id) for event in told.history]
    assert len(positions) > 250
    assert positions == sorted(set(positions))
    per_job = {}
    for event in told.history:
        if event.kind == "job":
            per_job.setdefault(event.json["id"], []).append(event.json)
    assert len(per_job) == 12 + 25 + 1
    client = told.client()
    for job, events in per_job.items():
        log = client.get(f"/v1/jobs/{job}/eventlog").lines
        assert [(event["name"], event.get("context")) for event in events] == [(entry["name"], entry.get("context")) for entry in log]


def test_resuming_at_every_position_gives_exactly_the_rest(told):
    client = told.client()
    resumed = 0
    for index, event in enumerate(told.history[:-1]):
        assert through(client, "/v1/events", told.last, since=event.id) == told.history[index + 1:], event
        resumed += 1
    # Positions at which nothing is told (a stored jobspec, a kept answer) are places to resume at as well.
    ids = {event.id for event in told.history}
    epoch, newest = order(told.last)
    for number in range(1, newest):
        identity = f"{epoch}-{number}"
        if identity not in ids:
            rest = [event for event in told.history if order(event.id) > (epoch, number)]
            assert through(client, "/v1/events", told.last, since=identity) == rest, identity
            resumed += 1
    print(f"resumed at {resumed} positions")


def test_since_in_the_query_and_lines_tell_the_same(told):
    client = told.client()
    middle = told.history[len(told.history) // 2]
    rest = told.history[len(told.history) // 2 + 1:]
    assert through(client, f"/v1/events?since={middle.id}", told.last, since=None) == rest
    stream = client.stream("/v1/events", since=middle.id, headers={"Accept": harness.NDJSON})
    assert stream.headers["content-type"] == harness.NDJSON
    text = b""
    while text.count(b"\n") < len(rest):
        text += stream.read()
    stream.close()
    lines = [line for line in text.decode().splitlines() if not line.startswith('{"bookmark"')]
    assert lines == [event.data for event in rest]


def test_topics_and_users_filter(told):
    client = told.client()
    for topics in ("job", "token", "broker,token", "resource", "operation,job"):
        wanted = [event for event in told.history if event.kind in topics.split(",")]
        assert wanted
        with client.stream(f"/v1/events?topics={topics}", since="0") as stream:
            assert stream.take(len(wanted)) == wanted
    jobs = [event for event in told.history if event.kind == "job"]
    with client.stream("/v1/jobs/events", since="0") as stream:
        assert stream.take(len(jobs)) == jobs


def test_one_jobs_stream_can_be_resumed_and_ends(told):
    client = told.client()
    job = next(event.json["id"] for event in told.history if event.kind == "job")
    own = [event for event in told.history if event.kind == "job" and event.json["id"] == job]
    for index, event in enumerate(own[:-1]):
        with client.stream(f"/v1/jobs/{job}/events", since=event.id) as stream:
            assert list(stream) == own[index + 1:]
    answer = client.get(f"/v1/jobs/{job}/events", headers={"Last-Event-ID": own[-1].id})
    assert (answer.status, answer.body) == (204, b"")


def test_connections_cut_at_any_byte_resume_without_gap_or_duplicate(told):
    """A client that reads a random number of bytes, loses the connection, and goes on after the last whole event."""
    generator = harness.seed("cuts")
    client = told.client()
    streams, cuts = 0, 0
    deadline = time.monotonic() + 25
    while streams < 20 or (time.monotonic() < deadline and streams < 60):
        got, last = [], "0"
        while not got or got[-1].id != told.last:
            budget = generator.randrange(1, 4096)
            with client.stream("/v1/events", since=last) as stream:
                parser = EventParser()
                while budget > 0:
                    data = stream.response.read1(min(budget, 1500))
                    assert data
                    budget -= len(data)
                    for event in parser.feed(data):
                        last = event.id
                        if event.kind != "bookmark":
                            got.append(event)
                    if got and got[-1].id == told.last:
                        break
            cuts += 1
        assert got == told.history
        streams += 1
    print(f"{streams} streams, {cuts} cuts")
    assert cuts >= 200, "the floor"


def test_cut_at_every_byte_of_a_window(told):
    """One connection after the other, each cut one byte later."""
    client = told.client()
    with client.stream("/v1/events", since="0") as stream:
        text = b""
        while len(text) < 1600:
            text += stream.read()
    start = text.index(b"\n\n", 300) + 2
    for end in range(start, start + 400):
        parser = EventParser()
        whole = list(parser.feed(text[:end]))
        known = sum(event.kind != "bookmark" for event in whole)
        with client.stream("/v1/events", since=whole[-1].id) as stream:
            assert stream.take(2) == told.history[known:known + 2]


def test_positions_that_are_none(told):
    client = told.client()
    epoch, newest = order(client.get("/v1/jobs?limit=1").json["position"])
    for text in ("abc", "-1", "1e3", str(2**63), "x" * 1024, f"{epoch}-{newest + 1000}", f"{epoch + 1}-1", "0-x", "1", "1-01x", " "):
        for answer in (client.get("/v1/events", headers={"Last-Event-ID": text}),
                       client.get(f"/v1/jobs/events?since={text.replace(' ', '%20')}")):
            assert_problem(answer, 400)
    # The newest position itself is a good place to go on from.
    with client.stream("/v1/events", since=f"{epoch}-{newest}") as stream:
        assert stream.status == 200


def test_head_opens_no_stream(told):
    with harness.RawConnection(told) as connection:
        for path in ("/v1/events", "/v1/jobs/events"):
            connection.send(f"HEAD {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {told.token}\r\n\r\n".encode())
            answer = connection.response(is_head=True)
            assert (answer.status, answer.headers["content-type"]) == (200, harness.EVENT_STREAM)
        connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert connection.response().status == 200, "what follows HEAD on the connection must be the next answer"


def test_bookmarks_come_at_once_and_every_fifteen_seconds(told):
    client = told.client()
    position = client.get("/v1/jobs?limit=1").json["position"]
    with client.stream("/v1/events") as stream:
        begin, marks = time.monotonic(), []
        for event in stream:
            assert event.kind == "bookmark" and event.id == position, event
            marks.append(time.monotonic() - begin)
            if len(marks) == 2:
                break
    assert marks[0] < 2 and 13 < marks[1] < 18, marks


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_a_stream_ends_with_its_token(broker, end):
    token = broker.issue("ada", **({"expires_in": 2} if end == "expired" else {}))
    client = broker.client(token=token["token"])
    with client.stream("/v1/events", timeout=20) as stream:
        assert next(iter(stream)).kind == "bookmark"
        if end == "revoked":
            assert broker.client().call("DELETE", f"/v1/tokens/{token['token_id']}").status == 204
        begin = time.monotonic()
        kinds = [event.kind for event in stream]
        took = time.monotonic() - begin
    assert kinds[-1] == "auth-expired" and took < 15, (kinds, took)
    assert_problem(client.get("/v1/events"), 401)


def test_streams_survive_kill_and_restart(fresh):
    """What was seen is never unseen, and what follows joins on, across three crashes under load."""
    broker = fresh(nodes=8, cores=4)
    seen, last, dead = [], ["0"], threading.Event()

    def follow():
        while not dead.is_set():
            try:
                with broker.client(timeout=20).stream("/v1/events", since=last[0]) as stream:
                    assert stream.status == 200, stream.status
                    for event in stream:
                        last[0] = event.id
                        if event.kind != "bookmark":
                            seen.append(event)
                        if dead.is_set():
                            return
            except (OSError, harness.http.client.HTTPException, ValueError):
                time.sleep(0.05)

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    for _ in range(3):
        client = broker.client()
        for _ in range(20):
            client.submit({"command": ["true"]})
            client.bulk([mock_job(0.1, cc="0-9")])
        broker.kill()
        broker.start()
    client = broker.client()
    until(lambda: not client.all_jobs("state=ACTIVE"))
    job = client.submit({"command": ["true"], "urgency": 0})["id"]
    client.post(f"/v1/jobs/{job}/cancel")
    until(lambda: seen and f'"{job}","name":"clean"' in seen[-1].data)
    dead.set()
    whole = through(client, "/v1/events", seen[-1].id)
    assert len(whole) > 3 * 220 * 5
    assert [event.id for event in seen] == [event.id for event in whole]
    assert seen == whole
    print(f"{len(whole)} events over three crashes")


def test_a_laggard_is_served_from_the_journal(fresh):
    """A client that does not read while more passes than the ring holds misses nothing afterwards."""
    broker = fresh(nodes=500, cores=16)
    client = broker.client()
    ring = client.get("/v1/limits").json["ring_events"]
    slow = client.stream("/v1/events", since="0")
    jobs = ring // 8 + 2_000
    begin = time.monotonic()
    answer = client.bulk([mock_job(0, name="lag", cc=f"0-{jobs - 1}")])
    assert len(answer.lines[0]["ids"]) == jobs
    until(lambda: not client.get("/v1/jobs?state=ACTIVE&limit=1").json["items"], seconds=120, pause=0.5)
    print(f"{jobs} jobs in {time.monotonic() - begin:.1f} s")
    mark = client.submit({"command": ["true"], "urgency": 0})["id"]
    client.post(f"/v1/jobs/{mark}/cancel")
    counts, last, number = {}, (0, 0), 0
    for event in slow:
        if event.kind == "bookmark":
            continue
        number += 1
        assert order(event.id) > last, (event, last)
        last = order(event.id)
        if event.kind == "job":
            job = event.json
            counts[job["id"]] = counts.get(job["id"], 0) + 1
            if job["id"] == mark and job["name"] == "clean":
                break
    slow.close()
    assert number > ring, "the floor: more events than the ring holds"
    assert len(counts) == jobs + 1
    expected = len(client.get(f"/v1/jobs/{answer.lines[0]['ids'][0]}/eventlog").lines)
    del counts[mark]
    assert set(counts.values()) == {expected}, sorted(set(counts.values()))
    print(f"{number} events to a laggard, {expected} for each job")


def test_many_streams_see_the_same(fresh):
    broker = fresh(nodes=8, cores=4)
    client = broker.client()
    streams = [client.stream("/v1/jobs/events") for _ in range(100)]
    jobs = {client.submit({"command": ["true"]})["id"] for _ in range(20)}
    texts = set()
    for stream in streams:
        ended, text = set(), []
        for event in stream:
            if event.kind == "job":
                text.append((event.id, event.data))
                if event.json["name"] == "clean":
                    ended.add(event.json["id"])
            if ended == jobs:
                break
        texts.add(json.dumps(text))
        stream.close()
    assert len(texts) == 1


def test_requests_are_answered_beside_waking_streams(fresh):
    """A library bug once starved ready connections while others were being suspended: nobody may wait for long."""
    broker = fresh(nodes=8, cores=4)
    client = broker.client()
    streams = [client.stream("/v1/events") for _ in range(150)]
    over = threading.Event()

    def drain():
        import select
        sockets = [stream.client.connection.sock for stream in streams]
        while not over.is_set():
            for ready in select.select(sockets, [], [], 0.1)[0]:
                try:
                    ready.recv(65536)
                except OSError:
                    return

    threads = [threading.Thread(target=drain, daemon=True)]
    producer = broker.client()
    threads.append(threading.Thread(target=lambda: [over.is_set() or producer.bulk([mock_job(0, cc="0-4")]) for _ in range(300)], daemon=True))
    for thread in threads:
        thread.start()
    times = []
    for _ in range(300):
        begin = time.monotonic()
        assert client.get("/v1/whoami").status == 200
        times.append(time.monotonic() - begin)
    over.set()
    for thread in threads:
        thread.join()
    for stream in streams:
        stream.close()
    times.sort()
    print(f"p50 {times[150] * 1000:.1f} ms, p99 {times[297] * 1000:.1f} ms, worst {times[-1] * 1000:.1f} ms")
    assert times[-1] < 3
