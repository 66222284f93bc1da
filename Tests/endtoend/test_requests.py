"""What jobs may ask for: nodes by constraint, shapes, resources of any form, and MPI."""
import os
import pathlib
import shutil
import subprocess

import pytest

from harness import assert_problem, binary

MPI_SOURCES = pathlib.Path(__file__).resolve().parent / "mpi"


def placed(client, **fields):
    """A finished mock job, and where it ran."""
    fields.setdefault("command", ["true"])
    fields["attributes"] = {"system": {"exec": {"test": {"run_duration": "0.01s"}}}}
    answer = client.post("/v1/jobs?wait=inactive&timeout=20", fields)
    assert answer.status == 200, answer
    assert answer.json["state"] == "INACTIVE" and answer.json["result"] == "COMPLETED", answer.json
    return answer.json


def test_a_job_runs_only_on_nodes_that_its_constraint_allows(owner):
    assert placed(owner, requires="rank:5")["ranks"] == "5"
    assert placed(owner, nnodes=2, requires="rank:2-6 -rank:3 -rank:2")["ranks"] == "4-5"
    host = placed(owner, requires="rank:7")["nodelist"]
    assert placed(owner, requires=f"hostlist:{host}")["ranks"] == "7"
    assert placed(owner, requires=f"not (rank:0-6) and {host}")["ranks"] == "7"


def test_a_constraint_that_no_node_meets_is_refused_with_the_reason(owner):
    answer = owner.post("/v1/jobs", {"command": ["true"], "requires": "gpu-of-tomorrow"})
    assert_problem(answer, 422)
    assert "the constraint allows" in answer.json["detail"], answer.json
    answer = owner.post("/v1/jobs", {"command": ["true"], "nnodes": 3, "requires": "rank:1-2"})
    assert_problem(answer, 422)
    assert "2 such nodes among the 2 nodes" in answer.json["detail"], answer.json


def test_a_query_that_cannot_be_read_is_refused_at_its_place(owner):
    answer = owner.post("/v1/jobs", {"command": ["true"], "requires": "rank:1 and ("})
    assert_problem(answer, 422)
    assert answer.json["errors"][0]["pointer"] == "/requires", answer.json


def test_a_shape_says_in_one_line_what_a_job_needs(owner):
    job = placed(owner, shape="node=2/slot=2/core=2")
    assert (job["nnodes"], job["ncores"], job["ntasks"]) == (2, 8, 4)
    whole = placed(owner, shape="slot/node{x}")
    assert (whole["nnodes"], whole["ncores"]) == (1, 4)


def test_a_general_jobspec_takes_as_many_as_there_are_of_a_range(owner):
    jobspec = {
        "version": 9999,
        "resources": [
            {"type": "node", "count": {"min": 2, "max": 3}, "with": [
                {"type": "slot", "count": 1, "label": "task", "with": [{"type": "core", "count": "2-4"}]}]}],
        "tasks": [{"command": ["true"], "slot": "task", "count": {"per_slot": 1}}],
        "attributes": {"system": {"duration": 10, "exec": {"test": {"run_duration": "0.01s"}}}},
    }
    answer = owner.post("/v1/jobs?wait=inactive&timeout=20", {"jobspec": jobspec})
    assert answer.status == 200, answer
    assert answer.json["nnodes"] == 3 and answer.json["ncores"] == 12, answer.json
    jobspec["resources"][0]["with"][0]["with"][0]["type"] = "quantum-core"
    refused = owner.post("/v1/jobs", {"jobspec": jobspec})
    assert_problem(refused, 422)
    assert "quantum-core" in refused.json["detail"], refused.json


def test_a_whole_node_is_given_with_all_that_it_holds(owner):
    job = placed(owner, nnodes=1, exclusive=True, requires="rank:6")
    resources = owner.get(f"/v1/jobs/{job['id']}/R").json
    assert resources["execution"]["R_lite"] == [{"rank": "6", "children": {"core": "0-3"}}]


def test_the_command_line_takes_constraints_shapes_and_options_of_the_shell(broker):
    done = broker.run("run", "--requires", "rank:3", "-n", "2", "-o", "exit-timeout=none", "sh", "-c",
                      "echo $FLUX_TASK_RANK of $FLUX_JOB_SIZE")
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split("\n")) == ["", "0 of 2", "1 of 2"]
    done = broker.run("run", "--shape", "node=2/slot/core", "sh", "-c", "echo $FLUX_JOB_NNODES")
    assert (done.returncode, done.stdout) == (0, "2\n2\n"), done.stderr


MAPPED = """
import os
pmi = os.fdopen(int(os.environ["PMI_FD"]), "r+b", buffering=0)
def ask(text):
    pmi.write(text.encode() + b"\\n")
    return pmi.readline().decode().strip()
ask("cmd=init pmi_version=1 pmi_subversion=1")
name = ask("cmd=get_my_kvsname").split("=")[-1]
mapping = ask(f"cmd=get kvsname={name} key=PMI_process_mapping").split("value=")[-1]
nodes = open(os.environ["SLUICE_HOSTFILE"]).read().split()
node = nodes.index(open(os.environ["PSIJ_NODEFILE"]).read().split()[int(os.environ["FLUX_TASK_RANK"])])
words = [os.environ[x] for x in ("FLUX_TASK_RANK", "FLUX_TASK_LOCAL_ID", "SLUICE_TASKMAP")] + [str(node), mapping]
# In one piece: what tasks write at the same time is shown in the order in which it comes.
os.write(1, (" ".join(words) + "\\n").encode())
ask("cmd=finalize")
"""


def mapped(broker, scheme, nodes, tasks):
    """Of each task by rank: its local number and its node; and the map as tasks and as PMI know it."""
    done = broker.run(
        "run", "-N", str(nodes), "-n", str(tasks), *([f"--taskmap={scheme}"] if scheme else []), "python3", "-c", MAPPED)
    assert done.returncode == 0, done.stderr
    rows = sorted((line.split() for line in done.stdout.splitlines()), key=lambda row: int(row[0]))
    assert [int(row[0]) for row in rows] == list(range(tasks)), rows
    assert len({(row[2], row[4]) for row in rows}) == 1
    return [(int(row[1]), int(row[3])) for row in rows], rows[0][2], rows[0][4]


@pytest.mark.parametrize("scheme, places, taskmap, mapping", [
    (None, [(0, 0), (1, 0), (0, 1), (1, 1)], "[[0,2,2,1]]", "(vector,(0,2,2))"),
    ("block", [(0, 0), (1, 0), (0, 1), (1, 1)], "[[0,2,2,1]]", "(vector,(0,2,2))"),
    ("cyclic", [(0, 0), (0, 1), (1, 0), (1, 1)], "[[0,2,1,2]]", "(vector,(0,2,1),(0,2,1))"),
    ("cyclic:2", [(0, 0), (1, 0), (0, 1), (1, 1)], "[[0,2,2,1]]", "(vector,(0,2,2))"),
    ("manual:[[1,1,1,1],[0,1,3,1]]", [(0, 1), (0, 0), (1, 0), (2, 0)], "[[1,1,1,1],[0,1,3,1]]",
     "(vector,(1,1,1),(0,1,3))"),
])
def test_tasks_run_where_a_map_says_and_pmi_and_environment_agree(broker, scheme, places, taskmap, mapping):
    assert mapped(broker, scheme, 2, 4) == (places, taskmap, mapping)


def test_a_map_that_is_none_is_refused_at_its_place(broker, owner):
    def refused(taskmap, **fields):
        attributes = {"system": {"shell": {"options": {"taskmap": taskmap}}}}
        answer = owner.post("/v1/jobs", {"command": ["true"], "attributes": attributes, **fields})
        assert_problem(answer, 422)
        return [(error["pointer"].removeprefix("/attributes/system/shell/options/taskmap"), error["message"])
                for error in answer.json["errors"]]
    assert refused({"scheme": "random"}) == [("/scheme", 'must be "block", "cyclic" or "manual"')]
    assert refused({"scheme": "manual", "value": "[[0,2,2,1]]"}, nnodes=2, ntasks=6) == [
        ("/value", "is a map of 4 tasks, but the job has 6")]
    done = broker.run("submit", "-N2", "-n4", "--taskmap=cyclic:none", "true")
    assert done.returncode == 1 and "/taskmap/value" in done.stderr and "from 1 to" in done.stderr, done.stderr


def test_resource_limits_are_those_that_were_asked_for(broker, tmp_path):
    limits = "ulimit -Sn; ulimit -Sn 778; ulimit -Sn; ulimit -c"
    done = broker.run("run", "--rlimit=nofile=777,core=0", "sh", "-c", limits)
    assert (done.returncode, done.stdout) == (0, "777\n778\n0\n"), done.stderr
    # The caller's own, as the command line has it.
    done = subprocess.run(
        ["bash", "-c", 'ulimit -Sn 555; exec "$@"', "bash", binary(), "run", "--rlimit=-*", "--rlimit=no*,-nproc", "sh", "-c",
         "ulimit -n"], capture_output=True, text=True, check=False, env={**os.environ, "SLUICE_STATE": broker.state})
    assert (done.returncode, done.stdout) == (0, "555\n"), done.stderr
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n#flux: --rlimit=nofile=333\nulimit -n\n")
    script.chmod(0o755)
    done = broker.run("batch", "--wait", str(script))
    assert done.returncode == 0, done.stderr
    assert broker.run("job", "attach", done.stdout.strip()).stdout == "333\n"
    for number in ("101", "102"):
        done = broker.run("bulksubmit", "--watch", "--rlimit=nofile={}", "sh", "-c", "ulimit -n", ":::", number)
        assert done.stdout.splitlines()[-1] == number, done
    done = broker.run("submit", "--rlimit=nofiles=1", "true")
    assert done.returncode == 64 and "'nofiles=1' names no resource limit" in done.stderr


@pytest.fixture(scope="module")
def mpi(tmp_path_factory):
    compiler = shutil.which("mpicc.mpich") or shutil.which("mpicc")
    if not compiler:
        pytest.skip("SKIPPED: there is no mpicc here (Debian: mpich, libmpich-dev)")
    folder = tmp_path_factory.mktemp("mpi")
    for source in MPI_SOURCES.glob("*.c"):
        subprocess.run([compiler, "-O1", "-o", folder / source.stem, source], check=True)
    return folder


def test_mpi_programs_find_each_other(broker, mpi):
    done = broker.run("run", "-n", "4", str(mpi / "hello"))
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4, done.stdout
    for program in ("ring", "alltoall"):
        done = broker.run("run", "-n", "4", str(mpi / program))
        assert done.returncode == 0, done.stderr


def test_an_abort_ends_an_mpi_job_with_its_exit_code_and_a_reason(broker, owner, mpi):
    done = broker.run("run", "-n", "4", str(mpi / "abort"))
    assert done.returncode != 0
    job = owner.get("/v1/jobs?limit=1").json["items"][0]
    assert job["result"] == "FAILED" and job["exception"]["type"] == "exec", job
    assert "abort" in job["exception"]["note"].lower(), job
