"""Jobs within a running job: on what it holds, in a queue of their own, and gone with it."""
import json
import os
import time

import pytest

import harness
from test_batch import batch


def sluice():
    return harness.binary()


def running(owner, **fields):
    """A job that sits on what it was given until it is ended."""
    body = {"command": ["sleep", "600"], "name": "around", **fields}
    job = owner.submit(body)["id"]
    owner.wait(job, state="run")
    return job


def step(owner, job, **fields):
    body = {"command": ["true"], "within": job, **fields}
    return owner.post("/v1/jobs", body)


def end(owner, *jobs):
    for job in jobs:
        owner.call("POST", f"/v1/jobs/{job}/cancel", json_body={})
        owner.wait(job)


def resources(owner, job):
    return {
        int(entry["rank"]): entry["children"]["core"] for entry in owner.get(f"/v1/jobs/{job}/R").json["execution"]["R_lite"]
    }


def test_a_batch_script_runs_its_steps_on_what_its_job_holds(fresh, tmp_path):
    broker = fresh(nodes=2, cores=2)
    owner = broker.client()
    # The job holds everything there is: what it runs can run nowhere else.
    script = f"""#!/bin/sh
#flux: -N2 -n4
export PATH={os.path.dirname(sluice())}:$PATH
sluice run -n4 sh -c 'echo task $FLUX_TASK_RANK of $FLUX_JOB_SIZE within $SLUICE_ENCLOSING_ID'
for i in 1 2 3 4 5 6; do sluice submit --flags=waitable -n1 sh -c "echo step $i"; done >/dev/null
sluice jobs -a --no-header -o '{{name}}' | sort | uniq -c
sluice wait --all
sluice run false
echo "left with $?"
"""
    done = batch(broker, tmp_path, script, "--wait")
    assert done.returncode == 0, done
    job = done.stdout.strip()
    output = owner.get(f"/v1/jobs/{job}/output").body.decode().splitlines()
    assert sorted(output[:4]) == [f"task {rank} of 4 within {job}" for rank in range(4)]
    assert output[4].split() == ["7", "sh"] and output[-1] == "left with 1", output
    around = owner.get(f"/v1/jobs/{job}").json
    assert around["within"] is None and around["result"] == "COMPLETED"
    inside = owner.all_jobs(f"q=within:{job}")
    assert [entry["result"] for entry in inside].count("COMPLETED") == 7 and len(inside) == 8
    assert all(around["t_run"] < entry["t_submit"] and entry["t_inactive"] < around["t_inactive"] for entry in inside)


def test_steps_share_their_jobs_resources_and_nothing_else(broker, owner):
    job = running(owner, nnodes=2, ntasks=2, cores_per_task=2)
    held = resources(owner, job)
    # They outlive their job's own task by a second.
    slow = ["sh", "-c", "trap 'sleep 1; exit 0' TERM; sleep 600 & wait"]
    steps = [step(owner, job, command=slow, cores_per_task=2).json["id"] for _ in range(3)]
    for name in steps[:2]:
        owner.wait(name, state="run")
    # There is room beside the job, and none within it.
    time.sleep(0.3)
    waiting = owner.get(f"/v1/jobs/{steps[2]}").json
    assert (waiting["state"], waiting["within"]) == ("SCHED", job)
    reason = owner.get(f"/v1/jobs/{steps[2]}/explain").json["reason"]
    assert "0 available (2 hosts: 2 held)" in reason, reason
    used = [resources(owner, name) for name in steps[:2]]
    assert sorted(list(part.items())[0] for part in used) == sorted(held.items())
    end(owner, steps[0])
    owner.wait(steps[2], state="run")
    assert resources(owner, steps[2]) == used[0]
    end(owner, job)
    assert [owner.get(f"/v1/jobs/{name}").json["result"] for name in steps] == ["CANCELED"] * 3
    last = owner.get(f"/v1/jobs/{job}/eventlog").lines
    names = [entry["name"] for entry in last]
    assert names.index("epilog-start") < names.index("epilog-finish") < names.index("release")
    assert last[names.index("epilog-start")]["context"]["description"] == "steps"


@pytest.mark.parametrize("fields, status, code, words", [
    ({"cores_per_task": 3}, 422, "unsatisfiable", "the job around it has room for"),
    ({"nnodes": 2}, 422, "unsatisfiable", "the job around it has 1 such node"),
    ({"queue": "batch"}, 409, "not_enclosing", "is in no queue"),
    ({"within": "f1"}, 409, "not_enclosing", "is no running job of yours"),
    ({"within": "nonsense!"}, 422, "invalid", "must be a job's id"),
])
def test_what_cannot_be_a_step_is_refused(broker, owner, fields, status, code, words):
    job = running(owner, cores_per_task=2)
    try:
        refused = step(owner, job, **fields)
        harness.assert_problem(refused, status, code)
        assert words in refused.json["detail"], refused.json
        previewed = owner.post("/v1/jobs?dry_run=true", {"command": ["true"], "within": job, **fields})
        assert previewed.status == status
    finally:
        end(owner, job)
    harness.assert_problem(owner.get("/v1/jobs?q=within:nonsense!"), 400)
    over = step(owner, job)
    harness.assert_problem(over, 409, "not_enclosing")
    assert over.json["errors"][0]["pointer"] == "/within"


def test_nobody_else_runs_steps_in_a_job(broker, owner):
    job = running(owner)
    ada = broker.as_user("ada")
    harness.assert_problem(step(ada, job), 409, "not_enclosing")
    own = running(ada)
    # Not even who may do everything else: the step would run as another user.
    harness.assert_problem(step(owner, own), 409, "not_enclosing")
    end(owner, own, job)


def test_every_form_of_a_submission_can_be_a_step(broker, owner):
    job = running(owner, cores_per_task=2)
    spec = owner.get(f"/v1/jobs/{job}/jobspec").json
    spec["tasks"][0]["command"] = ["true"]
    ids = [owner.submit({"jobspec": spec, "within": job})["id"]]
    raw = owner.call(
        "POST", f"/v1/jobs?within={job}", body=json.dumps(spec).encode(),
        headers={"Content-Type": "application/vnd.flux.jobspec+json"})
    assert raw.status == 201, raw
    ids.append(raw.json["id"])
    answer = owner.bulk([{"command": ["true"], "within": job, "cc": "0-9"}, {"command": ["true"], "within": "f1"}])
    ids += answer.lines[0]["ids"]
    assert answer.lines[1]["error"]["code"] == "not_enclosing"
    for name in ids:
        done = owner.wait(name)
        assert (done["within"], done["result"]) == (job, "COMPLETED")
    end(owner, job)


def test_steps_survive_a_broker_that_dies_and_their_job_gives_back_everything(fresh):
    broker = fresh(nodes=1, cores=4)
    owner = broker.client()
    job = running(owner, cores_per_task=3)
    steps = [step(owner, job, command=["sleep", "2"]).json["id"] for _ in range(5)]
    for name in steps[:3]:
        owner.wait(name, state="run")
    before = broker.tasks()
    broker.kill()
    broker.start()
    owner = broker.client()
    assert set(before) <= set(broker.tasks())
    for name in steps[:4]:
        done = owner.wait(name)
        assert (done["result"], done["attempt"]) == ("COMPLETED", 1)
    owner.call("POST", f"/v1/jobs/{job}/cancel", json_body={})
    owner.wait(job)
    assert owner.get(f"/v1/jobs/{steps[4]}").json["result"] in ("CANCELED", "COMPLETED")
    # All of it is there again.
    whole = owner.submit({"command": ["true"], "cores_per_task": 4})["id"]
    assert owner.wait(whole)["result"] == "COMPLETED"


def test_a_job_whose_shepherd_dies_takes_its_steps_with_it_and_runs_again_without_them(fresh):
    broker = fresh(nodes=1, cores=2)
    owner = broker.client()
    job = running(owner, cores_per_task=2, max_attempts=2)
    inside = step(owner, job, command=["sleep", "600"]).json["id"]
    owner.wait(inside, state="run")
    broker.kill_shepherds()
    assert owner.wait(inside)["result"] in ("CANCELED", "FAILED")
    deadline = time.time() + 20
    while time.time() < deadline:
        shown = owner.get(f"/v1/jobs/{job}").json
        if (shown["state"], shown["attempt"]) == ("RUN", 2):
            break
        time.sleep(0.1)
    else:
        pytest.fail(f"the job did not run again: {shown}")
    again = step(owner, job).json["id"]
    assert owner.wait(again)["result"] == "COMPLETED"
    end(owner, job)


def test_a_batch_job_within_a_batch_job_has_steps_of_its_own(fresh, tmp_path):
    broker = fresh(nodes=1, cores=4)
    owner = broker.client()
    inner = tmp_path / "inner.sh"
    inner.write_text("#!/bin/sh\nsluice run -n2 sh -c 'echo $SLUICE_ENCLOSING_ID'\n")
    script = f"""#!/bin/sh
#flux: -n4
export PATH={os.path.dirname(sluice())}:$PATH
echo $SLUICE_ENCLOSING_ID
sluice batch -n2 --wait --output={tmp_path}/inner.out {inner}
sluice cancel --all
"""
    done = batch(broker, tmp_path, script, "--wait")
    assert done.returncode == 0, done
    outer = done.stdout.strip()
    lines = owner.get(f"/v1/jobs/{outer}/output").body.decode().split()
    assert lines[0] == outer
    middle = lines[1]
    assert owner.get(f"/v1/jobs/{middle}").json["within"] == outer
    assert (tmp_path / "inner.out").read_text().split() == [middle, middle]
    # Outside, what runs within others is shown only to who asks.
    plain = json.loads(broker.run("jobs", "-a", "--json").stdout)["jobs"]
    assert [entry["id"] for entry in plain] == [outer]
    everything = json.loads(broker.run("jobs", "-a", "-R", "--json").stdout)["jobs"]
    assert len(everything) == 3
    assert len(broker.run("history", "--csv").stdout.splitlines()) == 2
    assert len(broker.run("history", "--csv", "-R").stdout.splitlines()) == 4


def test_a_broker_is_idle_when_steps_and_their_job_have_ended(fresh):
    broker = fresh(nodes=1, cores=2)
    owner = broker.client()
    job = running(owner, cores_per_task=2)
    owner.wait(step(owner, job).json["id"])
    end(owner, job)

    def busy():
        with open(f"/proc/{broker.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = busy()
    time.sleep(1.5)
    assert busy() - before < 0.5, "the broker goes round and round"


def test_many_steps_of_many_jobs_end_and_leave_nothing(fresh):
    broker = fresh(nodes=4, cores=4)
    owner = broker.client()
    jobs = [running(owner, cores_per_task=2) for _ in range(6)]
    lines = [{"command": ["true"], "within": job, "cc": "0-49"} for job in jobs]
    answers = owner.bulk(lines).lines
    ids = [name for answer in answers for name in answer["ids"]]
    assert len(ids) == 300
    end(owner, *jobs[3:])
    results = [owner.wait(name)["result"] for name in ids]
    assert set(results[:150]) == {"COMPLETED"}
    assert set(results[150:]) <= {"COMPLETED", "CANCELED"}
    end(owner, *jobs[:3])
    assert owner.get("/v1/jobs?state=active").json["items"] == []
    whole = owner.submit({"command": ["true"], "nnodes": 4, "exclusive": True})["id"]
    assert owner.wait(whole)["result"] == "COMPLETED"


def test_a_step_that_asks_for_no_memory_has_no_more_than_its_job(fresh):
    owner = fresh(nodes=1, cores=2, options=("--memory-per-node", "4G")).client()
    job = running(owner, memory="40MiB")
    hog = ["sh", "-c", "x=$(head -c 120000000 /dev/zero | tr '\\0' x); sleep 60"]
    ended = owner.wait(step(owner, job, command=hog).json["id"])
    assert ended["result"] == "FAILED" and ended["exception"]["type"] == "memory", ended
    end(owner, job)
