"""Queues, scheduling policies, maintenance and preemption, over HTTPS and at a terminal."""
import datetime

import pytest

from harness import assert_problem, until


def mock(seconds):
    return {"system": {"exec": {"test": {"run_duration": f"{seconds}s"}}}}


def submit(client, seconds=0.05, limit=None, **fields):
    body = {"command": ["true"], "attributes": mock(seconds), **fields}
    if limit:
        body["time_limit"] = limit
    return client.submit(body)["id"]


def at(seconds):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def cluster(fresh):
    broker = fresh(nodes=4, cores=4)
    return broker, broker.client()


def define(client, name, **rules):
    answer = client.call("PUT", f"/v1/queues/{name}", json_body=rules)
    assert answer.status in (200, 201), answer
    return answer.json


def change(client, name, **rules):
    answer = client.call("PATCH", f"/v1/queues/{name}", json_body=rules)
    assert answer.status in (200, 201), answer
    return answer.json


def test_a_queue_says_what_it_takes(cluster):
    _, owner = cluster
    assert [queue["name"] for queue in owner.get("/v1/queues").json["items"]] == ["default"]
    assert_problem(owner.post("/v1/jobs", {"command": ["true"], "queue": "debug"}), 422)
    made = define(owner, "debug", policy="easy", requires="rank:1-2",
                  limits={"duration": "1h", "max_nodes": 2}, default_duration="10m", priority=5)
    assert made["policy"] == "easy" and made["limits"]["duration"] == 3600 and made["default_duration"] == 600
    job = submit(owner, queue="debug", nnodes=2)
    done = owner.wait(job)
    assert done["ranks"] == "1-2" and done["queue"] == "debug" and done["priority"] == 21, done
    assert done["expiration"], "the queue's own time limit"
    for fields, word in (({"nnodes": 3}, "3 nodes"), ({"time_limit": "2h"}, "time limit")):
        refused = owner.post("/v1/jobs", {"command": ["true"], "queue": "debug", **fields})
        assert_problem(refused, 422)
        assert refused.code == "over_queue_limit" and word in refused.json["detail"], refused.json
    assert owner.get("/v1/queues/debug").json == made
    assert owner.get("/v1/queues/none").status == 404
    for wrong, pointer in (({"policy": "magic"}, "/policy"), ({"requires": "(("}, "/requires"),
                           ({"limits": {"min_nodes": 3, "max_nodes": 2}}, "/limits/min_nodes"),
                           ({"default_duration": -1}, "/default_duration"), ({"surprise": 1}, "/surprise")):
        answer = owner.call("PUT", "/v1/queues/x", json_body=wrong)
        assert_problem(answer, 422)
        assert answer.json["errors"][0]["pointer"] == pointer, answer.json


def test_a_disabled_queue_takes_no_jobs_and_a_stopped_one_starts_none(cluster):
    broker, owner = cluster
    define(owner, "night", policy="fcfs")
    change(owner, "night", started=False, stop_reason="daylight")
    waiting = submit(owner, queue="night")
    through = submit(owner)
    assert owner.wait(through)["result"] == "COMPLETED", "a stopped queue holds no other back"
    assert owner.get(f"/v1/jobs/{waiting}").json["state"] == "SCHED"
    change(owner, "night", enabled=False, disable_reason="too bright")
    refused = owner.post("/v1/jobs", {"command": ["true"], "queue": "night"})
    assert_problem(refused, 409)
    assert refused.code == "queue_disabled" and "too bright" in refused.json["detail"]
    assert owner.call("DELETE", "/v1/queues/night").status == 409, "it has a job"
    broker.kill()
    broker.start()
    owner = broker.client()
    shown = {queue["name"]: queue for queue in owner.get("/v1/queues").json["items"]}["night"]
    assert (shown["started"], shown["stop_reason"], shown["pending"]) == (False, "daylight", 1)
    change(owner, "night", started=True)
    assert owner.wait(waiting)["result"] == "COMPLETED"
    assert owner.call("DELETE", "/v1/queues/night").status == 204
    user = broker.as_user("ada")
    assert_problem(user.call("PATCH", "/v1/queues/default", json_body={"started": False}), 403)


def test_short_jobs_overtake_under_easy_and_wait_under_fcfs(cluster):
    _, owner = cluster
    # Half is held for long; the head wants all of it, and behind it waits a job that would fit.
    long = submit(owner, 600, "1h", nnodes=2, exclusive=True)
    owner.wait(long, "run")
    head = submit(owner, 600, "1h", nnodes=4, exclusive=True)
    short = submit(owner, 0.05, "10m", nnodes=1, exclusive=True)
    until(lambda: owner.get(f"/v1/jobs/{head}").json["state"] == "SCHED")
    assert owner.get(f"/v1/jobs/{short}").json["state"] == "SCHED", "first come first served"
    change(owner, "default", policy="easy")
    assert owner.wait(short)["result"] == "COMPLETED"
    endless = submit(owner, 600, "3h", nnodes=1, exclusive=True)
    probe = submit(owner, 0.05, "10m", nnodes=1, exclusive=True)
    owner.wait(probe)
    assert owner.get(f"/v1/jobs/{endless}").json["state"] == "SCHED", "it would delay the head"
    shown = owner.get(f"/v1/jobs/{head}").json["annotations"]["sched"]
    assert "node" in shown["reason_pending"] and shown["t_estimate"] > 0, shown
    ran = owner.get(f"/v1/jobs/{long}").json["annotations"]["sched"]
    assert ran["resource_summary"] == "rank[0-1]/core[0-3]", ran


def test_nothing_is_placed_whose_time_reaches_into_maintenance(cluster):
    broker, owner = cluster
    body = {"ranks": "0-2", "from": at(3600), "until": at(7200), "reason": "fans"}
    answer = owner.call("PUT", "/v1/maintenance/fans", json_body=body)
    assert answer.status == 200, answer
    assert owner.get("/v1/maintenance").json["items"] == [answer.json]
    reaching = submit(owner, 0.05, "2h", nnodes=1, exclusive=True)
    assert owner.wait(reaching)["ranks"] == "3", "only there it may run"
    short = submit(owner, 0.05, "10m", nnodes=4, exclusive=True)
    assert owner.wait(short)["result"] == "COMPLETED", "it is over before"
    wide = submit(owner, 0.05, "2h", nnodes=2, exclusive=True)
    until(lambda: owner.get(f"/v1/jobs/{wide}").json.get("annotations"))
    assert owner.get(f"/v1/jobs/{wide}").json["state"] == "SCHED"
    assert owner.call("DELETE", "/v1/maintenance/fans").status == 204
    assert owner.wait(wide)["result"] == "COMPLETED"
    for wrong, pointer in (({"ranks": "x"}, "/ranks"), ({"until": at(-5)}, "/until"), ({"from": "noon"}, "/from"),
                           ({"users": ["nobody-ever"]}, "/users/0")):
        refused = owner.call("PUT", "/v1/maintenance/x", json_body=wrong)
        assert_problem(refused, 422)
        assert refused.json["errors"][0]["pointer"] == pointer
    assert_problem(broker.as_user("ada").call("PUT", "/v1/maintenance/x", json_body={}), 403)


def test_a_preemptible_job_makes_way_and_runs_again(cluster):
    _, owner = cluster
    soft = [submit(owner, 600, "1h", nnodes=1, exclusive=True, preemptible_after=0, urgency=8) for _ in range(4)]
    for job in soft:
        owner.wait(job, "run")
    urgent = submit(owner, 0.2, "10m", nnodes=1, exclusive=True, urgency=20)
    until(lambda: owner.get(f"/v1/jobs/{urgent}").json["state"] == "SCHED")
    assert owner.get("/v1/preemption").json == {"enabled": False}
    assert owner.call("PUT", "/v1/preemption", json_body={"enabled": True}).status == 200
    assert owner.wait(urgent)["result"] == "COMPLETED"
    again = [job for job in soft if owner.get(f"/v1/jobs/{job}").json["attempt"] == 2]
    assert len(again) == 1, "one was enough"
    owner.wait(again[0], "run")
    log = owner.get(f"/v1/jobs/{again[0]}/eventlog").body.decode()
    assert '"preempt"' in log


def test_an_operator_handles_queues_at_a_terminal(cluster):
    broker, owner = cluster
    made = broker.run("queue", "define", "debug", "--policy=hybrid:4", "--max-nodes=2", "--max-time=30m")
    assert made.returncode == 0, made
    assert broker.run("queue", "stop", "debug", "-m", "upgrade").returncode == 0
    assert "debug: Scheduling is stopped: upgrade" in broker.run("queue", "status").stdout
    listed = broker.run("queue", "list").stdout
    assert "hybrid:4" in listed and "30m" in listed and "0-2" in listed, listed
    assert broker.run("queue", "start").returncode == 64, "there are two"
    assert broker.run("queue", "start", "--all").returncode == 0
    assert broker.run("queue", "disable", "debug").returncode == 0
    assert broker.run("submit", "-q", "debug", "true").returncode == 1
    assert broker.run("queue", "enable", "debug").returncode == 0
    assert broker.run("queue", "remove", "debug").returncode == 0
    assert broker.run("queue", "status", "debug").returncode == 1
    announced = broker.run("maintenance", "announce", "fans", "--ranks=0", "--until", at(3600), "--reason", "new ones")
    assert announced.returncode == 0, announced
    assert "new ones" in broker.run("maintenance").stdout
    assert broker.run("maintenance", "end", "fans").returncode == 0


def test_what_would_happen_is_told_without_changing_anything(cluster):
    broker, owner = cluster
    long = submit(owner, 600, "1h", nnodes=3, exclusive=True)
    owner.wait(long, "run")
    version = owner.get("/v1/graph").headers["etag"]
    future = owner.post("/v1/graph/match", {"operation": "without_allocating_future", "nnodes": 4}).json
    assert future["matched"] and future["ranks"] == "0-3" and future["at"] > "2026", future
    question = {"jobs": [{"nnodes": 2, "exclusive": True, "time_limit": "10m"},
                         {"nnodes": 1, "exclusive": True, "time_limit": "10m", "after": "5s"}]}
    answer = owner.post("/v1/graph/whatif", question)
    assert answer.status == 200, answer
    first, second = answer.json["jobs"]
    moment = datetime.datetime.fromisoformat
    waits = (moment(first["start"]) - moment(answer.json["now"])).total_seconds()
    assert 3_500 < waits <= 3_600, "it waits for the long job's end"
    assert answer.json["makespan"] > 4_100 and answer.json["cut"] is None and 0 < answer.json["utilisation"]["core"] <= 1
    with_more = {**question, "mutations": [{"op": "add", "parent": "/cluster0", "recipe": "node=2/core=4"}]}
    sooner = owner.post("/v1/graph/whatif", with_more).json["jobs"][0]
    assert sooner["start"] < first["start"] and sooner["ranks"] in ("3-4", "4-5", "3,5"), sooner
    assert owner.get("/v1/graph").headers["etag"] == version
    assert [job["id"] for job in owner.all_jobs("state=active")] == [long]
    wrong = owner.post("/v1/graph/whatif", {"jobs": [{"nnodes": 0}]})
    assert_problem(wrong, 422)
    assert wrong.json["errors"][0]["pointer"] == "/jobs/0/nnodes"
    assert_problem(owner.post("/v1/graph/whatif", {"jobs": [{"nnodes": 9}]}), 422)
    assert_problem(owner.post("/v1/graph/whatif", {"mutations": [{"op": "remove", "path": "/x"}]}), 422)
    shown = broker.run("whatif", "--add", "node=2/core=4", "-N2", "-x", "-t", "10m")
    assert shown.returncode == 0 and "starts at once on ranks" in shown.stdout, shown
    assert "starts in " in broker.run("whatif", "-N2", "-x", "-t", "10m").stdout


@pytest.mark.parametrize("fields", [
    {"duration": 9223372036854775807}, {"duration": 1e300}, {"duration": -1}, {"duration": "1x"}, {"duration": [1]}])
@pytest.mark.parametrize("path", ["/v1/graph/match", "/v1/graph/whatif"])
def test_a_time_that_cannot_be_is_named_whatever_its_size(owner, path, fields):
    jobs = [{"nnodes": 1, "time_limit": fields["duration"]}, {"nnodes": 1, "after": fields["duration"]}]
    questions = [{"operation": "allocate", "nnodes": 1, **fields}] if path.endswith("match") else [
        {"jobs": [job]} for job in jobs] + [{"jobs": [{"nnodes": 1}], "assumed_duration": fields["duration"]}]
    for question in questions:
        assert_problem(owner.post(path, question), 422)
    assert owner.get("/v1/whoami").status == 200, "the broker lives"


def test_a_waiting_job_is_not_changed_past_its_queue(cluster):
    broker, owner = cluster
    define(owner, "short", limits={"duration": "1h"})
    guest = broker.as_user("guest")
    job = guest.submit({"command": ["true"], "queue": "short", "time_limit": "10m", "urgency": 0})["id"]
    path = f"/v1/jobs/{job}"
    assert guest.call("PATCH", path, json_body={"duration": "1h"}).status == 200
    for duration in ("61m", 0):
        refused = guest.call("PATCH", path, json_body={"duration": duration})
        assert_problem(refused, 422, "over_queue_limit")
    assert guest.get(path).json["duration"] == 3600
    assert owner.call("PATCH", path, json_body={"duration": "2h"}).status == 200, "an operator may"


def test_a_pending_job_moves_to_another_queue(cluster):
    broker, owner = cluster
    ada = broker.as_user("ada")
    define(owner, "slow", priority=1)
    define(owner, "quick", priority=9, limits={"duration": "10m"})
    change(owner, "slow", started=False)
    job = submit(ada, queue="slow", limit="1h")
    # What the queue would not have taken, it does not get afterwards; the instance owner decides otherwise.
    refused = ada.call("PATCH", f"/v1/jobs/{job}", json_body={"queue": "quick"})
    assert_problem(refused, 422)
    assert refused.code == "over_queue_limit", refused
    refused = ada.call("PATCH", f"/v1/jobs/{job}", json_body={"queue": "none"})
    assert refused.status == 422 and refused.json["errors"][0]["pointer"] == "/queue", refused
    assert ada.call("PATCH", f"/v1/jobs/{job}", json_body={"queue": "quick", "duration": "5m"}).status == 200
    done = ada.wait(job)
    assert (done["queue"], done["priority"], done["duration"], done["result"]) == ("quick", 25, 300, "COMPLETED")
    names = [(entry["name"], entry.get("context")) for entry in ada.get(f"/v1/jobs/{job}/eventlog").lines]
    assert ("jobspec-update", {"attributes.system.duration": 300, "attributes.system.queue": "quick"}) in names
    assert ("priority", {"priority": 25}) in names
    # It is found where it ended, and no queue goes while a job is in it, wherever that was submitted.
    assert [entry["id"] for entry in owner.all_jobs("queue=quick")] == [job] and not owner.all_jobs("queue=slow")
    held = submit(owner, queue="slow")
    done = broker.run("job", "update", held, "queue=quick", "urgency=hold")
    assert done.returncode == 0, done
    assert owner.get(f"/v1/jobs/{held}").json["queue"] == "quick"
    assert_problem(owner.call("DELETE", "/v1/queues/quick"), 409)
    assert owner.call("DELETE", "/v1/queues/slow").status == 204
    broker.kill()
    broker.start()
    owner = broker.client()
    assert owner.get(f"/v1/jobs/{held}").json["queue"] == "quick"
    running = submit(owner, seconds=60, limit="5m", queue="quick")
    owner.wait(running, state="run")
    assert_problem(owner.call("PATCH", f"/v1/jobs/{running}", json_body={"queue": "quick"}), 409)
