"""Jobs through the API as a user meets it: submit, look, wait, list, cancel, bulk, retries, users."""
import json
import os
import subprocess
import time
import uuid

import pytest

import harness
from harness import assert_problem, in_threads, mock_job, until

JOBSPEC = {
    "resources": [{"type": "slot", "count": 1, "label": "task", "with": [{"type": "core", "count": 1}]}],
    "tasks": [{"command": ["sh", "-c", "echo from a jobspec"], "slot": "task", "count": {"per_slot": 1}}],
    "attributes": {"system": {"duration": 0}},
    "version": 1,
}
JOBSPEC_YAML = """
version: 1
resources:
  - type: slot
    count: 1
    label: task
    with:
      - {type: core, count: 1}
tasks:
  - command: [sh, -c, echo from a jobspec]
    slot: task
    count: {per_slot: 1}
attributes: {system: {duration: 0}}
"""
# The submissions that change nothing are counted by this: the newest position of the log.
ABSENT_JOB = "f2oLkT7hdZZm"


def position(client):
    return client.get("/v1/jobs?limit=1").json["position"]


def output(client, job, stream="stdout"):
    answer = client.get(f"/v1/jobs/{job}/output?stream={stream}")
    assert answer.status == 200, answer
    return answer.body.decode()


def settled(client):
    """The position, when nothing is under way any more."""
    until(lambda: not client.all_jobs("state=ACTIVE"), what="no active job")
    last = None
    while last != (last := position(client)):
        time.sleep(0.1)
    return last


# MARK: forms of submission

@pytest.mark.parametrize(
    "content_type, body",
    [
        (harness.JSON, json.dumps({"command": ["sh", "-c", "echo from a jobspec"]})),
        (harness.JSON + "; charset=utf-8", json.dumps({"jobspec": JOBSPEC})),
        ("application/yaml", "command: [sh, -c, echo from a jobspec]\nname: of yaml\n"),
        ("application/yaml", "jobspec:\n" + "".join(f"  {line}\n" for line in JOBSPEC_YAML.splitlines())),
        ("application/vnd.flux.jobspec+json", json.dumps(JOBSPEC)),
        ("application/vnd.flux.jobspec+yaml", JOBSPEC_YAML),
    ],
    ids=["short", "jobspec", "yaml", "yaml-jobspec", "flux-json", "flux-yaml"],
)
def test_every_form_of_a_submission_runs_the_same(owner, content_type, body):
    answer = owner.call("POST", "/v1/jobs", body=body, headers={"Content-Type": content_type})
    assert answer.status == 201, answer
    job = answer.json["id"]
    assert answer.headers["location"] == f"/v1/jobs/{job}"
    assert answer.headers["idempotency-replayed"] == "false"
    ended = owner.wait(job)
    assert (ended["state"], ended["result"], ended["exit_code"]) == ("INACTIVE", "COMPLETED", 0)
    assert output(owner, job) == "from a jobspec\n"
    spec = owner.get(f"/v1/jobs/{job}/jobspec").json
    assert spec["tasks"][0]["command"] == ["sh", "-c", "echo from a jobspec"] and spec["version"] == 1


def test_a_raw_jobspec_takes_its_urgency_from_the_query(owner):
    answer = owner.call(
        "POST", "/v1/jobs?urgency=0", body=json.dumps(JOBSPEC),
        headers={"Content-Type": "application/vnd.flux.jobspec+json"})
    assert (answer.status, answer.json["urgency"]) == (201, 0), answer
    owner.post(f"/v1/jobs/{answer.json['id']}/cancel")


def test_submit_and_wait_in_one_call(owner):
    answer = owner.post("/v1/jobs?wait=inactive&timeout=30", {"command": ["sh", "-c", "exit 3"]})
    assert answer.status == 200, answer
    assert (answer.json["result"], answer.json["exit_code"]) == ("FAILED", 3)


def test_a_wait_that_runs_out_answers_202_with_the_job(owner):
    begin = time.monotonic()
    answer = owner.post("/v1/jobs?wait=inactive&timeout=1", {"command": ["sleep", "60"]})
    assert answer.status == 202 and answer.json["state"] == "RUN", answer
    assert 0.9 < time.monotonic() - begin < 10
    job = answer.json["id"]
    assert owner.get(f"/v1/jobs/{job}?wait=run&timeout=5").status == 200
    assert owner.post(f"/v1/jobs/{job}/cancel").status == 200
    ended = owner.wait(job)
    assert ended["result"] == "CANCELED" and ended["exception"]["type"] == "cancel", ended


def test_arguments_reach_the_program_byte_for_byte(owner):
    arguments = ["; rm -rf /", "$(id)", "`id`", "-o", "--", "", " ", "\"'\\", "ƒ\U0001f600", "a\nb\tc", "*", "%s%n"]
    script = "import sys,json; print(json.dumps(sys.argv[1:]))"
    job = owner.submit({"command": ["python3", "-c", script, *arguments]})["id"]
    assert owner.wait(job)["result"] == "COMPLETED"
    assert json.loads(output(owner, job)) == arguments


def test_environment_folder_and_both_streams(owner):
    job = owner.submit({
        "command": ["sh", "-c", 'echo "$COLOUR $PWD"; echo oops >&2; exit 7'], "cwd": "/tmp",
        "env": {"COLOUR": "blue", "PATH": "/usr/bin:/bin", "LD_PRELOAD": ""}})["id"]
    ended = owner.wait(job)
    assert (ended["result"], ended["exit_code"], ended["waitstatus"]) == ("FAILED", 7, 7 << 8)
    assert output(owner, job) == "blue /tmp\n" and output(owner, job, "stderr") == "oops\n"


def test_output_is_read_in_pieces_to_its_end(owner):
    job = owner.submit({"command": ["sh", "-c", "seq 1 5000"]})["id"]
    owner.wait(job)
    expected = "".join(f"{number}\n" for number in range(1, 5001)).encode()
    whole, offset, complete = b"", 0, "false"
    while complete != "true":
        answer = owner.get(f"/v1/jobs/{job}/output?offset={offset}&limit=1000")
        assert answer.status == 200, answer
        whole += answer.body
        offset, complete = int(answer.headers["sluice-next-offset"]), answer.headers["sluice-output-complete"]
        assert offset == len(whole)
    assert whole == expected
    beyond = owner.get(f"/v1/jobs/{job}/output?offset=10000000")
    assert (beyond.status, beyond.body) == (200, b"")


def test_several_tasks_on_several_nodes(owner):
    job = owner.submit({"command": ["sh", "-c", "echo $FLUX_TASK_RANK"], "nnodes": 2, "ntasks": 4})["id"]
    ended = owner.wait(job)
    assert (ended["result"], ended["nnodes"], ended["ntasks"]) == ("COMPLETED", 2, 4), ended
    assert sorted(output(owner, job).split()) == ["0", "1", "2", "3"]
    grants = owner.get(f"/v1/jobs/{job}/R").json
    assert grants["version"] == 1 and len(grants["execution"]["R_lite"]) == 2, grants


def test_time_limit_ends_a_job(owner):
    ended = owner.wait(owner.submit({"command": ["sleep", "60"], "time_limit": "1s"})["id"])
    assert ended["result"] == "TIMEOUT", ended
    assert ended["exception"]["type"] == "timeout", ended


def test_a_program_that_does_not_exist_fails_with_a_reason(owner):
    ended = owner.wait(owner.submit({"command": ["/no/such/program"]})["id"])
    assert ended["result"] == "FAILED" and ended["exception"]["type"] == "exec", ended


@pytest.mark.parametrize("cwd", ["/no/such/folder", "/etc/passwd"])
def test_a_folder_that_cannot_be_entered_fails_the_job(owner, cwd):
    ended = owner.wait(owner.submit({"command": ["true"], "cwd": cwd})["id"])
    assert ended["result"] == "FAILED" and ended["exception"]["note"], ended


def test_eventlog_and_event_stream_tell_the_same(owner):
    job = owner.submit({"command": ["true"]})["id"]
    owner.wait(job)
    log = owner.get(f"/v1/jobs/{job}/eventlog")
    assert log.headers["content-type"] == harness.NDJSON
    names = [entry["name"] for entry in log.lines]
    assert names[:4] == ["submit", "validate", "depend", "priority"] and names[-1] == "clean", names
    assert {"alloc", "start", "finish", "free"} <= set(names), names
    assert sorted(entry["timestamp"] for entry in log.lines) == [entry["timestamp"] for entry in log.lines]
    with owner.stream(f"/v1/jobs/{job}/events") as stream:
        streamed = [event.json for event in stream if event.kind == "job"]
    assert [event["name"] for event in streamed] == names
    assert [event.get("context") for event in streamed] == [entry.get("context") for entry in log.lines]
    lines = owner.get(f"/v1/jobs/{job}/events", headers={"Accept": harness.NDJSON})
    assert lines.lines == streamed


def test_urgency_can_be_changed_while_the_job_waits(owner):
    job = owner.submit({"command": ["true"], "urgency": 0})["id"]
    time.sleep(0.2)
    assert owner.get(f"/v1/jobs/{job}").json["state"] == "SCHED"
    before = position(owner)
    assert owner.call("PATCH", f"/v1/jobs/{job}?dry_run=true", json_body={"urgency": 20}).status == 200
    assert owner.get(f"/v1/jobs/{job}").json["urgency"] == 0 and position(owner) == before
    answer = owner.call("PATCH", f"/v1/jobs/{job}", json_body={"urgency": 20})
    assert (answer.status, answer.json["urgency"]) == (200, 20), answer
    assert owner.wait(job)["result"] == "COMPLETED"
    late = owner.call("PATCH", f"/v1/jobs/{job}", json_body={"urgency": 3})
    assert_problem(late, 409, "job_inactive")


# MARK: cancelling

def test_cancel_waiting_running_and_ended(owner):
    waiting = owner.submit({"command": ["true"], "urgency": 0})["id"]
    answer = owner.post(f"/v1/jobs/{waiting}/cancel", {"note": "not needed"})
    assert (answer.status, answer.json["result"]) == (200, "CANCELED"), answer
    assert answer.json["exception"]["note"] == "not needed"
    running = owner.submit({"command": ["sleep", "60"]})["id"]
    owner.wait(running, "run")
    assert owner.post(f"/v1/jobs/{running}/cancel").status == 200
    assert owner.wait(running)["result"] == "CANCELED"
    assert_problem(owner.post(f"/v1/jobs/{running}/cancel"), 409, "job_inactive")
    stubborn = owner.submit({"command": ["sh", "-c", "trap '' TERM; echo on; while :; do sleep 1; done"]})["id"]
    until(lambda: output(owner, stubborn) == "on\n")
    begin = time.monotonic()
    owner.post(f"/v1/jobs/{stubborn}/cancel")
    assert owner.wait(stubborn)["result"] == "CANCELED"
    assert 4 < time.monotonic() - begin < 15


def test_cancel_many_by_what_they_have_in_common(owner):
    name = f"sweep-{uuid.uuid4()}"
    ids = owner.bulk([{"command": ["true"], "urgency": 0, "name": name, "cc": "0-299"}]).lines[0]["ids"]
    other = owner.submit({"command": ["true"], "urgency": 0, "name": "other"})["id"]
    before = position(owner)
    dry = owner.post("/v1/jobs/cancel?dry_run=true", {"name": name})
    assert (dry.status, dry.json["dry_run"], dry.json["matched"], len(dry.json["ids"])) == (200, True, 300, 100), dry
    assert position(owner) == before
    answer = owner.post("/v1/jobs/cancel", {"name": name, "note": "swept"})
    assert answer.status in (200, 202), answer
    until(lambda: not owner.all_jobs(f"name={name}&state=ACTIVE"))
    jobs = owner.all_jobs(f"name={name}")
    assert {job["id"] for job in jobs} == set(ids) and {job["result"] for job in jobs} == {"CANCELED"}
    assert owner.get(f"/v1/jobs/{other}").json["state"] == "SCHED"
    assert_problem(owner.post("/v1/jobs/cancel", {}), 422, "invalid")
    assert owner.post(f"/v1/jobs/{other}/cancel").status == 200


# MARK: lists

def test_lists_filter_and_page(owner):
    name = f"list-{uuid.uuid4()}"
    lines = [{"command": ["true"], "name": name, "cc": "0-36"}, {"command": ["false"], "name": name, "cc": "0-12"}]
    good, bad = (line["ids"] for line in owner.bulk(lines).lines)
    held = [owner.submit({"command": ["true"], "name": name, "urgency": 0})["id"] for _ in range(3)]
    until(lambda: len(owner.all_jobs(f"name={name}&state=INACTIVE")) == 50)

    def ids(query):
        return [job["id"] for job in owner.all_jobs(f"name={name}{query}")]

    everything = ids("")
    assert everything == sorted(everything, key=(good + bad + held).index, reverse=True), "newest first"
    assert len(everything) == 53 and set(everything) == set(good + bad + held)
    assert set(ids("&result=COMPLETED")) == set(good)
    assert set(ids("&result=FAILED")) == set(bad)
    assert set(ids("&result=FAILED,COMPLETED")) == set(good + bad)
    assert set(ids("&state=PENDING")) == set(ids("&state=SCHED")) == set(held)
    assert ids("&user=nobody-of-that-name") == [] and ids("&queue=none") == []
    assert set(ids("&user=" + owner.get("/v1/whoami").json["user"])) == set(everything)
    for limit in (1, 7, 53, 1000):
        pages, cursor = [], None
        while True:
            query = f"/v1/jobs?name={name}&limit={limit}" + (f"&cursor={cursor}" if cursor else "")
            page = owner.get(query).json
            assert len(page["items"]) <= limit
            pages += [job["id"] for job in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                break
        assert pages == everything, f"limit {limit}"
    first = owner.get(f"/v1/jobs?name={name}&limit=5").json
    assert_problem(owner.get(f"/v1/jobs?limit=5&cursor={first['next_cursor']}"), 400, "bad_cursor")
    flipped = first["next_cursor"][:-2] + ("A" if first["next_cursor"][-2] != "A" else "B") + first["next_cursor"][-1]
    assert_problem(owner.get(f"/v1/jobs?name={name}&limit=5&cursor={flipped}"), 400, "bad_cursor")
    assert owner.post("/v1/jobs/cancel", {"name": name}).status in (200, 202)


def test_a_list_and_the_stream_from_its_position_miss_nothing(owner):
    page = owner.get("/v1/jobs?limit=1").json
    with owner.stream("/v1/jobs/events", since=page["position"]) as stream:
        ids = [owner.submit({"command": ["true"]})["id"] for _ in range(5)]
        seen = []
        for event in stream:
            if event.kind == "job" and event.json["name"] == "submit":
                seen.append(event.json["id"])
            if len(seen) == 5:
                break
    assert seen == ids


# MARK: bulk

def test_bulk_answers_each_line(owner):
    answer = owner.bulk([
        {"command": ["sh", "-c", "echo copy {cc}"], "cc": "0-9", "name": "n{cc}"},
        {"command": []},
        {"command": ["true"], "surprise": 1},
        {"command": ["true"], "nnodes": 100_000},
        {"command": ["true"]},
    ])
    assert answer.status == 200 and answer.headers["content-type"] == harness.NDJSON, answer
    lines = answer.lines
    assert [line["line"] for line in lines] == [1, 2, 3, 4, 5]
    assert [len(line["ids"]) for line in lines] == [10, 0, 0, 0, 1]
    assert ["error" in line for line in lines] == [False, True, True, True, False]
    assert {line["error"]["status"] for line in lines[1:4]} == {422}
    assert lines[2]["error"]["errors"][0]["pointer"] == "/surprise"
    for number, job in enumerate(lines[0]["ids"]):
        assert owner.wait(job)["name"] == f"n{number}"
        assert output(owner, job) == f"copy {number}\n"


def test_atomic_bulk_is_all_or_nothing(owner):
    until(lambda: not owner.all_jobs("state=ACTIVE"))
    before = settled(owner)
    answer = owner.bulk([{"command": ["true"]}, {"command": []}], "?atomic=true")
    assert_problem(answer, 422)
    answer = owner.bulk([{"command": ["true"]}, {"command": ["true"], "nnodes": 100_000}], "?atomic=true")
    assert_problem(answer, 422)
    assert_problem(owner.bulk([{"command": []}], "?atomic=true"), 422)
    assert position(owner) == before
    good = owner.bulk([{"command": ["true"]}, {"command": ["true"], "cc": "0-3"}], "?atomic=true")
    assert good.status == 200 and [len(line["ids"]) for line in good.lines] == [1, 4]


def test_bulk_in_the_thousands_with_and_without_a_key(owner):
    key = {"Idempotency-Key": f"bulk-{uuid.uuid4()}"}
    lines = [mock_job(0, name="thousands", cc="0-2499"), *[mock_job(0, env={"N": str(n)}) for n in range(600)]]
    first = owner.bulk(lines, headers=key)
    ids = [job for line in first.lines for job in line["ids"]]
    assert first.status == 200 and len(set(ids)) == 3100
    again = owner.bulk(lines, headers=key)
    assert again.body == first.body
    assert [job for line in owner.bulk(lines).lines for job in line["ids"]] != ids


def test_a_bulk_body_that_ends_early_leaves_a_retry_that_continues(broker, owner):
    """The connection dies in the middle of the body; the retry with the same key completes it, with no job twice."""
    name = f"cut-{uuid.uuid4()}"
    key = f"key-{name}"
    lines = [mock_job(0, name=name, env={"N": str(n)}) for n in range(4000)]
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    head = (
        f"POST /v1/jobs/bulk HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {broker.token}\r\n"
        f"Content-Type: {harness.NDJSON}\r\nContent-Length: {len(body)}\r\nIdempotency-Key: {key}\r\n\r\n").encode()
    with harness.RawConnection(broker) as connection:
        connection.send(head + body[: len(body) * 2 // 3])
        time.sleep(1)
    partial = len(owner.all_jobs(f"name={name}"))
    assert 0 < partial < 4000, partial
    answer = owner.bulk(lines, headers={"Idempotency-Key": key})
    ids = [job for line in answer.lines for job in line["ids"]]
    assert len(set(ids)) == 4000, answer.body[-500:]
    assert sorted(job["id"] for job in owner.all_jobs(f"name={name}")) == sorted(ids)


# MARK: dry run

def test_dry_run_changes_nothing_anywhere(broker, owner):
    held = owner.submit({"command": ["true"], "urgency": 0})["id"]
    token = broker.issue("dry")["token_id"]
    until(lambda: [job["id"] for job in owner.all_jobs("state=ACTIVE")] == [held])
    time.sleep(0.2)
    before = position(owner)
    for method, path, body, status in [
        ("POST", "/v1/jobs?dry_run=true", {"command": ["true"]}, 200),
        ("POST", "/v1/jobs?dry_run=true", {"command": []}, 422),
        ("POST", "/v1/jobs?dry_run=true", {"command": ["true"], "nnodes": 100_000}, 422),
        ("POST", f"/v1/jobs/{held}/cancel?dry_run=true", None, 200),
        ("POST", f"/v1/jobs/{ABSENT_JOB}/cancel?dry_run=true", None, 404),
        ("PATCH", f"/v1/jobs/{held}?dry_run=true", {"urgency": 5}, 200),
        ("POST", "/v1/jobs/cancel?dry_run=true", {"all": True}, 200),
        ("POST", "/v1/tokens?dry_run=true", {"user": "eve"}, 200),
        ("DELETE", f"/v1/tokens/{token}?dry_run=true", None, 204),
        ("DELETE", "/v1/tokens/t000000000000?dry_run=true", None, 404),
    ]:
        answer = owner.call(method, path, json_body=body)
        assert answer.status == status, (method, path, answer)
    assert position(owner) == before
    assert owner.get(f"/v1/jobs/{held}").json["urgency"] == 0
    assert token in {item["token_id"] for item in owner.get("/v1/tokens").json["items"]}
    owner.post(f"/v1/jobs/{held}/cancel")


# MARK: idempotency

def test_a_retry_gets_the_same_job(owner):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"command": ["true"], "name": "once"}
    first = owner.post("/v1/jobs", body, headers=key)
    again = owner.post("/v1/jobs", body, headers=key)
    assert (first.status, again.status) == (201, 201)
    assert first.json["id"] == again.json["id"]
    assert (first.headers["idempotency-replayed"], again.headers["idempotency-replayed"]) == ("false", "true")
    spaced = owner.call(
        "POST", "/v1/jobs", body=json.dumps(body, indent=4), headers={**key, "Content-Type": harness.JSON})
    assert spaced.json["id"] == first.json["id"]
    assert_problem(
        owner.post("/v1/jobs", {**body, "name": "ONCE"}, headers=key), 422, "idempotency_key_reused")
    owner.wait(first.json["id"])
    ended = owner.post("/v1/jobs", body, headers=key)
    assert (ended.status, ended.json["id"], ended.json["state"]) == (201, first.json["id"], "INACTIVE")


def test_one_key_from_sixty_four_clients_at_once_is_one_job(broker, owner):
    for round_number in range(3):
        name = f"storm-{uuid.uuid4()}"
        clients = [broker.client() for _ in range(64)]
        for client in clients:
            client.connect()
        answers = in_threads(
            64, lambda index: clients[index].post(
                "/v1/jobs", {"command": ["true"], "name": name}, headers={"Idempotency-Key": name}))
        for client in clients:
            client.close()
        statuses = {answer.status for answer in answers}
        assert statuses <= {201, 409}, statuses
        ids = {answer.json["id"] for answer in answers if answer.status == 201}
        assert len(ids) == 1 and len(owner.all_jobs(f"name={name}")) == 1, round_number
        assert [answer.headers["idempotency-replayed"] for answer in answers].count("false") == 1


def test_sixty_four_at_once_without_a_key_are_sixty_four_jobs(broker, owner):
    name = f"free-{uuid.uuid4()}"
    clients = [broker.client() for _ in range(64)]
    answers = in_threads(64, lambda index: clients[index].post("/v1/jobs", {"command": ["true"], "name": name}))
    for client in clients:
        client.close()
    assert len({answer.json["id"] for answer in answers}) == 64
    assert len(owner.all_jobs(f"name={name}")) == 64


def test_keys_of_two_users_and_of_two_routes_are_independent(broker, owner):
    key = {"Idempotency-Key": "the very same"}
    ada, bob = broker.as_user("ada"), broker.as_user("bob")
    ids = {client.post("/v1/jobs", {"command": ["true"], "name": name}, headers=key).json["id"]
           for client, name in ((ada, "a"), (bob, "b"), (owner, "c"))}
    assert len(ids) == 3
    answer = ada.bulk([{"command": ["true"]}], headers=key)
    assert answer.status == 200 and answer.lines[0]["ids"][0] not in ids


def test_keys_survive_kill_and_restart(fresh):
    broker = fresh()
    client = broker.client()
    bodies = [{"command": ["true"], "name": f"job {number}"} for number in range(20)]
    first = [client.submit(body, headers={"Idempotency-Key": f"k{n}"})["id"] for n, body in enumerate(bodies)]
    bulk = client.bulk([mock_job(0, cc="0-2999")], headers={"Idempotency-Key": "b"}).body
    for end in (broker.kill, broker.stop):
        end()
        broker.start()
        client = broker.client()
        assert [client.submit(body, headers={"Idempotency-Key": f"k{n}"})["id"] for n, body in enumerate(bodies)] == first
        assert client.bulk([mock_job(0, cc="0-2999")], headers={"Idempotency-Key": "b"}).body == bulk
        assert_problem(client.post("/v1/jobs", {"command": ["id"]}, headers={"Idempotency-Key": "k0"}), 422)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\x7f"])
def test_a_key_that_is_none_is_refused(owner, key):
    before = settled(owner)
    answer = owner.post("/v1/jobs", {"command": ["true"]}, headers={"Idempotency-Key": key})
    assert_problem(answer, 400)
    assert position(owner) == before


# MARK: users

def without_ids(answer):
    """The whole answer but for what must differ."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    for name in ("date", "x-request-id"):
        headers.pop(name, None)
    body = answer.body
    if answer.body and answer.code:
        body = body.replace(answer.json["request_id"].encode(), b"ID")
    # Of HEAD, too: the length of a request id is not always the same.
    headers.pop("content-length", None)
    return answer.status, headers, body


def test_a_user_sees_only_their_own(broker, owner):
    ada, bob = broker.as_user("ada"), broker.as_user("bob")
    canary = f"canary-{uuid.uuid4()}"
    ended = ada.submit({"command": ["sh", "-c", f"echo {canary}"], "name": canary})["id"]
    ada.wait(ended)
    active = ada.submit({"command": ["true"], "name": canary, "urgency": 0})["id"]
    token = broker.issue("ada", note=canary)["token_id"]
    routes = [
        ("GET", ""), ("GET", "/jobspec"), ("GET", "/R"), ("GET", "/eventlog"), ("GET", "/output"), ("GET", "/events"),
        ("GET", "?wait=inactive&timeout=1"), ("POST", "/cancel"), ("POST", "/cancel?dry_run=true"), ("PATCH", ""),
        ("HEAD", ""),
    ]
    for method, rest in routes:
        body = {"urgency": 1} if method == "PATCH" else None
        absent = bob.call(method, f"/v1/jobs/{ABSENT_JOB}{rest}", json_body=body)
        assert absent.status == 404, (method, rest, absent)
        for job in (ended, active):
            foreign = bob.call(method, f"/v1/jobs/{job}{rest}", json_body=body)
            assert without_ids(foreign) == without_ids(absent), (method, rest)
    gone, theirs = bob.call("DELETE", "/v1/tokens/t000000000000"), bob.call("DELETE", f"/v1/tokens/{token}")
    assert gone.status == 404 and without_ids(gone) == without_ids(theirs)
    seen = b"".join(
        bob.get(path).body for path in (
            "/v1/jobs?limit=1000", f"/v1/jobs?name={canary}", "/v1/jobs?user=ada", "/v1/jobs?state=INACTIVE",
            "/v1/tokens", "/v1/whoami", "/v1/limits"))
    assert canary.encode() not in seen and ended.encode() not in seen and active.encode() not in seen
    assert_problem(bob.get("/metrics"), 403)
    assert_problem(bob.post("/v1/tokens", {"user": "bob", "role": "owner"}), 403)
    assert_problem(bob.post("/v1/tokens", {"user": "bob"}), 403)
    answer = bob.post("/v1/jobs/cancel", {"name": canary})
    assert answer.json["matched"] == 0, answer
    assert bob.post("/v1/jobs/cancel", {"user": "ada"}).json["matched"] == 0
    assert bob.post("/v1/jobs/cancel", {"all": True}).json["matched"] == 0
    assert bob.post("/v1/jobs/cancel?dry_run=true", {"all": True}).json["matched"] == 0
    for path in ("/v1/events?since=0", "/v1/jobs/events?since=0", "/v1/events?since=0&user=ada"):
        mark = bob.submit({"command": ["true"], "urgency": 0})["id"]
        bob.post(f"/v1/jobs/{mark}/cancel")
        with bob.stream(path, timeout=3) as stream:
            text = ""
            try:
                for event in stream:
                    text += event.data
                    if mark in event.data and '"clean"' in event.data:
                        break
            except TimeoutError:
                assert "user=ada" in path
        assert canary not in text and active not in text and ended not in text and token not in text, path
    assert ada.get(f"/v1/jobs/{active}").json["state"] == "SCHED"
    assert owner.get(f"/v1/jobs/{active}").status == 200
    assert {job["user"] for job in bob.all_jobs()} == {"bob"}
    # A cursor is its maker's.
    for _ in range(2):
        ada.submit({"command": ["true"]})
    cursor = ada.get("/v1/jobs?limit=1").json["next_cursor"]
    assert_problem(bob.get(f"/v1/jobs?limit=1&cursor={cursor}"), 400, "bad_cursor")
    assert ada.post(f"/v1/jobs/{active}/cancel").status == 200


def test_a_user_may_not_raise_urgency_above_the_standard(broker):
    ada = broker.as_user("ada")
    assert_problem(ada.post("/v1/jobs", {"command": ["true"], "urgency": 17}), 403)
    assert_problem(ada.bulk([{"command": ["true"], "urgency": 17}], "?atomic=true"), (403, 422))
    job = ada.submit({"command": ["true"], "urgency": 0})["id"]
    assert_problem(ada.call("PATCH", f"/v1/jobs/{job}", json_body={"urgency": 31}), 403)
    assert ada.post(f"/v1/jobs/{job}/cancel").status == 200


def test_tokens_expire_and_are_revoked(broker, owner):
    brief = broker.issue("ada", expires_in=1)
    client = broker.client(token=brief["token"])
    assert client.get("/v1/whoami").json["token_id"] == brief["token_id"]
    time.sleep(1.3)
    assert_problem(client.get("/v1/whoami"), 401)
    lasting = broker.issue("ada")
    client = broker.client(token=lasting["token"])
    assert client.get("/v1/whoami").json["user"] == "ada"
    assert owner.call("DELETE", f"/v1/tokens/{lasting['token_id']}").status == 204
    assert_problem(client.get("/v1/whoami"), 401)
    assert lasting["token"] not in json.dumps(owner.get("/v1/tokens").json)
    # One's own token may be revoked by oneself.
    own = broker.issue("ada")
    client = broker.client(token=own["token"])
    assert client.call("DELETE", f"/v1/tokens/{own['token_id']}").status == 204
    assert_problem(client.get("/v1/whoami"), 401)


def test_a_revoked_token_stays_revoked_after_kill(fresh):
    broker = fresh()
    token = broker.issue("ada")
    assert broker.client().call("DELETE", f"/v1/tokens/{token['token_id']}").status == 204
    broker.kill()
    broker.start()
    assert_problem(broker.client(token=token["token"]).get("/v1/whoami"), 401)


# MARK: real programs as clients

def curl(*arguments):
    return subprocess.run(
        ["curl", "--silent", "--show-error", "--max-time", "30", *arguments], capture_output=True, text=True, check=False)


def test_curl_over_https(broker):
    authority = os.path.join(broker.state, "ca.pem")
    signed_in = ["--cacert", authority, "-H", f"Authorization: Bearer {broker.token}"]
    answer = curl(*signed_in, "-H", "Content-Type: application/json", "-d", '{"command":["echo","curl"]}',
                  f"{broker.uri}/v1/jobs?wait=inactive")
    assert answer.returncode == 0, answer.stderr
    job = json.loads(answer.stdout)
    assert job["result"] == "COMPLETED"
    assert curl(*signed_in, f"{broker.uri}/v1/jobs/{job['id']}/output").stdout == "curl\n"
    # The letter that Flux writes ids with, raw and encoded.
    for letter in ("ƒ", "%C6%92", "f"):
        answer = curl(*signed_in, f"{broker.uri}/v1/jobs/{letter}{job['id'][1:]}")
        assert json.loads(answer.stdout).get("id") == job["id"], (letter, answer.stdout)
    assert curl(f"{broker.uri}/healthz").returncode == 60, "a certificate of nobody's authority must not pass"
    local = curl("--cacert", authority, f"https://localhost:{broker.port}/healthz")
    assert local.returncode == 0, local.stderr
    assert json.loads(local.stdout) == {"status": "ok"}
    ndjson = '{"command":["true"],"cc":"0-4"}\n{"command":["true"]}\n'
    answer = subprocess.run(
        ["curl", "--silent", *signed_in, "-H", f"Content-Type: {harness.NDJSON}", "-T", "-", "-X", "POST",
         f"{broker.uri}/v1/jobs/bulk"], input=ndjson, capture_output=True, text=True, check=True)
    assert [len(json.loads(line)["ids"]) for line in answer.stdout.splitlines()] == [5, 1], answer.stdout


def test_curl_over_the_unix_socket(broker):
    at_socket = ["--unix-socket", os.path.join(broker.state, "sluice.sock")]
    who = json.loads(curl(*at_socket, "http://localhost/v1/whoami").stdout)
    assert (who["role"], who["token_id"], who["userid"]) == ("owner", None, os.geteuid())
    answer = curl(*at_socket, "-H", "Content-Type: application/json", "-d", '{"command":["echo","socket"]}',
                  "http://localhost/v1/jobs?wait=inactive")
    assert json.loads(answer.stdout)["result"] == "COMPLETED"
    # A bad token is not better than none, even there.
    bad = curl(*at_socket, "-o", "/dev/null", "-w", "%{http_code}", "-H", "Authorization: Bearer nonsense",
               "http://localhost/v1/whoami")
    assert bad.stdout == "401"
    stream = curl(*at_socket, "-N", f"http://localhost/v1/jobs/{json.loads(answer.stdout)['id']}/events")
    assert stream.stdout.count("\nevent: job\n") >= 8


# MARK: the command line

def test_command_line_submits_and_follows(broker):
    run = broker.run("run", "sh", "-c", "echo out; echo err >&2; exit 5")
    assert (run.returncode, run.stdout) == (5, "out\n"), run
    assert "err" in run.stderr
    assert broker.run("run", "sh", "-c", "kill -9 $$").returncode == 128 + 9
    submitted = broker.run("submit", "--job-name", "cli", "sleep", "60")
    assert submitted.returncode == 0
    job = submitted.stdout.strip()
    listed = broker.run("jobs", "--json")
    assert job in {item["id"] for item in json.loads(listed.stdout)["jobs"]}
    assert "cli" in broker.run("jobs", "--no-header").stdout
    assert broker.run("cancel", job).returncode == 0
    waited = broker.run("job", "status", "--wait", job)
    assert waited.returncode != 0
    again = broker.run("cancel", job)
    assert again.returncode == 1 and again.stderr
    copies = broker.run("submit", "--cc=0-9", "--wait", "true")
    assert copies.returncode == 0 and len(copies.stdout.split()) == 10, copies
    failed = broker.run("submit", "--cc=0-3", "--wait", "sh", "-c", "exit {cc}")
    assert failed.returncode == 3, failed
    events = broker.run("events", "--json", copies.stdout.split()[0])
    names = [json.loads(line)["name"] for line in events.stdout.splitlines()]
    assert names[0] == "submit" and names[-1] == "clean", events


def test_command_line_exit_codes(broker):
    assert broker.run("submit").returncode == 64
    assert broker.run("nonsense").returncode == 64
    assert broker.run("cancel", ABSENT_JOB).returncode == 1
    assert broker.run("submit", "-N", "100000", "true").returncode == 1
    assert broker.run("submit", "--dry-run", "true").returncode == 0
    assert broker.run("jobs", environment={"SLUICE_STATE": "/nonexistent"}).returncode not in (0, 64)
    assert broker.run("ping").returncode != 127
    assert broker.run("--version").returncode == 0


def test_a_missing_program_ends_with_127_and_one_that_cannot_be_run_with_126(broker, owner, tmp_path):
    plain, script = tmp_path / "plain", tmp_path / "script"
    plain.write_text("true\n")
    script.write_text("#!/bin/sh\nexec /nonexistent/program\n")
    for command, code, reason in [
        (["nosuchprogram"], 127, "ENOENT"), ([f"{plain}/below"], 127, "ENOENT"), ([str(plain)], 126, "EACCES"),
        ([str(tmp_path)], 126, "EACCES"),
    ]:
        for tasks in ("1", "3"):
            done = broker.run("run", "-n", tasks, *command)
            assert done.returncode == code and reason in done.stderr and command[0] in done.stderr, done
    job = owner.get("/v1/jobs?limit=1").json["items"][0]
    assert (job["result"], job["exit_code"], job["waitstatus"]) == ("FAILED", 126, 126 << 8)
    assert job["exception"]["type"] == "exec"
    # With a working directory that is not there nothing was looked for.
    done = broker.run("run", "--cwd=/nonexistent", "true")
    assert done.returncode == 1 and "cwd: ENOENT" in done.stderr
    script.chmod(0o755)
    assert broker.run("run", str(script)).returncode == 127


def test_command_line_tokens(broker):
    issued = broker.run("token", "issue", "--user=carol", "--note=for the test", "--json")
    assert issued.returncode == 0, issued
    token = json.loads(issued.stdout)
    remote = {
        "SLUICE_STATE": "", "SLUICE_URI": broker.uri, "SLUICE_TOKEN": token["token"],
        "SLUICE_CA_FILE": os.path.join(broker.state, "ca.pem")}
    who = broker.run("whoami", environment=remote)
    assert who.returncode == 0 and "carol" in who.stdout, who
    assert broker.run("run", "echo", "far away", environment=remote).stdout == "far away\n"
    assert token["token_id"] in broker.run("token", "list").stdout
    assert broker.run("token", "revoke", token["token_id"]).returncode == 0
    refused = broker.run("whoami", environment=remote)
    assert refused.returncode == 1 and refused.stderr, refused
