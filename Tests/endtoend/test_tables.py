"""Hostile inputs and the status that each is owed, against a whole broker over TLS.

The tables are lists that a program can read; ids are those of the catalogue of nasty inputs (J: jobspecs, H: HTTP,
T: tokens). Each row is sent as it is. A refusal must be a problem document with `code` and `request_id`, and must
have changed nothing: the log's position is the same before and after each table.
"""
import base64
import hashlib
import json
import pathlib
import re
import ssl
import socket
import time

import pytest

import harness
from harness import assert_problem, until

# MARK: helpers

HUGE = 256 * 1024


class Row:
    def __init__(self, identity, body, status, content_type=harness.JSON, headers=None):
        self.id, self.status, self.headers = identity, status, dict(headers or {})
        self.body = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        if content_type is not None:
            self.headers["Content-Type"] = content_type


def spec(**changes):
    """A whole jobspec, changed."""
    document = {
        "resources": [{"type": "slot", "count": 1, "label": "task", "with": [{"type": "core", "count": 1}]}],
        "tasks": [{"command": ["true"], "slot": "task", "count": {"per_slot": 1}}],
        "attributes": {"system": {"duration": 0}}, "version": 1}
    for path, value in changes.items():
        *place, last = path.split("__")
        target = document
        for name in place:
            target = target[int(name) if name.isdigit() else name]
        last = int(last) if last.isdigit() else last
        if value is ABSENT:
            del target[last]
        else:
            target[last] = value
    return {"jobspec": document}


ABSENT = object()


def raw_spec(place, text):
    """A whole jobspec with one value written as given, for values that Python would not write."""
    return json.dumps(spec(**{place: "@@"})).replace('"@@"', text)


def nested(depth):
    """A job that is held, with a text of that depth."""
    return b'{"command":["true"],"urgency":0,"attributes":{"user":{"x":' + b"[" * (depth - 3) + b"]" * (depth - 3) + b"}}}"


def counted(inner, times):
    """Cores counted inside slots inside nodes, each `inner` times."""
    vertex = {"type": "core", "count": inner}
    kinds = ["slot", "node", "rack", "cluster"][: times - 1]
    for kind in kinds:
        vertex = {"type": kind, "count": inner, "with": [vertex], **({"label": "task"} if kind == "slot" else {})}
    return [vertex]


GOOD = {"command": ["true"], "urgency": 0}


def with_text(field, text):
    """The good submission with a raw JSON text in a field."""
    return '{"command":["true"],"urgency":0,"' + field + '":' + text + "}"


# MARK: 5.1 jobspecs

JOBSPECS = [
    Row("J01", b"", 400),
    *[Row(f"J02 {text}", text, 400) for text in ("null", "1", '"x"', "[]", "true")],
    Row("J03", {}, 422),
    Row("J04 junk behind", json.dumps(GOOD) + " x", 400),
    Row("J04 two objects", json.dumps(GOOD) * 2, 400),
    Row("J04 BOM", b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), 400),
    Row("J04 NUL behind", json.dumps(GOOD) + "\0", 400),
    Row("J05 twice", '{"command":["true"],"command":["true"]}', 400),
    Row("J05 twice, escaped", '{"command":["true"],"\\u0063ommand":["true"]}', 400),
    Row("J05 deep", '{"command":["true"],"env":{"A":"1","A":"2"}}', 400),
    Row("J06 depth 33", nested(33), 400),
    Row("J06 depth 2048", nested(2048), 400),
    Row("J06 100000 brackets", b"[" * 100_000, 400),
    Row("J06 100000 open objects", b'{"a":' * 40_000, 400),
    Row("J07 one byte too many", b" " * (HUGE + 1), 413),
    Row("J07 10 GiB announced", b"{}", 413, headers={"Content-Length": str(10 << 30)}),
    Row("J08 values", '{"command":["true"],"attributes":{"user":{"x":[' + "{}," * 80_000 + "{}]}}}", 400),
    Row("J09 0xFF", b'{"command":["\xff"]}', 400),
    Row("J09 overlong", b'{"command":["\xc0\xaf"]}', 400),
    Row("J09 lone surrogate", '{"command":["\\ud800"]}', 400),
    Row("J09 escaped NUL", '{"command":["a\\u0000b"]}', 400),
    Row("J09 raw newline", b'{"command":["a\nb"]}', 400),
    *[Row(f"J10 {text}", with_text("ntasks", text), 400)
      for text in ("1,", "1 // c", "1 /* c */", "'1'", "NaN", "Infinity", "-Infinity", "01", "+1", "0x10", "1.", ".5")],
    Row("J10 trailing comma", '{"command":["true"],}', 400),
    Row("J11 top", {**GOOD, "surprise": 1}, 422),
    Row("J11 jobspec", spec(surprise=1), 422),
    Row("J11 resource", spec(resources__0__surprise=1), 422),
    Row("J11 task", spec(tasks__0__surprise=1), 422),
    *[Row(f"J12 {name}", {**GOOD, name: value}, 422) for name, value in (
        ("state", "RUN"), ("uid", 0), ("userid", 0), ("user", "root"), ("owner", "root"), ("attempt", 2), ("R", {}),
        ("t_submit", 1), ("priority", 31), ("id", "f1"))],
    Row("J13 missing", spec(version=ABSENT), 422),
    *[Row(f"J13 {value}", raw_spec("version", value), 422) for value in ("0", "999", '"1"', "1.0", "true", "null")],
    *[Row(f"J14 {value}", raw_spec("resources__0__count", value), 422)
      for value in ("0", "-1", "1.5", "1.0", "1e3", '"-4"', "null", "[1]", "{}", "true")],
    *[Row(f"J14 short {value}", with_text("ntasks", value), 422) for value in ("0", "-1", "1.5", "1.0", "1e3", '"4"', "[1]")],
    Row("J15 2^63", raw_spec("resources__0__count", "9223372036854775808"), 400),
    Row("J15 1e400", raw_spec("resources__0__count", "1e400"), 400),
    Row("J16 product", spec(resources=counted(2147483647, 4)), 422),
    Row("J16 product of two", spec(resources=counted(2147483647, 2)), 422),
    Row("J17 min over max", spec(resources__0__count={"min": 4, "max": 2}), 422),
    Row("J17 operator", spec(resources__0__count={"min": 1, "max": 4, "operator": "^^", "operand": 2}), 422),
    Row("J17 endless", spec(resources__0__count={"min": 1, "max": 4, "operator": "*", "operand": 0}), 422),
    Row("J17 endless 1", spec(resources__0__count={"min": 1, "max": 4, "operator": "*", "operand": 1}), 422),
    Row("J18 no slot", spec(resources=[{"type": "node", "count": 1}]), 422),
    Row("J18 no resources", spec(resources=[]), 422),
    Row("J18 two slots", spec(resources=[
        {"type": "slot", "count": 1, "label": "a", "with": [{"type": "core", "count": 1}]},
        {"type": "slot", "count": 1, "label": "a", "with": [{"type": "core", "count": 1}]}]), 422),
    Row("J18 other slot", spec(tasks__0__slot="nowhere"), 422),
    Row("J18 slot in slot", spec(resources__0__with=[
        {"type": "slot", "count": 1, "label": "b", "with": [{"type": "core", "count": 1}]}]), 422),
    *[Row(f"J19 {kind[:9]!r}", spec(resources__0__with__0__type=kind), 422) for kind in ("", "x" * 256, "node\n", "../node", "unheard-of")],
    Row("J20 core above node", spec(resources=[{"type": "core", "count": 1, "with": [
        {"type": "node", "count": 1, "with": [{"type": "slot", "count": 1, "label": "task", "with": [{"type": "core", "count": 1}]}]}]}]), 422),
    Row("J20 node in core", spec(resources__0__with=[{"type": "core", "count": 1, "with": [{"type": "node", "count": 1}]}]), 422),
    Row("J21 nodes", {**GOOD, "nnodes": 100_000}, 422),
    Row("J21 cores", {**GOOD, "cores_per_task": 4096}, 422),
    *[Row(f"J23 {value}", '{"command":' + value + "}", 422) for value in ("[]", '[""]', '"ls -l"', "[1]", "{}", "null", "[null]")],
    Row("J24 long argument", {**GOOD, "command": ["true", "x" * (128 * 1024)]}, 422),
    Row("J24 many arguments", {**GOOD, "command": ["x"] * 4097}, 422),
    Row("J26 empty name", {**GOOD, "env": {"": "1"}}, 422),
    Row("J26 =", {**GOOD, "env": {"A=B": "1"}}, 422),
    Row("J26 value", {**GOOD, "env": {"A": 1}}, 422),
    Row("J26 5000", {**GOOD, "env": {f"A{n}": "" for n in range(5000)}}, 422),
    Row("J28", {**GOOD, "env": {"SLUICE_JOB_ID": "f1"}}, 422),
    Row("J28 in a jobspec", spec(attributes__system={"duration": 0, "environment": {"SLUICE_X": "1"}}), 422),
    Row("J29 relative", {**GOOD, "cwd": "here"}, 422),
    Row("J29 empty", {**GOOD, "cwd": ""}, 422),
    Row("J29 NUL", with_text("cwd", '"/a\\u0000"'), 400),
    Row("J29 long", {**GOOD, "cwd": "/" + "a" * 4097}, 422),
    Row("J32 nope", {**GOOD, "stdout": "/tmp/{{nope}}"}, 422),
    *[Row(f"J33 {value}", raw_spec("attributes__system__duration", value), 422) for value in ("-1", "1e18", '"1h"', "null", "[]")],
    Row("J33 short", with_text("time_limit", "-1"), 422),
    Row("J33 no FSD", {**GOOD, "time_limit": "1h30m"}, 422),
    Row("J36 ntasks", {**GOOD, "ntasks": 1_000_000_000}, 422),
    Row("J38 long", {**GOOD, "name": "n" * 10_000}, 422),
    Row("J38 1 MiB", {**GOOD, "name": "n" * (1 << 20)}, 413),
    Row("J38 escape", {**GOOD, "name": "a\x1b[2J"}, 422),
    Row("J38 newline", {**GOOD, "name": "a\nb"}, 422),
    Row("J38 NUL", with_text("name", '"a\\u0000b"'), 400),
    Row("J40 empty", {**GOOD, "queue": ""}, 422),
    Row("J41 missing", GOOD, 415, content_type=None),
    Row("J41 text", GOOD, 415, content_type="text/plain"),
    Row("J41 utf-16", GOOD, 415, content_type="application/json; charset=utf-16"),
    Row("J41 form", GOOD, 415, content_type="application/x-www-form-urlencoded"),
    Row("J41 flux yaml is no json", b"{\x00", 400, content_type="application/vnd.flux.jobspec+yaml"),
    *[Row(f"J42 {coding}", b"\x1f\x8b", 415, headers={"Content-Encoding": coding}) for coding in ("gzip", "br", "identity, gzip")],
    Row("J43 empty", GOOD, 400, headers={"Idempotency-Key": ""}),
    Row("J43 256", GOOD, 400, headers={"Idempotency-Key": "k" * 256}),
    Row("J43 DEL", GOOD, 400, headers={"Idempotency-Key": "k\x7f"}),
    Row("urgency 32", {**GOOD, "urgency": 32}, 422),
    Row("urgency -1", {**GOOD, "urgency": -1}, 422),
    Row("urgency text", {**GOOD, "urgency": "16"}, 422),
    Row("flags", {**GOOD, "flags": ["nonsense"]}, 422),
    Row("cc", {**GOOD, "cc": "0-9"}, 422),
    Row("both", {**GOOD, **spec()}, 422),
    Row("gpus that nobody has", {**GOOD, "gpus_per_task": 1}, 422),
    Row("memory that nobody has", {**GOOD, "memory": "1000T"}, 422),
    Row("memory -1", {**GOOD, "memory": "-1"}, 422),
    Row("YAML alias bomb", "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [" + ",".join([f"*{chr(97 + n)}"] * 9) + "]\n" for n in range(9)), 400, content_type="application/yaml"),
    Row("YAML depth", "a: " + "[" * 100 + "]" * 100, 400, content_type="application/yaml"),
    Row("YAML deep", "a: " + "[" * 20_000 + "]" * 20_000, 400, content_type="application/yaml"),
    Row("YAML twice", "command: [a]\ncommand: [b]\n", 400, content_type="application/yaml"),
    Row("YAML two documents", "command: [a]\n---\ncommand: [b]\n", 400, content_type="application/yaml"),
    Row("YAML 0xFF", b"command: [\xff]\n", 400, content_type="application/yaml"),
    Row("YAML empty", b"", 400, content_type="application/yaml"),
]
ACCEPTED_JOBSPECS = [
    Row("J25", {**GOOD, "command": ["; rm -rf /", "$(id)", "`id`", "-o", "--"]}, 201),
    Row("J27", {**GOOD, "env": {"LD_PRELOAD": "x", "LD_LIBRARY_PATH": "x", "BASH_ENV": "x", "IFS": "x", "PATH": ""}}, 201),
    Row("J30 absent folder", {**GOOD, "cwd": "/no/such"}, 201),
    Row("J39", {**GOOD, "name": "\u202eemoji \U0001f600" + "e\u0301" * 50}, 201),
    Row("J06 depth 32", nested(32), 201),
    Row("J38 exactly", {**GOOD, "name": "n" * 256}, 201),
    Row("J41 utf-8", GOOD, 201, content_type='application/json; charset="UTF-8"'),
    Row("J42 identity", GOOD, 201, headers={"Content-Encoding": "identity"}),
    Row("whole jobspec", spec(), 201),
]


def newest(client):
    return client.get("/v1/jobs?limit=1").json["position"]


@pytest.fixture(scope="module")
def still():
    """A broker of this file's own, in which nothing happens but what the tables do."""
    with harness.Broker(nodes=4, cores=4) as broker:
        broker.start()
        yield broker


def send_row(broker, row):
    """Over a raw connection, so that a refusal before the end of the body is seen as well."""
    headers = {"Host": "localhost", "Authorization": f"Bearer {broker.token}", "Content-Length": str(len(row.body)), **row.headers}
    head = b"POST /v1/jobs HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"
    answer, closed = harness.raw_exchange(broker, head + row.body)
    assert answer is not None, f"{row.id}: no answer"
    return answer


def test_refused_jobspecs(still):
    client = still.client()
    client.submit(GOOD)
    before, failures = newest(client), []
    for row in JOBSPECS:
        begin = time.monotonic()
        try:
            answer = send_row(still, row)
            assert_problem(answer, row.status)
            assert time.monotonic() - begin < 5, "slow"
        except Exception as failure:
            failures.append(f"{row.id}: {failure!r:.300}")
    print(f"{len(JOBSPECS)} refused jobspecs")
    assert not failures, "\n".join(failures)
    assert newest(client) == before, "a refused submission changed something"


def test_chunked_submission_with_only_the_last_chunk(still):
    answer, _ = harness.raw_exchange(
        still, b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + still.token.encode()
        + b"\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    assert_problem(answer, 400)


def test_accepted_jobspecs(still):
    client = still.client()
    for row in ACCEPTED_JOBSPECS:
        answer = send_row(still, row)
        assert answer.status == 201, (row.id, answer)
        job = answer.json["id"]
        assert client.get(f"/v1/jobs/{job}").json["name"] == answer.json["name"]
        client.post(f"/v1/jobs/{job}/cancel")


def test_no_jobspec_is_looked_at_without_a_token(still):
    for row in JOBSPECS + ACCEPTED_JOBSPECS:
        headers = {"Host": "localhost", "Content-Length": str(len(row.body)), **row.headers}
        head = b"POST /v1/jobs HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers.items()).encode() + b"\r\n"
        with harness.RawConnection(still) as connection:
            # The answer comes although not a byte of the body was sent.
            connection.send(head)
            answer = connection.response()
            assert answer is not None, row.id
            assert_problem(answer, 400 if "DEL" in row.id else 401)


# MARK: 5.4 HTTP

def request(lines, method="GET", path="/v1/whoami", version="HTTP/1.1", body=b"", host="Host: localhost\r\n"):
    return ("{} {} {}\r\n".format(method, path, version) + host + "Authorization: Bearer @TOKEN@\r\n" + "".join(
        line + "\r\n" for line in lines) + "\r\n").encode() + body


def post(lines, body=b"", path="/v1/jobs"):
    return request(["Content-Type: application/json", *lines], "POST", path, body=body)


SMUGGLED = request([], path="/v1/limits")
JOB = json.dumps(GOOD).encode()
CLOSE, STAY = True, False
# (id, bytes, status, whether the connection must close)
HTTP = [
    ("H01 CL then TE", post(["Content-Length: 6", "Transfer-Encoding: chunked"], b"0\r\n\r\n" + SMUGGLED), 400, CLOSE),
    ("H01 TE then CL", post(["Transfer-Encoding: chunked", "Content-Length: 4"], b"0\r\n\r\n" + SMUGGLED), 400, CLOSE),
    ("H02 equal", post(["Content-Length: 5", "Content-Length: 5"], b"hello"), 400, CLOSE),
    ("H02 different", post(["Content-Length: 0", "Content-Length: 9"], SMUGGLED), 400, CLOSE),
    *[(f"H03 {value!r}", post([f"Content-Length: {value}"], b"hello"), 400, CLOSE)
      for value in ("+5", "5, 5", "0x5", "-1", "5 6", "", "\u0665")],
    *[(f"H04 {value}", post([f"Content-Length: {value}"]), 413, CLOSE) for value in (2**63 - 1, 2**63, 2**64)],
    *[(f"H05 {value}", post([f"Transfer-Encoding: {value}"], b"0\r\n\r\n"), 501, CLOSE)
      for value in ("xchunked", "identity", "gzip, chunked")],
    *[(f"H06 {value!r}", post([f"Transfer-Encoding: {value}"], b"0\r\n\r\n"), 400, CLOSE)
      for value in ("chunked, identity", "chunked;q=1", "\x0bchunked")],
    ("H06 twice", post(["Transfer-Encoding: chunked"] * 2, b"0\r\n\r\n"), 400, CLOSE),
    ("H07", request(["Transfer-Encoding: chunked"], "POST", "/v1/jobs", "HTTP/1.0", b"0\r\n\r\n"), 400, CLOSE),
    ("H08 TE", post(["Transfer-Encoding : chunked"], b"0\r\n\r\n"), 400, CLOSE),
    ("H08 any", request(["X-A : b"]), 400, CLOSE),
    ("H09 fold", request(["X-A: one", " two"]), 400, CLOSE),
    ("H09 forged", b"GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\nAuthor: Bearer @TOKEN@\r\n ization\r\n\r\n", 400, CLOSE),
    ("H10", b"GET /v1/whoami HTTP/1.1\r\n Host: localhost\r\nHost: localhost\r\n\r\n", 400, CLOSE),
    ("H11 bare LF", b"GET /v1/whoami HTTP/1.1\nHost: localhost\n\n", 400, CLOSE),
    ("H11 bare CR", request(["X-A: a\rX-B: b"]), 400, CLOSE),
    *[(f"H11 {byte:#x}", request([f"X-A: a{chr(byte)}b"]), 400, CLOSE) for byte in [0, 1, 8, 0x0b, 0x0c, 0x1b, 0x1f, 0x7f]],
    ("H12 no colon", request(["nocolon"]), 400, CLOSE),
    ("H12 no name", request([": v"]), 400, CLOSE),
    *[(f"H12 {character}", request([f"X{character}A: v"]), 400, CLOSE) for character in '"(),/;<=>?@[\\]{}'],
    ("H12 8 bit", b"GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\nX\xe9: v\r\n\r\n", 400, CLOSE),
    ("H13 none", request([], host=""), 400, CLOSE),
    ("H13 two", request(["Host: localhost"]), 400, CLOSE),
    *[(f"H13 {value}", request([], host=f"Host: {value}\r\n"), 400, CLOSE) for value in ("localhost:99999", "u@localhost", "")],
    *[(f"H14 {value}", request([], host=f"Host: {value}\r\n"), 421, STAY) for value in ("evil.example", "evil.example:443", "localhost.evil")],
    ("H15 absolute", request([], path="http://evil/x"), 400, CLOSE),
    ("H15 CONNECT", request([], "CONNECT", "localhost:443"), 400, CLOSE),
    ("H15 OPTIONS *", request([], "OPTIONS", "*"), 400, CLOSE),
    ("H16 TRACE", request([], "TRACE"), 405, STAY),
    ("H16 PUT", request(["Content-Length: 0"], "PUT"), 405, STAY),
    ("H16 get", request([], "get"), 501, CLOSE),
    ("H16 FOO", request([], "FOO"), 501, CLOSE),
    # The library, which does not tell a long method from a long target, says 414.
    ("H16 64 KiB", request([], "A" * 65536), (414, 431, 501), CLOSE),
    ("H17 0.9", b"GET /healthz\r\n", 400, CLOSE),
    ("H17 1.2", request([], version="HTTP/1.2"), 505, CLOSE),
    ("H17 2.0", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, CLOSE),
    ("H17 9.9", request([], version="HTTP/9.9"), 505, CLOSE),
    ("H18 h2c", request(["Upgrade: h2c", "Connection: Upgrade"]), 200, STAY),
    ("H18 websocket", request(["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: x"]), 200, STAY),
    ("H19 target", request([], path="/" + "a" * 8192), 414, STAY),
    ("H19 query", request([], path="/v1/jobs?name=" + "a" * 4097), 414, STAY),
    ("H20 head", request([f"X-{n}: " + "a" * 4080 for n in range(4)]), 431, CLOSE),
    ("H20 65 headers", request([f"X-{n}: y" for n in range(64)]), 431, CLOSE),
    ("H20 one header", request(["X-A: " + "a" * 8190]), 431, CLOSE),
    ("H21 500", request([], path="/v1/jobs?" + "&".join(f"a{n}=1" for n in range(500))), 400, STAY),
    ("H21 2000", request([], path="/v1/jobs?" + "&".join(f"a{n}=1" for n in range(2000))), (400, 414), STAY),
    *[(f"H22 {path}", request([], path=path), 400, STAY) for path in (
        "/v1/%2e%2e/v1/jobs", "/v1/../v1/jobs", "/v1/jobs%2fx", "/v1/jobs%5cx", "/v1/jobs\\x", "/v1/jobs%00", "/v1/jobs/%zz",
        "/v1/jobs/%", "/v1/jobs/%4", "/v1//jobs", "//v1/jobs", "/v1/jobs;x=1", "/v1/jobs#a", "/v1/\u00e9", "/v1/jobs/a b",
        "/v1/jobs/%ff", "/v1/jobs/%0a", "/v1/jobs/%c0%af")],
    *[(f"H23 {path}", request([], path=path), 404, STAY) for path in ("/v1/jobs/", "/V1/jobs", "/v1/Jobs", "/v1", "/v1/nothing", "/v2/jobs")],
    *[(f"H24 {path}", request([], path=path), 400, STAY) for path in (
        "/v1/jobs?surprise=1", "/v1/jobs?limit=1&limit=2", "/v1/jobs?limit=", "/v1/jobs?limit=0", "/v1/jobs?limit=-1",
        "/v1/jobs?limit=1001", "/v1/jobs?limit=1e3", "/v1/jobs?limit=NaN", "/v1/jobs?limit=99999999999999999999",
        "/v1/jobs?state=NONE", "/v1/jobs?result=NONE", "/v1/jobs?since=yesterday", "/v1/jobs?cursor=x", "/v1/whoami?a=1",
        "/v1/limits?a=1", "/healthz?a=1", "/readyz?a=1", "/metrics?a=1", "/v1/tokens?a=1", "/openapi.json?a=1", "/docs?a=1",
        "/v1/jobs?=1", "/v1/jobs?dry_run=true", "/v1/events?topics=nonsense", "/v1/events?topics=", "/v1/jobs?access_token=x",
        "/v1/jobs/@HELD@?a=1", "/v1/jobs/@HELD@/jobspec?a=1", "/v1/jobs/@HELD@/R?a=1", "/v1/jobs/@HELD@/eventlog?a=1",
        "/v1/jobs/@HELD@/output?a=1", "/v1/jobs/@HELD@/events?a=1",
        "/v1/jobs/@HELD@?wait=inactive&timeout=61", "/v1/jobs/@HELD@?wait=inactive&timeout=-1", "/v1/jobs/@HELD@?wait=nonsense",
        "/v1/jobs/@HELD@/output?stream=stdfoo", "/v1/jobs/@HELD@/output?offset=-1")],
    ("H25 17 digits", post(["Transfer-Encoding: chunked"], b"FFFFFFFFFFFFFFFFF\r\n"), 413, CLOSE),
    # A chunk that is announced is not refused before it comes: what comes is, once it is too much.
    ("H25 16 digits", post(["Transfer-Encoding: chunked"], b"FFFFFFFFFFFFFFFF\r\n" + b"x" * (HUGE + 1)), (400, 413), CLOSE),
    *[(f"H26 {start!r}", post(["Transfer-Encoding: chunked"], start + b"\r\nhello\r\n0\r\n\r\n"), 400, CLOSE)
      for start in (b"-1", b"0x5", b" 5", b"5 ", b"x")],
    ("H26 no CRLF", post(["Transfer-Encoding: chunked"], b"5\r\nhelloXX0\r\n\r\n"), 400, CLOSE),
    ("H27 without a token", b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
     b"Transfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: Bearer @TOKEN@\r\n\r\n", 401, CLOSE),
    ("H28 bad token", b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
     b"Authorization: Bearer x\r\nContent-Length: 20\r\n\r\n", 401, CLOSE),
    ("H28 too large", post(["Expect: 100-continue", f"Content-Length: {HUGE + 1}"]), 413, CLOSE),
    ("H29", post(["Expect: 200-ok", "Content-Length: 5"], b"hello"), 417, CLOSE),
    ("H30 GET", request(["Content-Length: 5"], body=b"hello"), 400, CLOSE),
    ("H30 DELETE", request(["Content-Length: 5"], "DELETE", "/v1/tokens/x", body=b"hello"), 400, CLOSE),
    ("H32 xml", request(["Accept: text/xml"]), 406, STAY),
    ("H32 any", request(["Accept: */*"]), 200, STAY),
    ("H32 weights", request(["Accept: text/xml, application/*;q=0.3"]), 200, STAY),
    ("H32 none of it", request(["Accept: application/json;q=0, */*;q=0.1"]), 406, STAY),
    ("H32 4 KiB", request(["Accept: " + "a/b;q=0.1," * 410]), 406, STAY),
    ("H33 two", request(["Authorization: Bearer @TOKEN@"]), 400, CLOSE),
    ("H33 cookie", b"GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\nCookie: token=@TOKEN@\r\n\r\n", 401, STAY),
    ("H33 query", b"GET /v1/whoami?access_token=@TOKEN@ HTTP/1.1\r\nHost: localhost\r\n\r\n", (400, 401), STAY),
    *[(f"H34 {name}", f"GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\n{name}: {value}\r\n\r\n".encode(), 401, STAY) for name, value in (
        ("X-Forwarded-For", "127.0.0.1"), ("X-Real-IP", "127.0.0.1"), ("Forwarded", "for=127.0.0.1"), ("X-Remote-User", "root"),
        ("X-Original-URL", "/healthz"))],
    ("H34 override", request(["X-HTTP-Method-Override: DELETE"]), 200, STAY),
    ("H35 preflight", b"OPTIONS /v1/jobs HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n"
     b"Access-Control-Request-Method: POST\r\n\r\n", (401, 403, 405), STAY),
    *[(f"H42 {value[:9]!r}", request([f"Last-Event-ID: {value}"], path="/v1/events"), 400, STAY) for value in (
        "abc", "-1", "1e3", "9223372036854775808", "1-9223372036854775808", "x" * 1024, "1-", "-", "1-2-3", "1-999999999", "9-1", "1-1 x")],
    ("H42 query", request([], path="/v1/events?since=garbage"), 400, STAY),
    ("X-Request-Id", request(["X-Request-Id: a b"]), 400, STAY),
    ("X-Request-Id long", request(["X-Request-Id: " + "x" * 129]), 400, STAY),
]
# Answered by the HTTP library itself before our code sees the request: a plain refusal instead of a problem document.
LIBRARY_ANSWERS = {
    identity for identity, *_ in HTTP
    if identity.startswith(("H03", "H04", "H26")) or identity in (
        "H12 no colon", "H11 0x0", "H16 64 KiB", "H17 0.9", "H17 2.0", "H17 9.9", "H20 head", "H20 65 headers",
        "H20 one header", "H25 17 digits", "H25 16 digits")}


def test_http(still):
    client = still.client()
    held = client.submit(GOOD)["id"]
    before, failures, own_form = newest(client), [], []
    for identity, data, status, closes in HTTP:
        data = data.replace(b"@TOKEN@", still.token.encode()).replace(b"@HELD@", held.encode())
        statuses = status if isinstance(status, tuple) else (status,)
        try:
            with harness.RawConnection(still) as connection:
                connection.send(data)
                answer = connection.response()
                assert answer is not None, "no answer"
                assert answer.status in statuses, answer
                assert "server" not in answer.headers, "names its software"
                assert not any(name.lower().startswith("access-control") for name in answer.headers), answer
                if answer.status != 200:
                    if answer.headers.get("content-type") == "application/problem+json":
                        assert_problem(answer, statuses)
                    else:
                        own_form.append(identity)
                if closes:
                    assert connection.is_closed(), "the connection stays open, or more was answered"
                else:
                    connection.send(request([], path="/healthz").replace(b"@TOKEN@", still.token.encode()))
                    second = connection.response()
                    assert second is not None and second.status == 200, f"the connection did not stay usable: {second}"
        except Exception as failure:
            failures.append(f"{identity}: {failure!r:.400}")
    print(f"{len(HTTP)} raw requests; answered by the library: {own_form}")
    assert not failures, "\n".join(failures)
    assert set(own_form) <= LIBRARY_ANSWERS, set(own_form) - LIBRARY_ANSWERS
    assert newest(client) == before


def test_expect_continue(still):
    with harness.RawConnection(still) as connection:
        connection.send(post(["Expect: 100-continue", f"Content-Length: {len(JOB)}"]).replace(b"@TOKEN@", still.token.encode()))
        assert connection.response().status == 100
        connection.send(JOB)
        assert connection.response().status == 201


def test_hundred_pipelined_requests_are_answered_in_order(still):
    with harness.RawConnection(still) as connection:
        connection.send(b"".join(
            request([f"X-Request-Id: r{n}"], path="/v1/limits" if n % 3 else "/v1/jobs?limit=1").replace(b"@TOKEN@", still.token.encode())
            for n in range(100)))
        assert [connection.response().headers["x-request-id"] for _ in range(100)] == [f"r{n}" for n in range(100)]


def test_nothing_behind_a_refusal_that_closes_is_run(still):
    client = still.client()
    before = newest(client)
    good = post([f"Content-Length: {len(JOB)}"], JOB)
    bad = post(["Content-Length: 5", "Content-Length: 5"], b"hello")
    with harness.RawConnection(still) as connection:
        connection.send((request([]) + bad + good + good).replace(b"@TOKEN@", still.token.encode()))
        assert connection.response().status == 200
        assert connection.response().status == 400
        assert connection.is_closed()
    time.sleep(0.2)
    assert newest(client) == before


def test_head_is_get_without_a_body(still):
    client = still.client()
    job = client.submit({"command": ["true"]})["id"]
    client.wait(job)
    for path in ("/healthz", "/v1/whoami", "/v1/limits", "/openapi.json", "/docs", "/metrics", "/v1/jobs", f"/v1/jobs/{job}",
                 f"/v1/jobs/{job}/eventlog", f"/v1/jobs/{job}/output", "/v1/nothing"):
        with harness.RawConnection(still) as connection:
            connection.send(request([], "HEAD", path).replace(b"@TOKEN@", still.token.encode()))
            head = connection.response(is_head=True)
            connection.send(request([], "GET", path).replace(b"@TOKEN@", still.token.encode()))
            get = connection.response()
        assert head.status == get.status and head.headers["content-type"] == get.headers["content-type"], path
        if path not in ("/v1/nothing", "/metrics"):
            assert head.headers["content-length"] == get.headers["content-length"], path


def test_answers_to_half_closed_and_reset_connections(still):
    client = still.client()
    # A reset at any moment of the exchange costs the broker nothing.
    whole = post([f"Content-Length: {len(JOB)}"], JOB).replace(b"@TOKEN@", still.token.encode())
    for end in range(0, len(whole) + 1, 7):
        plain = socket.create_connection(("127.0.0.1", still.port), timeout=10)
        secure = still.tls.wrap_socket(plain, server_hostname="127.0.0.1")
        secure.sendall(whole[:end]) if end else None
        secure.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        secure.close()
    assert client.get("/healthz").status == 200
    until(lambda: client.get("/readyz").status == 200)


def test_tls_versions_and_plain_text(still):
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(f"{still.state}/ca.pem")
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        with pytest.raises((ssl.SSLError, OSError)):
            harness.RawConnection(still, context=context)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=f"{still.state}/ca.pem")
        context.minimum_version = context.maximum_version = version
        with harness.RawConnection(still, context=context) as connection:
            connection.send(request([]).replace(b"@TOKEN@", still.token.encode()))
            assert connection.response().status == 200
    with socket.create_connection(("127.0.0.1", still.port), timeout=5) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            assert not plain.recv(100).startswith(b"HTTP")
        except OSError:
            pass
    weak = ssl.create_default_context(cafile=f"{still.state}/ca.pem")
    weak.maximum_version = ssl.TLSVersion.TLSv1_2
    weak.set_ciphers("AES128-SHA:AES256-SHA:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, OSError)):
        harness.RawConnection(still, context=weak)


@pytest.mark.parametrize("part", ["head", pytest.param("body", marks=pytest.mark.slow)])
def test_a_dripping_client_is_cut_off_at_the_deadline(still, part):
    """H39: bytes that trickle in do not hold a connection beyond its deadline (10 s for a head, 30 s for a body)."""
    deadline = 10 if part == "head" else 30
    with harness.RawConnection(still, timeout=1) as connection:
        head = post(["Content-Length: 1000"]).replace(b"@TOKEN@", still.token.encode())
        if part == "body":
            connection.send(head)
        begin, sent = time.monotonic(), 0
        while time.monotonic() - begin < deadline + 6:
            if not connection.send(head[sent:sent + 1] if part == "head" else b" "):
                break
            sent += 1
            connection.socket.settimeout(0.45)
            try:
                if not connection.receive_more():
                    break
            except TimeoutError:
                continue
        took = time.monotonic() - begin
    assert deadline - 2 < took < deadline + 4, f"closed after {took:.1f} s"


def test_streams_of_one_user_are_bounded(still):
    """H44: the 257th stream of a user is refused, and room comes back when one is closed."""
    user = still.as_user("streamer")
    streams = [user.stream("/v1/events") for _ in range(256)]
    assert {stream.status for stream in streams} == {200}
    assert_problem(user.get("/v1/events"), 429, "too_many_streams")
    assert still.client().get("/v1/whoami").status == 200
    with still.client().stream("/v1/events") as other:
        assert other.status == 200
    for stream in streams:
        stream.close()
    until(lambda: _opens(user), seconds=40, pause=1, what="room for another stream")


def _opens(user):
    with user.stream("/v1/events") as stream:
        return stream.status == 200


# MARK: 5.5 tokens

def b64(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def credentials(token):
    """(id, value of Authorization, status)"""
    secret = token.split("_", 1)[1]
    claims = {"sub": "root", "role": "owner", "exp": 4102444800}
    rows = [
        ("T01", None, 401),
        *[(f"T02 {value!r}", value, 401) for value in (
            "Bearer", "Bearer ", "Basic dTpw", "Negotiate x", "Token x", f"Token {token}", token, f"Basic {token}")],
        ("T03 lower", f"bearer {token}", 200), ("T03 upper", f"BEARER {token}", 200),
        ("T04 tab", f"Bearer\t{token}", 401), ("T04 quotes", f'Bearer "{token}"', 401), ("T04 two blanks", f"Bearer  {token}", 401),
        # A trailing blank is no part of a field's value (RFC 9110, 5.5).
        ("T04 trailing blank", f"Bearer {token} ", 200),
        ("T04 comma", f"Bearer {token},", 401), ("T04 behind", f"Bearer {token} x", 401),
        ("T05 shorter", f"Bearer {token[:-1]}", 401), ("T05 longer", f"Bearer {token}A", 401),
        ("T05 front", f"Bearer {token[1:]}", 401), ("T05 without its prefix", f"Bearer {secret}", 401),
        ("T05 other case", f"Bearer {token.swapcase()}", 401),
        ("T06 8 KiB", "Bearer " + "A" * 8100, 401), ("T06 dots", "Bearer " + "." * 100, 401), ("T06 ..", "Bearer ..", 401),
        ("T06 a.b", "Bearer a.b", 401), ("T06 JWE", "Bearer a.b.c.d.e", 401), ("T06 JSON", 'Bearer {"payload":"x"}', 401),
        *[(f"T07 {alg}", f"Bearer {b64({'alg': alg, 'typ': 'JWT'})}.{b64(claims)}.", 401)
          for alg in ("none", "None", "nOnE", "", None, ["ES256"])],
        ("T13 jwk", f"Bearer {b64({'alg': 'ES256', 'jwk': {}, 'jku': 'http://127.0.0.1:1/'})}.{b64(claims)}.{b64(b'x' * 64)}", 401),
        ("T16 padding", f"Bearer {token}=", 401), ("T16 +", f"Bearer {token[:-1]}+", 401),
        ("T41 digest", f"Bearer {hashlib.sha256(token.encode()).hexdigest()}", 401),
        ("T41 digest with prefix", f"Bearer sluice_{hashlib.sha256(token.encode()).hexdigest()}", 401),
        *[(f"T41 {value}", f"Bearer {value}", 401) for value in ("%", "sluice_%", "sluice_" + "_" * 43, "*", "sluice_*")],
        ("T41 non-ASCII", "Bearer sluice_\u00e9", 401),
    ]
    for index in range(len(token)):
        changed = chr(ord(token[index]) ^ 1)
        if re.fullmatch(r"[A-Za-z0-9._~+/-]", changed):
            rows.append((f"T05 bit of byte {index}", f"Bearer {token[:index]}{changed}{token[index + 1:]}", 401))
    return rows


def test_credentials(still):
    client = still.client()
    before, bodies, rows = newest(client), set(), credentials(still.token)
    for identity, value, status in rows:
        field = b"" if value is None else b"Authorization: " + value.encode() + b"\r\n"
        answer, _ = harness.raw_exchange(still, b"GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\n" + field + b"\r\n")
        assert answer is not None and answer.status == status, (identity, answer)
        if status == 401:
            assert_problem(answer, 401, "unauthorized")
            bodies.add(answer.body.replace(answer.json["request_id"].encode(), b""))
    print(f"{len(rows)} credentials")
    assert len(bodies) == 1, "one body for every reason"
    assert newest(client) == before


def test_a_nul_in_a_credential_is_bad_framing(still):
    answer, closed = harness.raw_exchange(
        still, b"GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + still.token.encode() + b"\0evil\r\n\r\n")
    assert answer.status == 400 and closed


def test_a_token_of_another_instance_is_none(still, fresh):
    other = fresh(nodes=1)
    assert_problem(still.client(token=other.token).get("/v1/whoami"), 401)


@pytest.mark.parametrize("fields", [
    {"expires_in": 10 * 366 * 86400}, {"expires_in": -1}, {"expires_in": 0}, {"expires_in": "1e9"}, {"expires_in": 1.5}, {"expires_in": True},
    {"role": "admin"}, {"role": ""}, {"user": ""}, {"user": "a/b"}, {"user": "../root"}, {"user": "-a"}, {"user": "u" * 65},
    {"user": 1}, {"user": "a\nb"}, {"note": "n" * 257}, {"note": "a\x1b[2J"}, {"userid": 0}, {"token": "mine"}, {"tenant": "other"},
])
def test_tokens_that_cannot_be_issued(still, fields):
    client = still.client()
    before = newest(client)
    assert_problem(client.post("/v1/tokens", {"user": "eve", **fields}), 422)
    assert newest(client) == before


def test_ten_thousand_bad_tokens_leave_no_trace(still):
    """T39 in small: the broker's memory does not grow with refusals."""
    def resident():
        text = pathlib.Path(f"/proc/{still.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1))

    generator = harness.seed("bad tokens")
    requests = [
        b"GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sluice_%043x\r\n\r\n" % generator.getrandbits(172)
        for _ in range(10_000)]
    def send(batch):
        with harness.RawConnection(still) as connection:
            for start in range(0, len(batch), 50):
                connection.send(b"".join(batch[start:start + 50]))
                for _ in batch[start:start + 50]:
                    assert connection.response().status == 401
    send(requests[:2000])
    before = resident()
    begin = time.monotonic()
    send(requests[2000:])
    rate = 8000 / (time.monotonic() - begin)
    print(f"{rate:.0f} refusals a second, {resident() - before} KiB more")
    assert resident() - before < 8 * 1024
    assert rate > 200, "the floor of the load"


# MARK: every route

PUBLIC = {"/healthz", "/readyz", "/openapi.json", "/docs"}


def documented(broker):
    """(method, path) of every operation of the document."""
    paths = broker.client(token="").get("/openapi.json").json["paths"]
    return {(method.upper(), path) for path, item in paths.items() for method in item
            if method in ("get", "put", "post", "patch", "delete")}


def in_source():
    """(method, path) of every route of the broker's source."""
    folder = harness.REPOSITORY / "Sources" / "RESTAPI" / "Routes"
    found = set()
    for file in folder.glob("*.swift"):
        found |= set(re.findall(r'Route\(\s*"([A-Z]+)",\s*"([^"]+)"', file.read_text()))
    return found


PLACES = {"id": "f2oLkT7hdZZm", "ns": "primary", "key": "a.b", "name": "n", "topic": "t", "digest": f"sha256-{'0' * 64}", "call": "c"}


def place_of(path):
    return re.sub(r"\{(\w+)\}", lambda name: PLACES[name[1]], path)


def test_the_document_has_every_route_and_no_other(still):
    document = documented(still)
    assert len(document) >= 15
    assert document == in_source()


def test_every_route_wants_a_token(still):
    for method, path in sorted(documented(still)):
        place = place_of(path)
        client = still.client(token="")
        answer = client.call(method, place, headers={"Content-Type": harness.JSON} if method in ("POST", "PATCH") else None)
        if path in PUBLIC:
            assert answer.status == 200, (path, answer)
        else:
            assert_problem(answer, 401, "unauthorized")
        client.close()


def test_every_route_refuses_other_methods_and_names_its_own(still):
    client = still.client()
    methods = {}
    for method, path in documented(still):
        methods.setdefault(path, set()).add(method)
    for path, own in sorted(methods.items()):
        place = place_of(path)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            if method in own:
                continue
            answer = client.call(method, place)
            assert_problem(answer, 405)
            assert set(answer.headers["allow"].split(", ")) == own | ({"HEAD"} if "GET" in own else set()), (path, answer)


def test_error_texts_tell_nothing_about_the_inside(still):
    client = still.client()
    texts = [client.get("/v1/jobs/x").body, client.post("/v1/jobs", {"command": 1}).body, client.get("/v1/jobs?cursor=AAAA").body,
             client.call("POST", "/v1/jobs", body="{", headers={"Content-Type": harness.JSON}).body,
             client.call("POST", "/v1/jobs", body="a: [", headers={"Content-Type": "application/yaml"}).body]
    for text in texts:
        assert not re.search(rb"sqlite|/work|/tmp|\.swift|0x[0-9a-f]{6}|SELECT|Optional\(", text, re.IGNORECASE), text
