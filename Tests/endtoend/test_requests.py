"""What jobs may ask for: nodes by constraint, shapes, resources of any form, and MPI."""
import pathlib
import shutil
import subprocess

import pytest

from harness import assert_problem

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
