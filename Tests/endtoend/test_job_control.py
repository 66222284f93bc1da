"""Jobs under way: raised exceptions, signals, updates, notes, waiting for results, retries, throttled copies."""
import json
import time

import pytest

from harness import assert_problem, in_threads, mock_job, until


def events(client, job):
    lines = client.get(f"/v1/jobs/{job}/eventlog").body.decode().splitlines()
    return [(event["name"], event.get("context", {})) for event in map(json.loads, lines)]


def running(client, *command, **fields):
    job = client.submit({"command": list(command), **fields})["id"]
    client.wait(job, "run")
    until(lambda: "start" in [name for name, _ in events(client, job)], what="the start")
    return job


TRAP = 'trap "echo caught; exit 7" USR1; echo ready; while :; do sleep 0.05; done'


def output(client, job):
    return client.get(f"/v1/jobs/{job}/output").body.decode()


def test_a_signal_reaches_the_processes_and_a_job_without_any_is_told(owner):
    job = running(owner, "sh", "-c", TRAP)
    until(lambda: "ready" in output(owner, job), what="the trap")
    assert owner.post(f"/v1/jobs/{job}/signal", {"signal": "SIGUSR1"}).status == 200
    ended = owner.wait(job)
    assert (ended["exit_code"], output(owner, job)) == (7, "ready\ncaught\n")
    held = owner.submit({"command": ["true"], "urgency": 0})["id"]
    assert_problem(owner.post(f"/v1/jobs/{held}/signal", {"signal": 10}), 409, "not_running")
    assert_problem(owner.post(f"/v1/jobs/{job}/signal", {"signal": 10}), 409, "job_inactive")
    owner.post(f"/v1/jobs/{held}/cancel", {})


@pytest.mark.parametrize("signal", [0, 65, "SIGNOPE", "", 1.5, None, True])
def test_what_is_no_signal_is_refused(owner, signal):
    problem = assert_problem(owner.post("/v1/jobs/f2oLkT7hdZZm/signal", {"signal": signal}), 422)
    assert problem["errors"][0]["pointer"] == "/signal"


def test_exceptions_that_inform_and_those_that_end(owner):
    job = running(owner, "sleep", "60")
    assert owner.post(f"/v1/jobs/{job}/raise", {"type": "site", "severity": 4, "note": "slow"}).json["state"] == "RUN"
    assert ("exception", {"type": "site", "severity": 4, "note": "slow", "userid": 0}) in [
        (name, {**context, "userid": 0}) for name, context in events(owner, job) if name == "exception"]
    owner.post(f"/v1/jobs/{job}/raise", {"type": "site", "note": "stop"})
    ended = owner.wait(job)
    assert (ended["result"], ended["exception"]["type"]) == ("FAILED", "site")


def test_many_by_query_with_a_look_before(owner):
    jobs = [owner.submit({"command": ["true"], "name": f"query-{n}", "urgency": 0})["id"] for n in range(5)]
    query = {"q": "name:query-* -name:query-3", "note": "swept"}
    preview = owner.post("/v1/jobs/cancel?dry_run=true", query).json
    assert (preview["matched"], preview["ids"]) == (4, [job for n, job in enumerate(jobs) if n != 3])
    listed = owner.get("/v1/jobs?q=name:query-*%20-name:query-3").json["items"]
    assert {job["id"] for job in listed} == set(preview["ids"])
    assert owner.post("/v1/jobs/raise", {**query, "type": "site", "severity": 2}).json["matched"] == 4
    assert owner.post("/v1/jobs/signal", {"q": query["q"], "signal": "USR1"}).json["matched"] == 0
    assert owner.post("/v1/jobs/cancel", query).json["matched"] == 4
    assert owner.get(f"/v1/jobs/{jobs[3]}").json["state"] == "SCHED"
    listed = owner.get("/v1/jobs?q=name:query-*%20result:canceled").json["items"]
    assert {job["id"] for job in listed} == set(preview["ids"]), "ended jobs match queries too"
    owner.post(f"/v1/jobs/{jobs[3]}/cancel", {})
    problem = assert_problem(owner.post("/v1/jobs/cancel", {"q": "colour:red"}), 422)
    assert problem["errors"][0]["pointer"] == "/q"
    assert_problem(owner.get("/v1/jobs?q=name:("), 400, "bad_query")


def test_the_time_limit_of_a_running_job_moves(owner):
    job = running(owner, "sleep", "60", time_limit="50s")
    before = owner.get(f"/v1/jobs/{job}").json
    after = owner.call("PATCH", f"/v1/jobs/{job}", json_body={"duration": "2s", "memo": {"why": "enough"}}).json
    assert (after["duration"], after["memo"]) == (2, {"why": "enough"}) and after["expiration"] < before["expiration"]
    ended = owner.wait(job)
    assert ended["result"] == "TIMEOUT", ended
    names = [name for name, _ in events(owner, job)]
    assert "resource-update" in names and "memo" in names
    longer = running(owner, "sleep", "2", time_limit="1s")
    owner.call("PATCH", f"/v1/jobs/{longer}", json_body={"duration": "30s"})
    assert owner.wait(longer)["result"] == "COMPLETED"


def test_a_waiting_job_is_changed_and_the_change_survives(fresh):
    broker = fresh(nodes=1, cores=4)
    client = broker.client()
    job = client.submit({"command": ["true"], "urgency": 0})["id"]
    change = {"duration": 90, "memo": {"a": 1, "b": [2]}, "urgency": 0}
    assert client.call("PATCH", f"/v1/jobs/{job}", json_body=change).status == 200
    client.call("PATCH", f"/v1/jobs/{job}", json_body={"memo": {"a": None}})
    broker.kill()
    broker.start()
    client = broker.client()
    found = client.get(f"/v1/jobs/{job}").json
    assert (found["duration"], found["memo"]) == (90, {"b": [2]})
    assert client.get(f"/v1/jobs/{job}/priority").json["factors"] == {"urgency": 0}
    assert ("jobspec-update", {"attributes.system.duration": 90.0}) in events(
        client, job)
    assert_problem(client.call("PATCH", f"/v1/jobs/{job}", json_body={}), 422)
    guest = broker.as_user("guest")
    assert guest.call("PATCH", f"/v1/jobs/{job}", json_body=change).status == 404


def test_each_result_is_given_once_whoever_waits(fresh):
    broker = fresh(nodes=1, cores=4)
    client = broker.client()
    assert_problem(client.post("/v1/jobs/wait", {}), 409, "nothing_to_wait_for")
    plain = client.submit(mock_job(0))["id"]
    assert_problem(client.post("/v1/jobs/wait", {"id": plain}), 409, "not_waitable")
    jobs = [client.submit(mock_job(0.2, flags=["waitable"]))["id"] for _ in range(12)]
    results = []

    def collect(_):
        mine = broker.client()
        while (answer := mine.post("/v1/jobs/wait", {"timeout": 5})).status == 200:
            results.append(answer.json)

    in_threads(3, collect)
    assert sorted(result["jobid"] for result in results) == sorted(jobs)
    assert all(result["success"] and result["errstr"] == "" for result in results)
    failed = client.submit({"command": ["sh", "-c", "exit 3"], "flags": ["waitable"]})["id"]
    client.wait(failed)
    broker.kill()
    broker.start()
    client = broker.client()
    assert client.post("/v1/jobs/wait", {"id": failed}).json == {
        "jobid": failed, "success": False, "errstr": "task(s) exited with exit code 3"}
    assert_problem(client.post("/v1/jobs/wait", {"id": failed}), 409, "not_waitable")
    late = client.submit({"command": ["true"], "urgency": 0, "flags": ["waitable"]})["id"]
    answer = client.post("/v1/jobs/wait", {"timeout": 0.1})
    assert answer.status == 202 and answer.json["jobid"] is None
    client.post(f"/v1/jobs/{late}/cancel", {"note": "over"})
    assert client.post("/v1/jobs/wait").json["errstr"] == "Fatal exception type=cancel over"


def test_a_result_whose_answer_was_lost_is_given_again_under_its_key(fresh):
    broker = fresh(nodes=1, cores=4)
    client = broker.client()
    jobs = [client.submit(mock_job(0, flags=["waitable"]))["id"] for _ in range(3)]
    key = {"Idempotency-Key": "one"}
    # Sent, and never heard.
    lost = broker.client()
    lost.start("POST", "/v1/jobs/wait", json_body={}, headers=key)
    lost.close()
    first = client.post("/v1/jobs/wait", {}, headers=key)
    assert first.status == 200 and first.json["success"], first
    broker.kill()
    broker.start()
    client = broker.client()
    again = client.post("/v1/jobs/wait", {"timeout": 3}, headers=key)
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true", again
    assert_problem(client.post("/v1/jobs/wait", {"id": jobs[2]}, headers=key), 422, "idempotency_key_reused")
    assert_problem(client.post("/v1/jobs/wait", {}, headers={"Idempotency-Key": ""}), 400, "bad_idempotency_key")
    # Nobody else's result is under it, and nothing is kept while there is none.
    assert_problem(broker.as_user("guest").post("/v1/jobs/wait", {}, headers=key), 409, "nothing_to_wait_for")
    others = [client.post("/v1/jobs/wait", {}, headers={"Idempotency-Key": str(n)}) for n in range(2)]
    assert {answer.json["jobid"] for answer in [first, *others]} == set(jobs), others
    assert all(answer.headers["Idempotency-Replayed"] == "false" for answer in others), others
    later = {"Idempotency-Key": "later"}
    assert_problem(client.post("/v1/jobs/wait", {}, headers=later), 409, "nothing_to_wait_for")
    job = client.submit(mock_job(0, flags=["waitable"]))["id"]
    assert client.post("/v1/jobs/wait", {}, headers=later).json["jobid"] == job


def test_attempts_follow_the_ends_that_were_named(owner):
    script = 'test "$SLUICE_ATTEMPT" = 3 || exit 5'
    job = owner.submit({
        "command": ["sh", "-c", script], "max_attempts": 5, "retry": {"on": ["exit:5"], "backoff": "0.5s"}})["id"]
    begun = time.monotonic()
    ended = owner.wait(job)
    assert (ended["result"], ended["attempt"]) == ("COMPLETED", 3), ended
    assert time.monotonic() - begun >= 1, "two pauses"
    other = owner.submit({"command": ["sh", "-c", "exit 6"], "max_attempts": 5, "retry": {"on": ["exit:5"]}})["id"]
    assert owner.wait(other)["attempt"] == 1
    problem = assert_problem(owner.post("/v1/jobs", {"command": ["true"], "retry": {"on": ["rain"]}}), 422)
    assert problem["errors"][0]["pointer"] == "/retry/on/0"


def test_so_many_copies_at_one_time(owner):
    lines = owner.bulk([mock_job(0.3, cc="0-5", throttle=2, name="throttled")]).lines
    jobs = lines[0]["ids"]
    states = [owner.get(f"/v1/jobs/{job}").json["state"] for job in jobs]
    assert states.count("DEPEND") >= 3, states
    spans = [(owner.wait(job)["t_run"], owner.wait(job)["t_inactive"]) for job in jobs]
    for begin, _ in spans:
        assert sum(other <= begin < end for other, end in spans) <= 2, spans
    assert_problem(owner.post("/v1/jobs", {"command": ["true"], "throttle": 2}), 422)


@pytest.mark.parametrize("option, value, place", [
    ("pmi", "on", "pmi"), ("exit-timeout", "soon", "exit-timeout"), ("exit-on-error", "yes", "exit-on-error"),
    ("signal", 10, "signal"), ("signal", {"signum": 99, "timeleft": 5}, "signal/signum"),
    ("signal", {"signum": 10}, "signal/timeleft"),
])
def test_shell_options_that_cannot_be_read_are_refused(owner, option, value, place):
    attributes = {"system": {"shell": {"options": {option: value}}}}
    problem = assert_problem(owner.post("/v1/jobs", {"command": ["true"], "attributes": attributes}), 422)
    assert problem["errors"][0]["pointer"] == f"/attributes/system/shell/options/{place}"


def test_the_command_line_controls_jobs(broker):
    def sluice(*arguments, code=0):
        done = broker.run(*arguments)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done.stdout.strip()

    job = sluice("submit", "--urgency=hold", "--job-name=cli-control", "--flags=waitable", "true")
    sluice("job", "memo", job, "colour=red")
    sluice("job", "update", job, "duration=90s")
    sluice("job", "raise", "--severity=3", "--type=site", job, "look", "here")
    assert sluice("pgrep", "cli-control") == job
    assert json.loads(sluice("job", "priority", job))["is_held"]
    found = json.loads(sluice("job", "info", "--json", job))
    assert (found["memo"], found["duration"]) == ({"colour": "red"}, 90)
    assert "would be cancelled" in sluice("pkill", "--dry-run", "cli-control")
    sluice("job", "urgency", job, "default")
    assert sluice("wait", job) == job
    sluice("pgrep", "cli-control", code=1)
    sleeper = sluice("submit", "sleep", "60")
    until(lambda: "start" in broker.run("job", "eventlog", sleeper).stdout, what="the start")
    sluice("job", "kill", "--signal=USR2", sleeper)
    ended = broker.client().wait(sleeper)
    assert ended["signal"] == 12
    first, second = (sluice("submit", "--urgency=0", f"--job-name=cli-{n}", "true") for n in (1, 2))
    assert sluice("cancel", "--all", "--query=name:cli-1") == "1 job cancelled"
    assert sluice("pkill", "cli-2") == "1 job cancelled"


def test_a_job_cancelled_as_it_gets_its_resources_gives_them_back(fresh):
    broker = fresh(nodes=16, cores=4)
    owner = broker.client()

    def submit_and_cancel(_):
        client = broker.client()
        for _ in range(100):
            job = client.submit({"command": ["sleep", "300"]})["id"]
            assert client.post(f"/v1/jobs/{job}/cancel").status == 200

    in_threads(8, submit_and_cancel)
    until(lambda: not owner.all_jobs("state=active"), what="the end of all of them")
    ended = owner.all_jobs("state=inactive")
    assert len(ended) == 800
    # Some were caught before a process began, some after it: otherwise this proved nothing.
    assert {bool(job.get("t_run")) for job in ended} == {True, False}
    full = owner.submit({"command": ["true"], "ntasks": 64})["id"]
    assert owner.wait(full)["result"] == "COMPLETED", "every core is free"


def test_a_history_has_an_end_that_stops_no_job_from_ending(fresh):
    broker = fresh(nodes=1, cores=1)
    client = broker.client()
    job = client.submit({"command": ["true"], "urgency": 0})["id"]
    path = f"/v1/jobs/{job}"

    def add_notes(_):
        own = broker.client()
        for number in range(700):
            answer = own.call("PATCH", path, json_body={"memo": {"n": number}})
            if answer.status != 200:
                return answer
        return None

    refused = [answer for answer in in_threads(8, add_notes) if answer]
    assert refused
    for answer in refused:
        assert_problem(answer, 409)
        assert "4096 events" in answer.json["detail"], answer.json
    written_at_submission = ["submit", "validate", "depend", "priority"]
    assert len(events(client, job)) == 4096 + len(written_at_submission)
    assert client.call("PATCH", path, json_body={"urgency": 16}).status == 409
    assert client.post(f"{path}/raise", {"type": "note", "severity": 4}).status == 409
    assert client.post(f"{path}/cancel").status == 200
    assert client.wait(job)["result"] == "CANCELED"


# MARK: waiting for events

def test_an_event_is_waited_for_by_name_context_and_number(broker, owner):
    def wait(*arguments):
        done = broker.run("job", "wait-event", *arguments)
        return done.returncode, done.stdout, done.stderr

    job = owner.submit({"command": ["sh", "-c", "exit 3"], "max_attempts": 3, "retry": {"on": ["exit:3"]}})["id"]
    code, shown, _ = wait(job, "finish")
    assert code == 0 and shown.split(" ", 1)[1] == "finish status=768\n", shown
    # An event of the past counts too; the third attempt is the last.
    assert owner.wait(job)["attempt"] == 3
    code, shown, _ = wait("-c", "3", "--format=json", job, "start")
    starts = [json.loads(line) for line in owner.get(f"/v1/jobs/{job}/eventlog").body.decode().splitlines()]
    starts = [event for event in starts if event["name"] == "start"]
    assert code == 0 and json.loads(shown) == starts[2] and len(starts) == 3
    assert wait("-c", "4", job, "start") == (
        1, "", "Error: The job ended without the event 'start' that was waited for\n")
    assert wait("-q", "-m", "status=768", job, "finish") == (0, "", "")
    assert wait("--match-context=status=0", job, "finish")[0] == 1
    code, shown, _ = wait("-v", "-T", "offset", job, "depend")
    lines = shown.splitlines()
    assert code == 0 and lines[0].startswith("0.000000 submit ") and lines[-1] == "0.000000 depend"
    assert wait("nonsense", "start")[0] == 1 and wait(job)[0] == 64 and wait("-c", "0", job, "start")[0] == 64


def test_an_event_that_is_still_to_come_ends_the_wait_and_so_does_the_time(broker, owner):
    job = owner.submit({"command": ["true"], "urgency": 0})["id"]
    begin = time.monotonic()
    done = broker.run("job", "wait-event", "-t", "0.5s", job, "start")
    assert (done.returncode, done.stdout) == (1, "") and "'start' did not come in time" in done.stderr
    assert 0.5 <= time.monotonic() - begin < 30

    def release(index):
        if index == 1:
            return broker.run("job", "wait-event", "--timeout=60s", job, "start")
        return owner.call("PATCH", f"/v1/jobs/{job}", json_body={"urgency": 16})

    _, waited = in_threads(2, release)
    assert waited.returncode == 0 and waited.stdout.split()[1] == "start", waited


def test_an_eventlog_is_shown_as_json_or_words_and_followed_to_its_end(broker, owner):
    job = owner.submit({"command": ["true"], "urgency": 0})["id"]
    kept = owner.get(f"/v1/jobs/{job}/eventlog").body.decode()
    assert broker.run("job", "eventlog", job).stdout == broker.run("job", "eventlog", "-f", "json", job).stdout == kept

    def follow(index):
        if index == 1:
            return broker.run("job", "eventlog", "--follow", job)
        return owner.call("PATCH", f"/v1/jobs/{job}", json_body={"urgency": 16})

    _, followed = in_threads(2, follow)
    whole = owner.get(f"/v1/jobs/{job}/eventlog").body.decode()
    assert followed.returncode == 0
    assert [json.loads(line) for line in followed.stdout.splitlines()] == [json.loads(line) for line in whole.splitlines()]
    words = broker.run("job", "eventlog", "--format=text", "-T", "iso", job).stdout.splitlines()
    assert len(words) == len(whole.splitlines()) and words[-1].split() == [words[-1].split()[0], "clean"]
    people = broker.run("job", "eventlog", "-HF", job).stdout
    assert people.startswith("[") and "] clean" in people and "[  +0.000000] validate" in people
