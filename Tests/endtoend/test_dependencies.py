"""Jobs that wait for each other, for a time, or to be the only one of their name."""
import json
import time

import pytest

from harness import assert_problem, mock_job, until


def submit(client, status=201, **fields):
    answer = client.post("/v1/jobs", {"command": ["true"], **fields})
    assert answer.status == status, answer
    return answer.json["id"] if status == 201 else answer


def state(client, job):
    return client.get(f"/v1/jobs/{job}").json["state"]


def events(client, job):
    lines = client.get(f"/v1/jobs/{job}/eventlog").body.decode().splitlines()
    return [(event["name"], event.get("context", {})) for event in map(json.loads, lines)]


def test_a_job_waits_for_a_running_one_and_says_for_what(owner):
    first = submit(owner, command=["sleep", "1"])
    second = submit(owner, dependencies=[f"afterok:{first}"])
    waiting = owner.get(f"/v1/jobs/{second}").json
    assert (waiting["state"], waiting["dependencies"]) == ("DEPEND", [f"after-success={first}"])
    assert owner.wait(second)["result"] == "COMPLETED"
    log = events(owner, second)
    assert [name for name, _ in log][:6] == [
        "submit", "validate", "dependency-add", "dependency-remove", "depend", "priority"]
    assert log[2][1] == log[3][1] == {"description": f"after-success={first}"}
    assert owner.get(f"/v1/jobs/{second}").json["dependencies"] == []


def test_a_failure_ends_the_chain_but_not_who_takes_any_end(owner):
    first = submit(owner, command=["sh", "-c", "sleep 0.5; exit 3"])
    second = submit(owner, dependencies=[f"afterok:{first}"])
    third = submit(owner, dependencies=[f"afterok:{second}"])
    other = submit(owner, dependencies=[f"afternotok:{first}"])
    last = submit(owner, dependencies=[{"scheme": "afterany", "value": third}])
    assert owner.wait(last)["result"] == "COMPLETED"
    assert owner.wait(other)["result"] == "COMPLETED"
    for job, target in ((second, first), (third, second)):
        ended = owner.wait(job)
        assert ended["result"] == "FAILED" and ended["exception"]["type"] == "dependency", ended
        assert target in ended["exception"]["note"]


def test_targets_that_ended_are_found_in_the_archive(fresh):
    broker = fresh(nodes=1, cores=4)
    client = broker.client()
    good, bad = submit(client), submit(client, command=["false"])
    client.wait(good), client.wait(bad)
    broker.kill()
    broker.start()
    client = broker.client()
    job = submit(client, dependencies=[f"afterok:{good}", f"afternotok:{bad}"])
    assert "dependency-add" not in [name for name, _ in events(client, job)]
    problem = assert_problem(
        client.post("/v1/jobs", {"command": ["true"], "dependencies": [f"afterany:{good}", f"afterok:{bad}"]}),
        422, "dependency")
    assert problem["errors"][0]["pointer"] == "/dependencies/1"
    lines = client.bulk({**mock_job(0), "dependencies": [f"afterok:{target}"]} for target in (good, bad, good)).lines
    assert [len(line["ids"]) for line in lines] == [1, 0, 1]
    assert lines[1]["error"]["code"] == "dependency"


def test_what_waits_goes_on_waiting_after_a_restart(fresh):
    broker = fresh(nodes=1, cores=4)
    client = broker.client()
    first = submit(client, urgency=0)
    second = submit(client, dependencies=[f"afterok:{first}"])
    late = submit(client, dependencies=[f"begin-time:{int(time.time()) + 4}"])
    broker.kill()
    broker.start()
    client = broker.client()
    assert (state(client, second), state(client, late)) == ("DEPEND", "DEPEND")
    client.call("PATCH", f"/v1/jobs/{first}", json_body={"urgency": 16})
    assert client.wait(second)["result"] == "COMPLETED"
    assert client.wait(late)["result"] == "COMPLETED"
    moment = next(context for name, context in events(client, late) if name == "dependency-add")
    assert moment["description"].startswith("begin-time=")


@pytest.mark.parametrize("target", ["f2oLkT7hdZZm", "f2"])
def test_jobs_that_are_not_there_and_jobs_of_others_look_the_same(owner, broker, target):
    foreign = submit(owner, urgency=0)
    try:
        guest = broker.as_user("dep-guest")
        answers = [submit(guest, 422, dependencies=[f"afterany:{job}"]) for job in (target, foreign)]
        absent, other = (assert_problem(answer, 422, "dependency") for answer in answers)
        assert {**absent, "request_id": ""} == {**other, "request_id": ""}
    finally:
        owner.post(f"/v1/jobs/{foreign}/cancel", {})


def test_a_singleton_is_alone_among_those_of_its_name(owner):
    fields = {"name": "only-one", "dependencies": ["singleton"], "command": ["sleep", "0.4"]}
    jobs = [submit(owner, **fields) for _ in range(3)]
    for earlier, later in zip(jobs, jobs[1:]):
        until(lambda: state(owner, earlier) == "INACTIVE", what="the one before has ended")
    spans = sorted((owner.wait(job)["t_run"], owner.wait(job)["t_inactive"]) for job in jobs)
    assert all(end <= begin for (_, end), (begin, _) in zip(spans, spans[1:])), spans


def test_the_command_line_takes_dependencies(broker):
    first = broker.run("submit", "sleep", "0.5").stdout.strip()
    done = broker.run("submit", "--wait", f"--dependency=afterok:{first}", "--begin-time=+1s", "true")
    assert done.returncode == 0, done.stderr
    refused = broker.run("submit", "--dependency=before:f2", "true")
    assert refused.returncode == 1 and "must be one of" in refused.stderr, refused.stderr
