"""Messages between jobs: topics, durable and transient, and calls with exactly one answer."""
import base64
import json
import subprocess
import threading
import time

import pytest

import harness
from harness import assert_problem, until

TEXT = {"Content-Type": "text/plain"}


class Background:
    """A function on a thread of its own; `result()` gives what it returned, or raises what it raised."""

    def __init__(self, function, *arguments, **options):
        self.value = self.error = None

        def run():
            try:
                self.value = function(*arguments, **options)
            except BaseException as error:
                self.error = error

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()

    def result(self, seconds=harness.PATIENCE):
        self.thread.join(seconds)
        assert not self.thread.is_alive(), "it did not come back"
        if self.error:
            raise self.error
        return self.value


def publish(client, topic, text, query=""):
    answer = client.post(f"/v1/topics/{topic}{query}", body=text, headers=TEXT)
    assert answer.status == 200, answer
    return answer.json


def listen(client, pattern, since=None, query="", headers=None):
    """A stream that has begun: its first bookmark has come."""
    stream = client.stream(f"/v1/topics/{pattern}{query}", since=since, headers=headers)
    assert stream.status == 200, stream.status
    if since is None:
        assert next(iter(stream)).kind == "bookmark"
    return stream


def messages(stream, count):
    return [event.json["value"] for event in stream.take(count, kinds={"message"})]


def make_durable(client, topic, query=""):
    answer = client.call("PUT", f"/v1/topics/{topic}{query}", json_body={"durable": True})
    assert (answer.status, answer.json) == (200, {"topic": topic, "durable": True}), answer


def take(client, service, timeout=30):
    answer = client.post(f"/v1/services/{service}/take?timeout={timeout}")
    assert answer.status in (200, 204), answer
    return answer.json if answer.status == 200 else None


def call(client, service, text="?", query="", headers=None):
    return client.post(f"/v1/services/{service}/call{query}", body=text, headers={**TEXT, **(headers or {})})


def reply(client, service, taken, **fields):
    return client.post(f"/v1/services/{service}/reply", {"call": taken["call"], **fields})


def offer(client, service):
    """The service counts as offered for the next 30 s."""
    assert take(client, service, 0) is None


# MARK: topics


def test_listeners_get_what_their_patterns_say_in_order(broker, owner):
    with listen(broker.client(), "sim.*") as everything, listen(broker.client(), "*.done") as done:
        for number in range(50):
            publish(owner, f"sim.{'done' if number % 2 else 'step'}", str(number))
        publish(owner, "other.step", "no")
        publish(owner, "other.done", "yes")
        assert messages(everything, 50) == [str(number) for number in range(50)]
        assert messages(done, 26) == [str(number) for number in range(50) if number % 2] + ["yes"]


def test_a_message_says_what_it_is(broker, owner):
    with listen(broker.client(), "what.*") as stream:
        assert publish(owner, "what.text", "line\n\ttab") == {"topic": "what.text", "durable": False}
        owner.post("/v1/topics/what.bytes", body=b"\x00\xff", headers={"Content-Type": "image/x-own"})
        owner.post("/v1/topics/what.none", body=b"")
        owner.post("/v1/topics/what.json", {"a": 1})
        text, data, none, document = stream.take(4, kinds={"message"})
    assert text.json["value"] == "line\n\ttab" and text.json["media_type"] == "text/plain"
    assert text.json["topic"] == "what.text" and text.json["timestamp"].endswith("Z")
    assert text.json["user"] == owner.get("/v1/whoami").json["user"]
    assert text.id is None
    assert base64.b64decode(data.json["base64"]) == b"\x00\xff" and data.json["media_type"] == "image/x-own"
    assert none.json["value"] == "" and none.json["media_type"] == "application/octet-stream"
    assert json.loads(document.json["value"]) == {"a": 1} and document.json["media_type"] == "application/json"


def test_lines_carry_the_same(broker, owner):
    with listen(broker.client(), "lines.a", headers={"Accept": harness.NDJSON}, since="0") as stream:
        publish(owner, "lines.a", "x")
        data = b""
        while b'"value"' not in data:
            data += stream.read()
    line = next(json.loads(line) for line in data.splitlines() if b"value" in line)
    assert (line["topic"], line["value"]) == ("lines.a", "x")


def test_durable_messages_resume_after_a_crash(fresh):
    broker = fresh(nodes=1, cores=1)
    client = broker.client()
    make_durable(client, "run.log")
    before = publish(client, "run.log", "0")
    assert before["durable"] is True
    with listen(broker.client(), "run.*", since="0") as stream:
        seen = stream.take(1, kinds={"message"})
    positions = [publish(client, "run.log", str(number))["position"] for number in range(1, 40)]
    assert seen[0].id == before["position"]
    broker.kill()
    broker.start()
    client = broker.client()
    assert [one["topic"] for one in client.get("/v1/topics").json["items"]] == ["run.log"]
    positions.append(publish(client, "run.log", "40")["position"])
    with listen(broker.client(), "run.log", since=seen[0].id) as stream:
        events = stream.take(40, kinds={"message"})
    assert [event.json["value"] for event in events] == [str(number) for number in range(1, 41)]
    assert [event.id for event in events] == positions
    with listen(broker.client(), "run.log", since=positions[-2]) as stream:
        assert messages(stream, 1) == ["40"]


def test_a_topic_becomes_durable_and_transient_again(broker, owner):
    assert publish(owner, "turn.a", "0") == {"topic": "turn.a", "durable": False}
    make_durable(owner, "turn.a")
    make_durable(owner, "turn.a")
    assert "position" in publish(owner, "turn.a", "1")
    names = [one["topic"] for one in owner.get("/v1/topics").json["items"]]
    assert names == sorted(names) and "turn.a" in names
    with listen(broker.client(), "turn.*") as stream:
        publish(owner, "turn.a", "2")
        for _ in range(2):
            assert owner.call("DELETE", "/v1/topics/turn.a").status == 204
        publish(owner, "turn.a", "3")
        # One is of the log and one is not: of a topic that changes both ways may come first.
        assert sorted(messages(stream, 2)) == ["2", "3"]
    with listen(broker.client(), "turn.a", since="0") as stream:
        assert messages(stream, 2) == ["1", "2"]
    answer = owner.call("PUT", "/v1/topics/turn.a", json_body={"durable": False})
    assert (answer.status, answer.json) == (200, {"topic": "turn.a", "durable": False})


def test_everything_that_happens_includes_durable_messages(broker, owner):
    make_durable(owner, "all.a")
    position = publish(owner, "all.a", "x")["position"]
    with broker.client().stream("/v1/events?topics=message", since="0") as stream:
        for event in stream:
            if event.id == position:
                break
    assert event.kind == "message" and event.json["value"] == "x"


def test_a_listener_that_does_not_read_is_told_what_it_missed(broker, owner):
    stream = listen(broker.client(), "flood.a")
    # More than fits on the way, in the kernel's buffers and in the listener's queue.
    text, count = "x" * 200_000, 160
    for number in range(count):
        publish(owner, "flood.a", f"{number} {text}")
    publish(owner, "flood.a", "last")
    got, missed = [], 0
    for event in stream:
        if event.kind == "missed":
            missed += event.json["count"]
        elif event.kind == "message":
            got.append(event.json["value"].split(" ")[0])
            if got[-1] == "last":
                break
    stream.close()
    assert missed > 0 and len(got) + missed == count + 1
    assert got[:-1] == [str(number) for number in sorted(map(int, got[:-1]))]


def test_topics_of_two_users_are_two_topics(broker, owner):
    ada, bob = broker.issue("ada"), broker.issue("bob")
    ada_client, bob_client = broker.client(ada["token"]), broker.client(bob["token"])
    make_durable(ada_client, "mine.a")
    with listen(broker.client(bob["token"]), "*") as of_bob, listen(broker.client(), "*", query="?user=ada") as of_owner:
        publish(ada_client, "mine.a", "durable")
        publish(ada_client, "mine.b", "transient")
        publish(bob_client, "mine.a", "bob's")
        publish(owner, "mine.b", "the owner's for ada", "?user=ada")
        assert messages(of_bob, 1) == ["bob's"]
        assert sorted(messages(of_owner, 3)) == ["durable", "the owner's for ada", "transient"]
    assert [one["topic"] for one in ada_client.get("/v1/topics").json["items"]] == ["mine.a"]
    assert bob_client.get("/v1/topics").json["items"] == []
    with listen(broker.client(bob["token"]), "mine.a", since="0") as of_bob:
        publish(bob_client, "mine.a", "again")
        assert messages(of_bob, 1) == ["again"]
    for method, path in (("GET", "/v1/topics/mine.a"), ("POST", "/v1/topics/mine.a"), ("DELETE", "/v1/topics/mine.a"),
                         ("GET", "/v1/topics"), ("POST", "/v1/services/sum/take"), ("POST", "/v1/services/sum/call")):
        assert_problem(bob_client.call(method, path + "?user=ada"), 404, "not_found")
        assert_problem(owner.call(method, path + "?user=nobody-of-this-name"), 404, "not_found")


def test_a_revoked_token_ends_its_streams(broker, owner):
    token = broker.issue("eve")
    with listen(broker.client(token["token"]), "*") as stream:
        assert owner.call("DELETE", f"/v1/tokens/{token['token_id']}").status == 204
        assert [event.kind for event in stream][-1] == "auth-expired"


# MARK: calls


def test_a_call_is_answered(broker, owner):
    taker = Background(take, broker.client(), "sum")
    answered = Background(call_when_served, broker.client(), "sum", "1 2")
    taken = taker.result()
    assert (taken["value"], taken["media_type"]) == ("1 2", "text/plain")
    assert taken["user"] == owner.get("/v1/whoami").json["user"] and taken["deadline"].endswith("Z")
    answer = reply(owner, "sum", taken, json={"sum": 3})
    assert (answer.status, answer.json) == (200, {"accepted": True})
    result = answered.result()
    assert (result.status, result.body) == (200, b'{"sum":3}')
    assert result.headers["content-type"] == "application/json"
    assert result.headers["x-content-type-options"] == "nosniff"
    assert_problem(reply(owner, "sum", taken, value="4"), 409, "call_over")


def call_when_served(client, service, text="?", query="", headers=None):
    return until(lambda: (lambda answer: answer.code != "nobody_serves" and answer)(
        call(client, service, text, query, headers)))


def test_nobody_serves(owner):
    assert_problem(call(owner, "absent"), 503, "nobody_serves")


def test_every_call_has_one_answer_whatever_takes_it(broker):
    seed = harness.seed("every_call_has_one_answer")
    takers, calls, over = 6, 120, threading.Event()
    counts = [0] * takers

    def serve(number):
        client = broker.client()
        while not over.is_set():
            taken = take(client, "double", 1)
            if taken:
                counts[number] += 1
                answers = [reply(client, "double", taken, value=f"{number}:{taken['value']}").status for _ in range(2)]
                assert answers == [200, 409]

    servers = [Background(serve, number) for number in range(takers)]

    def ask(texts):
        client = broker.client()
        return [call_when_served(client, "double", text) for text in texts]

    texts = [str(seed.randrange(1 << 30)) for _ in range(calls)]
    callers = [Background(ask, texts[part::8]) for part in range(8)]
    for part, caller in enumerate(callers):
        for text, answer in zip(texts[part::8], caller.result()):
            assert answer.status == 200 and answer.body.decode().split(":")[1] == text
    over.set()
    for server in servers:
        server.result()
    assert sum(counts) == calls


def test_a_call_ends_at_its_deadline(broker, owner):
    offer(owner, "slow")
    begin = time.monotonic()
    assert_problem(call(owner, "slow", query="?timeout=0.5"), 504, "deadline")
    assert 0.45 < time.monotonic() - begin < 10
    waiting = Background(call, broker.client(), "slow", query="?timeout=1.5")
    taken = take(owner, "slow")
    assert_problem(waiting.result(), 504, "deadline")
    assert_problem(reply(owner, "slow", taken, value="late"), 409, "call_over")


def test_a_caller_cancels_by_name(broker, owner):
    offer(owner, "long")
    waiting = Background(call, broker.client(), "long", query="?timeout=60&id=mine")
    # What takes the call knows that it is there; a second call of that name might come first and be the one.
    taken = take(owner, "long")
    assert_problem(call(owner, "long", query="?id=mine&timeout=0"), 409, "call_exists")
    stranger = broker.as_user("mallory")
    assert_problem(stranger.call("DELETE", "/v1/services/long/calls/mine"), 404, "not_found")
    assert owner.call("DELETE", "/v1/services/long/calls/mine").status == 204
    assert_problem(waiting.result(), 409, "cancelled")
    assert_problem(owner.call("DELETE", "/v1/services/long/calls/mine"), 404, "not_found")
    assert_problem(reply(owner, "long", taken, value="x"), 409, "call_over")


def test_the_answerers_error_reaches_the_caller(broker, owner):
    offer(owner, "failing")
    waiting = Background(call, broker.client(), "failing")
    assert reply(owner, "failing", take(owner, "failing"), error="no such\nscene").status == 200
    problem = waiting.result()
    assert_problem(problem, 502, "call_failed")
    assert problem.json["detail"] == "no such\nscene"


def test_an_answer_comes_in_parts(broker, owner):
    offer(owner, "stream")
    client = broker.client()
    headers = {"Accept": "text/event-stream", **TEXT}
    opened = Background(client.start, "POST", "/v1/services/stream/call", b"go", headers)
    taken = take(owner, "stream")
    response = opened.result()
    assert response.status == 200 and response.headers["content-type"] == harness.EVENT_STREAM
    parser, events = harness.EventParser(), []

    def events_until(count):
        while len(events) < count:
            data = response.read1(65536)
            assert data, "the stream ended"
            events.extend(parser.feed(data))

    for number in range(3):
        assert reply(owner, "stream", taken, value=str(number), more=True).status == 200
        events_until(number + 1)
    assert reply(owner, "stream", taken, base64=base64.b64encode(b"\xff").decode()).status == 200
    events_until(4)
    assert [event.kind for event in events] == ["part"] * 3 + ["end"]
    assert [event.json["value"] for event in events[:3]] == ["0", "1", "2"]
    assert events[3].json == {"media_type": "application/octet-stream", "base64": "/w=="}
    assert response.read() == b""

    # Who does not ask for a stream gets the parts as one.
    waiting = Background(call, broker.client(), "stream")
    taken = take(owner, "stream")
    for text, more in (("a", True), ("b", True), ("c", False)):
        assert reply(owner, "stream", taken, value=text, more=more).status == 200
    assert waiting.result().body == b"abc"

    # A streamed call that fails says so as its last event; one that nobody serves never becomes a stream.
    opened = Background(client.start, "POST", "/v1/services/stream/call", b"go", headers)
    reply(owner, "stream", take(owner, "stream"), error="no")
    response = opened.result()
    (event,) = parser.feed(response.read())
    assert (event.kind, event.json["code"], event.json["detail"]) == ("error", "call_failed", "no")
    assert_problem(call(owner, "absent", headers={"Accept": "text/event-stream"}), 503, "nobody_serves")


def test_an_answerer_waits_for_a_caller_that_does_not_read(broker, owner):
    offer(owner, "much")
    waiting = Background(call, broker.client(), "much")
    taken = take(owner, "much")
    piece = "x" * (256 * 1024)
    statuses = [reply(owner, "much", taken, value=piece, more=True) for _ in range(17)]
    assert [answer.status for answer in statuses] == [200] * 16 + [429]
    assert_problem(statuses[-1], 429, "caller_behind")
    assert reply(owner, "much", taken, value="end").status == 200
    assert len(waiting.result().body) == 16 * len(piece) + 3


def test_calls_are_not_lost_to_takers_that_have_left(broker, owner):
    gone = [broker.client() for _ in range(3)]
    for client in gone:
        # A request whose answer nobody will read.
        connection = client.connect()
        connection.request("POST", "/v1/services/crashy/take?timeout=60", headers={
            "Authorization": f"Bearer {broker.token}", "Content-Length": "0"})
    until(lambda: call(owner, "crashy", query="?timeout=0").code != "nobody_serves")
    taken = Background(take, broker.client(), "crashy")
    time.sleep(0.3)
    # The probe above may have been given to one of them.
    for client in gone:
        client.close()
    time.sleep(0.2)
    waiting = Background(call, broker.client(), "crashy", "kept", query="?timeout=20")
    one = taken.result()
    assert one["value"] == "kept"
    reply(owner, "crashy", one, value="done")
    assert waiting.result().body == b"done"


def test_a_caller_that_has_left_costs_the_taker_nothing(broker, owner):
    offer(owner, "leaving")
    callers = []

    def is_held():
        # Where the question comes first, it is the call itself, and ends at once: then once more.
        callers.append(broker.client())
        callers[-1].connect().request("POST", "/v1/services/leaving/call?timeout=60&id=gone", b"x", headers={
            "Authorization": f"Bearer {broker.token}"})
        return call(owner, "leaving", query="?id=gone&timeout=0").code == "call_exists"

    until(is_held)
    for caller in callers:
        caller.close()
    time.sleep(0.2)
    assert take(owner, "leaving", 0.5) is None
    waiting = Background(call, broker.client(), "leaving", "here")
    assert take(owner, "leaving")["value"] == "here"
    owner.call("DELETE", "/v1/services/leaving/calls/gone")
    del waiting


def test_services_of_two_users_are_two_services(broker, owner):
    ada, bob = broker.as_user("ada2"), broker.as_user("bob2")
    offer(ada, "mine")
    assert_problem(call(bob, "mine"), 503, "nobody_serves")
    waiting = Background(call, broker.client(), "mine", query="?user=ada2")
    taken = take(ada, "mine")
    assert taken["user"] == owner.get("/v1/whoami").json["user"]
    offer(bob, "mine")
    assert_problem(reply(bob, "mine", taken, value="forged"), 409, "call_over")
    assert reply(ada, "mine", taken, value="true").status == 200
    assert waiting.result().body == b"true"


def test_calls_do_not_outlive_the_broker(fresh):
    broker = fresh(nodes=1, cores=1)
    client = broker.client()
    offer(client, "sum")
    waiting = Background(call, broker.client(), "sum")
    taken = take(client, "sum")
    broker.kill()
    with pytest.raises(OSError):
        waiting.result()
    broker.start()
    client = broker.client()
    assert_problem(call(client, "sum"), 503, "nobody_serves")
    assert_problem(reply(client, "sum", taken, value="late"), 409, "call_over")


# MARK: what is wrong

LONG = "x" * 256
CALL = "0123456789abcdef-1"
WRONG = [
    ("POST", "/v1/topics/a..b", b"", {}, 400, "bad_name"),
    ("POST", "/v1/topics/a.*", b"", {}, 400, "bad_name"),
    ("POST", f"/v1/topics/{LONG}", b"", {}, 400, "bad_name"),
    ("POST", "/v1/topics/" + ".".join("a" * 17), b"", {}, 400, "bad_name"),
    ("POST", "/v1/topics/a%20b", b"", {}, 400, "bad_name"),
    ("POST", "/v1/topics/%C3%A9", b"", {}, 400, "bad_name"),
    ("POST", "/v1/topics/a?durable=true", b"", {}, 400, "bad_query"),
    ("POST", "/v1/topics/a", b"x", {"Content-Type": "nonsense"}, 415, "unsupported_media_type"),
    ("POST", "/v1/topics/a", b"x", {"Content-Type": "a/" + LONG}, 415, "unsupported_media_type"),
    ("POST", "/v1/topics/a", b"x", {"Content-Encoding": "gzip"}, 415, "unsupported_coding"),
    ("POST", "/v1/topics/a", b"x" * (256 * 1024 + 1), TEXT, 413, "body_too_large"),
    ("GET", "/v1/topics/a*", None, {}, 400, "bad_name"),
    ("GET", "/v1/topics/**", None, {}, 400, "bad_name"),
    ("GET", "/v1/topics/a?since=yesterday", None, {}, 400, "bad_position"),
    ("GET", "/v1/topics/a?since=1-999999999", None, {}, 400, "bad_position"),
    ("GET", "/v1/topics/a", None, {"Accept": "text/html"}, 406, "not_acceptable"),
    ("GET", "/v1/topics?limit=1", None, {}, 400, "bad_query"),
    ("PATCH", "/v1/topics/a", b"", {}, 405, "method_not_allowed"),
    ("PUT", "/v1/topics/a", b"{}", harness.JSON, 422, "invalid"),
    ("PUT", "/v1/topics/a", b'{"durable":1}', harness.JSON, 422, "invalid"),
    ("PUT", "/v1/topics/a", b'{"durable":null}', harness.JSON, 422, "invalid"),
    ("PUT", "/v1/topics/a", b'{"durable":true,"x":1}', harness.JSON, 422, "invalid"),
    ("PUT", "/v1/topics/a.*", b'{"durable":true}', harness.JSON, 400, "bad_name"),
    ("DELETE", "/v1/topics/*", None, {}, 400, "bad_name"),
    ("POST", "/v1/services/a%20b/take", b"", {}, 400, "bad_name"),
    ("POST", f"/v1/services/{LONG}/call", b"", {}, 400, "bad_name"),
    ("POST", "/v1/services/a/take?timeout=61", b"", {}, 400, "bad_query"),
    ("POST", "/v1/services/a/take?timeout=-1", b"", {}, 400, "bad_query"),
    ("POST", "/v1/services/a/take?timeout=soon", b"", {}, 400, "bad_query"),
    ("POST", "/v1/services/a/call?id=a.b", b"", {}, 400, "bad_query"),
    ("POST", "/v1/services/a/call?id=" + LONG, b"", {}, 400, "bad_query"),
    ("POST", "/v1/services/a/call", b"x" * (256 * 1024 + 1), TEXT, 413, "body_too_large"),
    ("POST", "/v1/services/a/reply", b"{}", harness.JSON, 422, "invalid"),
    ("POST", "/v1/services/a/reply", b'{"call":"x"}', harness.JSON, 422, "invalid"),
    ("POST", "/v1/services/a/reply", b'{"call":7}', harness.JSON, 422, "invalid"),
    ("POST", "/v1/services/a/reply", b"[]", harness.JSON, 400, "bad_json"),
    ("POST", "/v1/services/a/reply", {"call": CALL}, harness.JSON, 409, "call_over"),
    ("POST", "/v1/services/a/reply", {"call": CALL, "value": "a", "base64": "YQ=="}, harness.JSON, 422, "invalid"),
    ("POST", "/v1/services/a/reply", {"call": CALL, "value": 1}, harness.JSON, 422, "invalid"),
    ("POST", "/v1/services/a/reply", {"call": CALL, "base64": "YQ"}, harness.JSON, 422, "invalid"),
    ("POST", "/v1/services/a/reply", {"call": CALL, "base64": "YR=="}, harness.JSON, 422, "invalid"),
    ("POST", "/v1/services/a/reply", {"call": CALL, "error": ""}, harness.JSON, 422, "invalid"),
    ("POST", "/v1/services/a/reply", {"call": CALL, "error": "x", "more": True}, harness.JSON, 422, "invalid"),
    ("POST", "/v1/services/a/reply", {"call": CALL, "error": "x", "value": "y"}, harness.JSON, 422, "invalid"),
    ("POST", "/v1/services/a/reply", {"call": CALL, "media_type": "x", "value": "y"}, harness.JSON, 422, "invalid"),
    ("POST", "/v1/services/a/reply", {"call": CALL, "media_type": "a/b\r\nX: y", "value": "y"}, harness.JSON, 422, "invalid"),
    ("POST", "/v1/services/a/reply", {"call": CALL, "value": "x" * (256 * 1024 + 1)}, harness.JSON, 422, "invalid"),
    ("POST", "/v1/services/a/reply", {"call": CALL, "value": "x" * (1 << 20)}, harness.JSON, 413, "body_too_large"),
    ("POST", "/v1/services/a/reply", b"call", TEXT, 415, "unsupported_media_type"),
    ("DELETE", "/v1/services/a/calls/none", None, {}, 404, "not_found"),
    ("DELETE", "/v1/services/a/calls/a.b", None, {}, 404, "not_found"),
    ("GET", "/v1/services/a/take", None, {}, 405, "method_not_allowed"),
    ("GET", "/v1/services/a", None, {}, 404, "not_found"),
]


@pytest.mark.parametrize("row", WRONG, ids=lambda row: f"{row[0]} {row[1][:48]} {row[5]}")
def test_wrong_requests_are_refused(owner, row):
    method, path, body, headers, status, code = row
    headers = {"Content-Type": headers} if isinstance(headers, str) else headers
    body = json.dumps(body) if isinstance(body, dict) else body
    assert_problem(owner.call(method, path, body=body, headers=headers), status, code)


def test_durable_topics_are_limited(broker):
    client = broker.as_user("collector")
    limit = client.get("/v1/limits").json["durable_topics_per_user"]
    for number in range(limit):
        make_durable(client, f"t.{number}")
    answer = client.call("PUT", "/v1/topics/t.more", json_body={"durable": True})
    assert_problem(answer, 403, "too_many_topics")
    assert len(client.get("/v1/topics").json["items"]) == limit


# MARK: the command line


class Command:
    """A command of the command line that goes on while the test does."""

    def __init__(self, broker, *arguments):
        self.process = subprocess.Popen(
            [harness.binary(), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, cwd=broker.folder, env={"PATH": "/usr/bin:/bin", "SLUICE_STATE": broker.state})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def test_shells_publish_and_listen(broker):
    with Command(broker, "event", "sub", "shell.*", "--count", "3") as listener:
        assert listener.process.stderr.readline() == "listening to shell.*\n"
        assert broker.run("event", "pub", "shell.a", "one two").returncode == 0
        assert broker.run("event", "pub", "shell.b", "-", input="1\n2\n").returncode == 0
        assert broker.run("event", "pub", "other").returncode == 0
        assert broker.run("event", "pub", "shell.c").returncode == 0
        output, _ = listener.process.communicate(timeout=harness.PATIENCE)
    assert output.splitlines() == ["shell.a one two", "shell.b 1\\n2\\n", "shell.c"]
    assert listener.process.returncode == 0


def test_a_shell_that_listens_outlasts_the_broker(fresh):
    broker = fresh(nodes=1, cores=1)
    first = broker.run("event", "pub", "--durable", "shell.log", "0")
    assert first.returncode == 0 and first.stdout.startswith("1-"), first
    with Command(broker, "event", "sub", "shell.log", "--json", "--count", "3") as listener:
        assert listener.process.stderr.readline() == "listening to shell.log\n"
        assert broker.run("event", "pub", "shell.log", "1").returncode == 0
        assert json.loads(listener.process.stdout.readline())["value"] == "1"
        broker.kill()
        broker.start()
        assert broker.run("event", "pub", "shell.log", "2").returncode == 0
        assert broker.run("event", "pub", "shell.log", "3").returncode == 0
        output, _ = listener.process.communicate(timeout=harness.PATIENCE)
    assert [json.loads(line)["value"] for line in output.splitlines()] == ["2", "3"]


def test_shells_call_and_serve(broker):
    with Command(broker, "serve", "add", "--count", "3", "--", "awk", "{ print $1 + $2 }") as server:
        first = broker.run("call", "--wait=30s", "add", "1 2")
        assert (first.returncode, first.stdout) == (0, "3\n"), first
        assert broker.run("call", "add", "-", input="3 4\n").stdout == "7\n"
        big = broker.run("call", "add", "-", input="1 1\n" * 20_000)
        assert big.stdout == "2\n" * 20_000
        assert server.process.wait(harness.PATIENCE) == 0


def test_a_command_that_fails_fails_the_call(broker):
    with Command(broker, "serve", "fail", "--count", "3", "--", "sh", "-c", 'read word; [ -n "$word" ] && echo "not $word"; exit 3'):
        answer = broker.run("call", "--wait=30s", "fail", "today")
        assert (answer.returncode, answer.stdout, answer.stderr) == (1, "", "not today\n"), answer
        silent = broker.run("call", "fail")
        assert (silent.returncode, silent.stderr) == (1, "exit status 3\n"), silent
    with Command(broker, "serve", "void", "--once", "--", "/nonexistent/command"):
        assert broker.run("call", "--wait=30s", "void").returncode == 1


def test_nobody_serves_a_shell(broker):
    answer = broker.run("call", "nobody-at-all", "x")
    assert (answer.returncode, answer.stdout, answer.stderr) == (69, "", "nobody serves nobody-at-all\n"), answer


def test_a_service_outlasts_its_server_and_the_broker(fresh):
    broker = fresh(nodes=1, cores=1)
    with Command(broker, "serve", "echo", "--", "cat") as first:
        assert broker.run("call", "--wait=30s", "echo", "1").stdout == "1"
        first.process.kill()
        first.process.wait()
        with Command(broker, "serve", "echo", "--", "cat"):
            assert broker.run("call", "--wait=30s", "echo", "2").stdout == "2"
            broker.kill()
            broker.start()
            assert broker.run("call", "--wait=30s", "echo", "3").stdout == "3"
