"""What jobs used: the export for accounting, and the command that reads it."""
import csv
import io
import json
import os
import pathlib

import pytest

import harness
from harness import assert_problem, mock_job, until

COLUMNS = (
    "id user tenant queue bank project name state result exit_code signal attempts t_submit t_start t_end elapsed_s "
    "ntasks nodes cores gpus node_hours core_hours gpu_hours cpu_s peak_memory_kib within").split()


@pytest.fixture(scope="module")
def told():
    """A broker with a small history: what completed, failed, was killed, was cancelled, and many that did nothing."""
    with harness.Broker(nodes=2, cores=4) as broker:
        broker.start()
        client = broker.client()
        busy = client.submit({
            "command": ["sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; sleep 1"], "ntasks": 2,
            "nnodes": 2, "cores_per_task": 2, "name": 'a "quoted", name'})["id"]
        failed = client.submit({"command": ["sh", "-c", "exit 7"], "name": "=1+1"})["id"]
        killed = client.submit({"command": ["sh", "-c", "kill -9 $$"]})["id"]
        never = client.submit({"command": ["true"], "urgency": 0})["id"]
        client.post(f"/v1/jobs/{never}/cancel")
        other = broker.as_user("accountant").submit({"command": ["true"], "name": "other"})["id"]
        client.bulk([mock_job(0.0, cc="0-1499", name="many")])
        until(lambda: not client.all_jobs("state=ACTIVE"), what="the end of all")
        yield broker, dict(busy=busy, failed=failed, killed=killed, never=never, other=other)


def export(client, query=""):
    answer = client.get(f"/v1/jobs?format=csv{query}")
    assert answer.status == 200 and answer.headers["content-type"] == "text/csv; charset=utf-8", answer
    return list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))


def test_the_export_is_whole_and_newest_first(told):
    broker, _ = told
    client = broker.client()
    rows = export(client)
    assert list(rows[0]) == COLUMNS
    # More than one page of the list.
    assert [row["id"] for row in rows] == [job["id"] for job in client.all_jobs()] and len(rows) == 1505
    assert len(export(client, "&name=many")) == 1500
    assert [row["id"] for row in export(client, "&limit=3")] == [row["id"] for row in rows[:3]]


def test_a_row_says_what_the_job_used(told):
    broker, jobs = told
    rows = {row["id"]: row for row in export(broker.client()) if row["name"] != "many"}
    busy = rows[jobs["busy"]]
    assert busy["name"] == 'a "quoted", name' and busy["result"] == "COMPLETED" and busy["exit_code"] == "0"
    assert (busy["ntasks"], busy["nodes"], busy["cores"], busy["gpus"]) == ("2", "2", "4", "0")
    elapsed = float(busy["elapsed_s"])
    assert 1.0 <= elapsed < 30
    # Hours count from allocation to release, which is a little later than the end of the tasks.
    assert 4 * elapsed / 3600 <= float(busy["core_hours"]) + 2e-6 < 4 * elapsed / 3600 + 0.002
    assert abs(float(busy["core_hours"]) - 2 * float(busy["node_hours"])) < 1e-5
    assert float(busy["cpu_s"]) > 0 and int(busy["peak_memory_kib"]) > 100
    assert busy["t_submit"] <= busy["t_start"] < busy["t_end"]
    assert (rows[jobs["killed"]]["signal"], rows[jobs["killed"]]["exit_code"]) == ("9", "")
    # What a spreadsheet would calculate is text.
    assert (rows[jobs["failed"]]["name"], rows[jobs["failed"]]["exit_code"]) == ("'=1+1", "7")
    never = rows[jobs["never"]]
    assert never["result"] == "CANCELED" and never["t_start"] == never["elapsed_s"] == "" and never["core_hours"] == "0.000000"


def test_users_export_their_own_jobs(told):
    broker, jobs = told
    assert [row["id"] for row in export(broker.as_user("accountant"))] == [jobs["other"]]


def test_wrong_questions_are_refused(told):
    client = told[0].client()
    assert_problem(client.get("/v1/jobs?format=xml"), 400, "bad_query")
    assert_problem(client.get("/v1/jobs?format=csv&cursor=abc"), 400, "bad_query")
    assert_problem(client.get("/v1/jobs?format=csv&limit=0"), 400, "bad_query")


def test_history_shows_jobs_in_every_form(told):
    broker, jobs = told
    table = broker.run("history", "-c", "2000")
    assert table.returncode == 0 and len(table.stdout.splitlines()) == 1506
    assert table.stdout.split()[:4] == ["JOBID", "USER", "NAME", "ST"]
    lines = broker.run("history", "--json", "--name=other").stdout.splitlines()
    job = json.loads(lines[0])
    assert len(lines) == 1 and job["id"] == jobs["other"] and job["exit_code"] == 0 and list(job) == COLUMNS
    formatted = broker.run("history", "--name=other", "-o", "{name:>8}|{exit_code:<3}|{result:.4}").stdout
    assert formatted == "    NAME|EXIT_CODE|RESULT\n   other|0  |COMP\n"
    assert broker.run("history", "--csv", "--name=other").stdout.split("\n")[0].strip() == ",".join(COLUMNS)
    totals = broker.run("history", "--totals").stdout
    assert [line.split()[:2] for line in totals.splitlines()][0] == ["USER", "JOBS"]
    assert ["accountant", "1"] in [line.split()[:2] for line in totals.splitlines()]
    wrong = broker.run("history", "-o", "{id")
    assert wrong.returncode == 64 and "without its '}'" in wrong.stderr


def test_jobs_take_a_format(told):
    broker, jobs = told
    done = broker.run("jobs", "-a", "--name=other", "--no-header", "-o", "{id} {user} {exit_code}")
    assert done.stdout == f"{jobs['other']} accountant 0\n", done


# MARK: purging


def test_ended_jobs_are_purged_by_age_and_number(fresh):
    broker = fresh(nodes=1, cores=4)
    owner = broker.client()
    jobs = [owner.submit({"command": ["echo", str(number)]})["id"] for number in range(5)]
    for job in jobs:
        assert owner.wait(job)["result"] == "COMPLETED"
    running = owner.submit({"command": ["sleep", "60"]})["id"]
    stored = [path for path in pathlib.Path(broker.state, "output").rglob("*") if path.is_file()]
    assert len(stored) >= 5
    assert_problem(broker.as_user("guest").post("/v1/jobs/purge", {"keep": 0}), 403)
    for wrong in ({}, {"keep": -1}, {"older_than": "soon"}, {"older_than": -1}, {"keep": 1, "x": 1}):
        assert_problem(owner.post("/v1/jobs/purge", wrong), 422)
    assert owner.post("/v1/jobs/purge?dry_run=true", {"keep": 2}).json == {"would_purge": 3}
    assert owner.post("/v1/jobs/purge", {"older_than": "1h"}).json == {"purged": 0, "is_complete": True, "left": 5}
    assert owner.post("/v1/jobs/purge", {"keep": 2}).json == {"purged": 3, "is_complete": True, "left": 2}
    assert [job["id"] for job in owner.all_jobs("state=inactive")] == jobs[:2:-1]
    for job in jobs[:3]:
        assert owner.get(f"/v1/jobs/{job}").status == 404 and owner.get(f"/v1/jobs/{job}/output").status == 404
        gone = owner.post("/v1/jobs", {"command": ["true"], "dependencies": [f"afterok:{job}"]})
        assert_problem(gone, 422, "dependency")
    left = [path for path in stored if path.exists()]
    assert len(left) <= len(stored) - 3, "their output is gone too"
    broker.kill()
    broker.start()
    owner = broker.client()
    assert [job["id"] for job in owner.all_jobs("state=inactive")] == jobs[:2:-1]
    shown = broker.run("job", "purge", "--age-limit=0s")
    assert shown.stdout == "2 jobs would go; --force does it\n", shown
    assert broker.run("job", "purge", "--age-limit=0s", "--force").stdout == "2 jobs purged\n"
    assert owner.get(f"/v1/jobs/{running}").json["state"] == "RUN"


def test_the_broker_forgets_by_itself_what_the_settings_limit(fresh, tmp_path):
    settings = tmp_path / "sluice.toml"
    settings.write_text('inactive-num-limit = 3')
    broker = fresh(nodes=1, cores=4, options=("--config", str(settings)))
    owner = broker.client()
    for number in range(6):
        owner.wait(owner.submit({"command": ["true"]})["id"])
    until(lambda: len(owner.all_jobs("state=inactive")) == 3, seconds=60, what="the purge")
