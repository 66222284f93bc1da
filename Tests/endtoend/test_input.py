"""Input to running jobs: taken as fast as tasks read, repeatable by offset, refused where nobody takes it."""
import subprocess
import threading
import time

import pytest

import harness
from harness import assert_problem, binary, until

BYTES = {"Content-Type": "application/octet-stream"}


def submit(client, script, tasks=1, ranks="0", **fields):
    stdin = {"type": "service", "ranks": ranks}
    attributes = {"system": {"shell": {"options": {"input": {"stdin": stdin}}}}}
    job = client.submit({"command": ["sh", "-c", script], "ntasks": tasks, "attributes": attributes, **fields})["id"]
    client.wait(job, "run")
    return job


def give(client, job, data, query=""):
    return client.call("PUT", f"/v1/jobs/{job}/stdin{query}", body=data, headers=BYTES)


def output(client, job):
    return client.get(f"/v1/jobs/{job}/output?follow=true").body


def test_pieces_reach_the_first_task_in_order(owner):
    job = submit(owner, "cat; echo end $FLUX_TASK_RANK", tasks=2)
    first = give(owner, job, b"one\n")
    assert first.status == 200 and first.json == {"next_offset": 4, "eof": False}
    # The same again, as after an answer that was lost, is taken once.
    assert give(owner, job, b"one\ntwo\n", "?offset=0").json["next_offset"] == 8
    assert_problem(give(owner, job, b"x", "?offset=9"), 409, "input_gap")
    assert give(owner, job, b"", "?eof=true").json == {"next_offset": 8, "eof": True}
    assert sorted(output(owner, job).splitlines()) == [b"end 0", b"end 1", b"one", b"two"]


def test_every_task_gets_it_where_that_was_asked_for(owner):
    job = submit(owner, "read line; echo $FLUX_TASK_RANK $line", tasks=3, ranks="all")
    assert give(owner, job, b"hi\n", "?rank=all&eof=true").status == 200
    assert sorted(output(owner, job).splitlines()) == [b"0 hi", b"1 hi", b"2 hi"]


def test_a_large_input_waits_for_its_reader_and_is_whole(owner, tmp_path):
    gate = tmp_path / "go"
    job = submit(owner, f"while [ ! -e {gate} ]; do sleep 0.02; done; sha256sum; wc -c < /dev/null")
    data = bytes(range(256)) * 4 * 4096
    answers = []
    sender = threading.Thread(
        target=lambda: answers.append(give(owner.broker.client(), job, data, "?offset=0&eof=true")))
    sender.start()
    time.sleep(0.5)
    # 4 MiB are more than the host keeps for a task that does not read.
    assert sender.is_alive() and not answers
    gate.touch()
    sender.join(harness.PATIENCE)
    assert answers[0].json == {"next_offset": len(data), "eof": True}
    expected = subprocess.run(["sha256sum"], input=data, capture_output=True, check=True).stdout
    assert output(owner, job).splitlines()[0] == expected.strip()


def test_jobs_that_take_none_say_so(broker, owner):
    plain = owner.submit({"command": ["sleep", "60"]})["id"]
    owner.wait(plain, "run")
    assert_problem(give(owner, plain, b"x"), 409, "no_input")
    owner.post(f"/v1/jobs/{plain}/cancel")
    job = submit(owner, "exec 0<&-; sleep 60", ranks="0")
    assert_problem(give(owner, job, b"x", "?rank=all"), 409, "other_readers")
    # The pipe breaks with the first byte that is written; then nothing is taken any more.
    until(lambda: give(owner, job, b"x").code == "input_closed", what="the end of a job's input")
    # A large body is stopped in the middle.
    stranger = broker.as_user("input-stranger")
    assert_problem(give(stranger, job, b"x"), 404, "not_found")
    owner.post(f"/v1/jobs/{job}/cancel")
    owner.wait(job)
    assert_problem(give(owner, job, b"x"), 409, "not_running")
    assert_problem(give(owner, "f2oLkT7hdZZm", b"x"), 404, "not_found")


def test_only_the_jobs_own_user_may_write(broker, owner):
    user = broker.as_user("input-writer")
    job = submit(user, "cat")
    assert_problem(give(owner, job, b"x"), 403, "forbidden")
    assert give(user, job, b"mine", "?eof=true").status == 200
    assert output(user, job) == b"mine"


@pytest.mark.parametrize("query", ["?rank=1", "?offset=-1", "?eof=yes", "?nope=1"])
def test_wrong_questions_are_refused(owner, query):
    job = submit(owner, "cat")
    assert_problem(give(owner, job, b"x", query), 400, "bad_query")
    give(owner, job, b"", "?eof=true")


@pytest.mark.parametrize("ranks, status", [("0", 201), ("all", 201), ("1-2", 422)])
def test_ranks_are_checked_at_submission(owner, ranks, status):
    attributes = {"system": {"shell": {"options": {"input": {"stdin": {"type": "service", "ranks": ranks}}}}}}
    answer = owner.post("/v1/jobs", {"command": ["true"], "attributes": attributes})
    assert answer.status == status, answer
    if status == 422:
        pointer = answer.json["errors"][0]["pointer"]
        assert pointer == "/attributes/system/shell/options/input/stdin/ranks"


# MARK: the command line

def test_run_forwards_a_pipe(broker):
    done = broker.run("run", "-n2", "cat", input="to all\n")
    assert done.returncode == 0 and done.stdout == "to all\nto all\n", done
    done = broker.run("run", "-n2", "--input=0", "cat", input="to one\n")
    assert done.returncode == 0 and done.stdout == "to one\n", done


def test_run_reads_a_file_where_one_is_named(broker, tmp_path):
    (tmp_path / "in").write_text("from a file\n")
    assert broker.run("run", "-i", str(tmp_path / "in"), "cat", input="not this").stdout == "from a file\n"


def test_run_forwards_while_it_runs_and_ends_without_its_input(broker):
    process = subprocess.Popen(
        [binary(), "run", "--", "head", "-n1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={"SLUICE_STATE": broker.state, "PATH": "/usr/bin:/bin"}, text=True)
    try:
        time.sleep(0.2)
        process.stdin.write("line\n")
        process.stdin.flush()
        # The job ends with its first line; nobody waits for the end of ours.
        assert process.wait(harness.PATIENCE) == 0
        assert process.stdout.read() == "line\n"
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()
