"""What jobs write: followed while they run, resumed anywhere, told apart by task, cut where it is too long."""
import json
import threading
import time

import pytest

import harness
from harness import NDJSON, EventParser, assert_problem, until

GATED = "{body}; while [ ! -e {gate} ]; do sleep 0.02; done; {rest}"


@pytest.fixture
def gate(tmp_path):
    """A file that a job waits for."""
    return tmp_path / "go"


def submit(client, script, tasks=1, **fields):
    return client.submit({"command": ["sh", "-c", script], "ntasks": tasks, **fields})["id"]


def entries(client, job, query="", headers=None):
    """The entries of a whole stream."""
    answer = client.get(f"/v1/jobs/{job}/output?follow=true{query}", headers={"Accept": NDJSON, **(headers or {})})
    assert answer.status == 200, answer
    return [line for line in answer.lines if "bookmark" not in line]


def texts(lines, stream="stdout", rank=None):
    return "".join(
        line["context"]["data"] for line in lines
        if line["name"] == "data" and line["context"]["stream"] == stream and "data" in line["context"]
        and rank in (None, line["context"]["rank"]))


def test_follow_brings_bytes_as_they_are_written(broker, owner, gate):
    job = submit(owner, GATED.format(body="echo early", gate=gate, rest="echo late"))
    response = broker.client().start("GET", f"/v1/jobs/{job}/output?follow=true")
    assert response.status == 200 and response.headers["content-type"] == "application/octet-stream"
    assert response.read(6) == b"early\n"
    gate.touch()
    # The answer ends by itself.
    assert response.read() == b"late\n"


def test_a_follower_of_a_job_that_waits_gets_all_of_it(owner):
    job = owner.submit({"command": ["echo", "at last"], "urgency": 0})["id"]
    got = []
    follower = threading.Thread(target=lambda: got.append(entries(owner.broker.client(), job)))
    follower.start()
    time.sleep(0.2)
    assert follower.is_alive()
    assert owner.call("PATCH", f"/v1/jobs/{job}", json_body={"urgency": 16}).status == 200
    follower.join(harness.PATIENCE)
    assert texts(got[0]) == "at last\n"


def test_entries_are_those_of_rfc_24(owner):
    job = submit(owner, "echo out $FLUX_TASK_RANK; echo err $FLUX_TASK_RANK >&2", tasks=2)
    owner.wait(job)
    lines = entries(owner, job)
    assert [line["name"] for line in lines].count("header") == 1
    assert lines[0]["name"] == "header" and lines[0]["context"]["version"] == 1
    assert lines[0]["context"]["count"] == {"stdout": 2, "stderr": 2}
    for rank in ("0", "1"):
        assert texts(lines, "stdout", rank) == f"out {rank}\n"
        assert texts(lines, "stderr", rank) == f"err {rank}\n"
    ends = [line["context"] for line in lines if line["context"].get("eof")]
    assert ends == [{"stream": stream, "rank": "all", "eof": True} for stream in ("stdout", "stderr")]
    assert lines[-1]["context"]["eof"]


def test_bytes_that_are_no_text_come_as_base64(owner):
    job = submit(owner, r"printf '\377\000'")
    owner.wait(job)
    data = [line["context"] for line in entries(owner, job) if line["context"].get("encoding") == "base64"]
    assert data == [{"stream": "stdout", "rank": "0", "encoding": "base64", "data": "/wA="}]


def test_a_stream_goes_on_behind_every_position(owner):
    job = submit(owner, "for i in 1 2 3 4 5; do echo $FLUX_TASK_RANK-$i; echo e$i >&2; done", tasks=3)
    owner.wait(job)
    lines = entries(owner, job)
    whole = texts(lines), texts(lines, "stderr")
    assert len(whole[0]) == 60 and len(whole[1]) == 45
    for line in lines:
        _, out, err = line["position"].split(":")
        answer = owner.get(
            f"/v1/jobs/{job}/output?follow=true", headers={"Accept": NDJSON, "Last-Event-ID": line["position"]})
        if line["position"] == lines[-1]["position"]:
            # Nothing follows, whichever entry of the end it was.
            assert answer.status == 204
            continue
        rest = answer.lines
        assert rest[0]["name"] == "data"
        assert (texts(rest), texts(rest, "stderr")) == (whole[0][int(out):], whole[1][int(err):])


def test_events_are_the_same_and_end_with_an_event(owner):
    job = submit(owner, "echo one; echo two")
    owner.wait(job)
    with owner.stream(f"/v1/jobs/{job}/output", headers={"Accept": harness.EVENT_STREAM}) as stream:
        events = list(stream)
    assert [event.kind for event in events] == ["header", "data", "data", "data", "end"]
    assert events[1].id == "1:8:0" and events[1].json["context"]["data"] == "one\ntwo\n"


def test_one_task_is_read_by_offset(owner):
    job = submit(owner, "for i in $(seq 1000); do echo $FLUX_TASK_RANK:$i; done", tasks=3)
    owner.wait(job)
    expected = "".join(f"2:{number}\n" for number in range(1, 1001)).encode()
    pieces, offset, complete = b"", 0, "false"
    while complete == "false":
        answer = owner.get(f"/v1/jobs/{job}/output?rank=2&offset={offset}&limit=777")
        pieces += answer.body
        assert int(answer.headers["sluice-next-offset"]) == offset + len(answer.body) == len(pieces)
        offset, complete = len(pieces), answer.headers["sluice-output-complete"]
    assert pieces == expected
    assert owner.get(f"/v1/jobs/{job}/output?rank=2&offset=500&follow=true").body == expected[500:]
    assert owner.get(f"/v1/jobs/{job}/output?rank=3").body == b""


def test_what_is_too_long_is_cut_with_a_mark(owner):
    limit = {"system": {"shell": {"options": {"output": {"limit": "1000"}}}}}
    for tasks in (1, 2):
        job = submit(owner, "seq 100000; echo fine >&2", tasks=tasks, attributes=limit)
        assert owner.wait(job)["result"] == "COMPLETED"
        body = owner.get(f"/v1/jobs/{job}/output").body
        assert body.startswith(b"1\n2\n" if tasks == 1 else b"1\n") and body[1000:].startswith(b"\n[sluice: cut here")
        assert owner.get(f"/v1/jobs/{job}/output?stream=stderr").body == b"fine\n" * tasks


def test_files_of_tasks_and_redirects(owner, tmp_path):
    job = submit(
        owner, "echo $FLUX_TASK_RANK", tasks=2, cwd=str(tmp_path), stdout="out.{{id}}.{{taskid}}.txt", name="parts")
    owner.wait(job)
    assert [(tmp_path / f"out.{job}.{rank}.txt").read_text() for rank in (0, 1)] == ["0\n", "1\n"]
    lines = entries(owner, job)
    assert {"stream": "stdout", "rank": "all", "path": "out.{{id}}.{{taskid}}.txt"} in [
        line["context"] for line in lines if line["name"] == "redirect"]
    assert_problem(owner.get(f"/v1/jobs/{job}/output?follow=true"), 404, "output_elsewhere")


def test_every_attempt_is_told(fresh):
    broker = fresh(nodes=1)
    client = broker.client()
    job = submit(client, "echo $SLUICE_ATTEMPT; [ $SLUICE_ATTEMPT = 2 ] || sleep 60", max_attempts=2)
    until(lambda: client.get(f"/v1/jobs/{job}/output").body == b"1\n", what="the first attempt's output")
    assert broker.kill_shepherds() == 1
    lines = entries(client, job)
    assert texts(lines) == "1\n2\n"
    assert [line["position"] for line in lines if "data" in line["context"]] == ["1:2:0", "2:2:0"]
    assert client.get(f"/v1/jobs/{job}/output?attempt=1&follow=true").body == b"1\n"


def test_a_follower_outlasts_the_broker_by_its_position(fresh, gate):
    broker = fresh(nodes=1)
    client = broker.client()
    job = submit(client, GATED.format(body="echo before", gate=gate, rest="echo after"))
    with client.stream(f"/v1/jobs/{job}/output?follow=true", headers={"Accept": harness.EVENT_STREAM}) as stream:
        header, data = stream.take(2)
    assert data.json["context"]["data"] == "before\n"
    broker.kill()
    gate.touch()
    broker.start()
    rest = entries(broker.client(), job, headers={"Last-Event-ID": data.id})
    assert texts(rest) == "after\n"


@pytest.mark.parametrize("query, accept, code", [
    ("stream=all", "application/octet-stream", "bad_query"),
    ("stream=none", NDJSON, "bad_query"),
    ("offset=1", NDJSON, "bad_query"),
    ("since=1:0:0", "application/octet-stream", "bad_query"),
    ("follow=true&limit=1", "application/octet-stream", "bad_query"),
    ("rank=-1", NDJSON, "bad_query"),
    ("since=1-5", NDJSON, "bad_position"),
    ("since=2:0:0", NDJSON, "bad_position"),
])
def test_wrong_questions_are_refused(owner, query, accept, code):
    job = submit(owner, "true")
    assert_problem(owner.get(f"/v1/jobs/{job}/output?{query}", headers={"Accept": accept}), 400, code)


def test_others_see_nothing(broker, owner):
    job = submit(owner, "echo secret")
    owner.wait(job)
    for query in ("", "?follow=true"):
        for accept in ("application/octet-stream", NDJSON):
            answer = broker.as_user("output-stranger").get(
                f"/v1/jobs/{job}/output{query}", headers={"Accept": accept})
            assert_problem(answer, 404, "not_found")


# MARK: the command line

def test_run_labels_lines_and_keeps_streams_apart(broker):
    done = broker.run("run", "-l", "-n3", "sh", "-c", "echo out $FLUX_TASK_RANK; echo err >&2; exit 3")
    assert done.returncode == 3, done
    assert sorted(done.stdout.splitlines()) == [f"{rank}: out {rank}" for rank in range(3)]
    assert sorted(done.stderr.splitlines())[:3] == [f"{rank}: err" for rank in range(3)]


def test_job_output_shows_what_is_asked_for(broker, owner):
    job = submit(owner, "echo out $FLUX_TASK_RANK; echo err $FLUX_TASK_RANK >&2", tasks=2)
    owner.wait(job)
    both = broker.run("job", "output", job)
    assert sorted(both.stdout.splitlines()) == ["out 0", "out 1"]
    assert sorted(both.stderr.splitlines()) == ["err 0", "err 1"]
    assert broker.run("job", "output", "--stream=stderr", "--rank=1", job).stdout == "err 1\n"
    assert sorted(broker.run("job", "attach", "--label-io", job).stdout.splitlines()) == ["0: out 0", "1: out 1"]


def test_job_output_follows_to_the_end(broker, owner, gate):
    job = submit(owner, GATED.format(body="echo early", gate=gate, rest="echo late"))
    until(lambda: broker.run("job", "output", job).stdout == "early\n", what="the early line")
    timer = threading.Timer(0.3, gate.touch)
    timer.start()
    assert broker.run("job", "output", "-f", job).stdout == "early\nlate\n"
