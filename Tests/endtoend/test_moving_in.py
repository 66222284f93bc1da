"""Workflows that people bring from Slurm and from Flux, moved as docs/from-slurm.md and docs/from-flux.md say."""
import json
import os
import pathlib
import textwrap

import pytest

import harness

EIGHT = range(8)


class User:
    """Somebody with a folder, a token and the broker's address, who types commands over TLS."""

    def __init__(self, broker):
        self.broker, self.folder = broker, pathlib.Path(broker.folder)
        self.environment = {
            "SLUICE_STATE": "/nonexistent", "SLUICE_URI": broker.uri,
            "SLUICE_CA_FILE": os.path.join(broker.state, "ca.pem"),
            "SLUICE_TOKEN_FILE": os.path.join(broker.state, "owner.token")}

    def try_command(self, *words, **options):
        return self.broker.run(*words, environment=self.environment, **options)

    def __call__(self, *words, **options):
        """What it printed; fails when the command did."""
        done = self.try_command(*words, **options)
        assert done.returncode == 0, (words, done)
        return done.stdout.strip()

    def writes(self, name, text):
        path = self.folder / name
        path.write_text(textwrap.dedent(text))
        path.chmod(0o755)

    def reads(self, name):
        return (self.folder / name).read_text()

    def has(self, *patterns):
        return sorted(path.name for pattern in patterns for path in self.folder.glob(pattern))

    def sees(self, job):
        return json.loads(self("job", "info", "--json", job))

    def waits_for(self, job):
        """To its end, which must be a good one."""
        self("job", "wait", job)
        assert self.sees(job)["result"] == "COMPLETED"

    def span(self, job):
        """When it ran: from the allocation to the end."""
        log = [json.loads(line) for line in self("job", "eventlog", job).splitlines()]
        moments = {event["name"]: event["timestamp"] for event in log}
        return moments["alloc"], moments["finish"]


@pytest.fixture
def user(fresh):
    return User(fresh(nodes=4, cores=4))


def after(scheme, jobs):
    return [f"--dependency={scheme}:{job}" for job in jobs]


def most_at_once(spans):
    return max(sum(begin <= start < end for begin, end in spans) for start, _ in spans)


# MARK: from Slurm

def submit_array(user, fails=None):
    """prepare, then `--array=0-7%3`, then afterok a script with directives, then afterany of all a cleanup."""
    user.writes("member.sh", f"""\
        #!/bin/bash
        sleep 0.2
        [ "$SLURM_ARRAY_TASK_ID" = "{fails}" ] && exit 3
        awk '{{ s += $1 * $1 }} END {{ print s }}' part.$SLURM_ARRAY_TASK_ID > sum.$SLURM_ARRAY_TASK_ID
        """)
    user.writes("reduce.sh", """\
        #!/bin/bash
        #flux: --job-name=reduce -t 5      # was: #SBATCH --job-name=reduce --time=5
        #flux: --output={{name}}.txt
        cat sum.* | awk '{ s += $1 } END { print s, "of", ARGC }'
        """)
    prepare = user("submit", "--job-name=prepare", "sh", "-c",
                   "while ! [ -e go ]; do sleep 0.05; done; seq 1000 > numbers && split -n l/8 -d -a 1 numbers part.")
    members = user("submit", "--job-name=member", "--cc=0-7", "--throttle=3", "-t", "5", *after("afterok", [prepare]),
                   "--env=SLURM_ARRAY_TASK_ID={cc}", "./member.sh").split()
    reduction = user("batch", *after("afterok", members), "reduce.sh")
    cleanup = user("submit", "--job-name=cleanup", *after("afterany", [*members, reduction]),
                   "sh", "-c", "rm -f numbers part.* sum.*")
    return prepare, members, reduction, cleanup


def test_an_array_with_a_throttle_between_its_preparation_and_its_reduction(user):
    prepare, members, reduction, cleanup = submit_array(user)
    assert len(members) == len(set(members)) == 8
    states = {user.sees(job)["state"] for job in (*members, reduction, cleanup)}
    assert states == {"DEPEND"}, "nothing runs before the preparation has ended"
    user.writes("go", "")
    user.waits_for(cleanup)
    assert user.reads("reduce.txt") == "333833500 of 1\n"
    assert user.has("part.*", "sum.*", "numbers") == []
    spans = [user.span(job) for job in members]
    assert most_at_once(spans) == 3
    assert user.span(prepare)[1] <= min(start for start, _ in spans)
    assert max(end for _, end in spans) <= user.span(reduction)[0]
    assert user.span(reduction)[1] <= user.span(cleanup)[0]
    # What sacct showed: all of it, newest first, with exit codes.
    rows = user("history", "--no-header", "-o", "{name} {exit_code}").splitlines()
    assert rows == ["cleanup 0", "reduce 0", *["member 0"] * 8, "prepare 0"]


def test_a_member_that_fails_ends_the_reduction_and_still_the_parts_go(user):
    _, members, reduction, cleanup = submit_array(user, fails=5)
    user.writes("go", "")
    waited = user.try_command("job", "wait", *members)
    assert waited.returncode == 3, waited
    user.waits_for(cleanup)
    ended = user.sees(reduction)
    assert (ended["result"], ended["exception"]["type"]) == ("FAILED", "dependency"), ended
    assert members[5] in ended["exception"]["note"]
    # The reduction ended while others were still at work; the cleanup waited for those.
    assert ended["t_inactive"] < max(user.sees(job)["t_inactive"] for job in members)
    assert user.try_command("job", "status", "--wait", reduction).returncode == 1
    assert user.has("reduce.txt", "part.*", "sum.*") == []
    assert user("jobs", "-a", "--name=member", "--result=failed", "--no-header", "-o", "{id}") == members[5]


def test_an_array_is_held_released_and_cancelled_by_its_name(user):
    held = user("submit", "--cc=0-7", "--job-name=night", "--urgency=hold", "touch", "ran.{cc}").split()
    assert user("job", "urgency", held[2], "default") == ""
    user.waits_for(held[2])
    assert user("cancel", "--all", "--name=night") == "7 jobs cancelled"
    results = {user.sees(job)["result"] for job in held if job != held[2]}
    assert results == {"CANCELED"}
    assert user.has("ran.*") == ["ran.2"]


def test_one_job_waits_for_more_copies_than_it_could_name(user):
    user("submit", "--cc=0-299", "--job-name=crowd", "sh", "-c", "[ {cc} != 7 ] && touch crowd.{cc}")
    last = user("submit", "--job-name=crowd", "--dependency=singleton", "sh", "-c", "ls crowd.* | wc -l > seen")
    user.waits_for(last)
    assert user.reads("seen").strip() == "299"


def test_a_script_is_warned_before_its_time_is_over(user):
    user.writes("long.sh", """\
        #!/bin/bash
        #flux: -t 4s -o signal.signum=10 -o signal.timeleft=3s
        trap 'echo saved > checkpoint; exit 5' USR1
        while true; do sleep 0.1; done
        """)
    done = user.try_command("batch", "--wait", "long.sh")
    assert done.returncode == 5, done
    assert user.reads("checkpoint") == "saved\n"


def test_lines_for_sbatch_are_comments(user):
    user.writes("old.sh", """\
        #!/bin/bash
        #SBATCH --job-name=never --ntasks=4 --output=never.txt
        echo "$FLUX_JOB_SIZE"
        """)
    job = user("batch", "--wait", "old.sh")
    assert user.sees(job)["name"] == "old.sh"
    assert user("job", "output", job) == "1"
    assert user.has("never.txt") == []


def test_a_partition_becomes_a_queue_with_its_limits_and_is_drained(user):
    user("queue", "define", "debug", "--max-time=30m", "--max-nodes=1", "--requires=rank:2")
    over = user.try_command("submit", "-q", "debug", "-t", "31", "true")
    assert over.returncode == 1 and "at most 30m" in over.stderr, over
    job = user("submit", "--wait", "-q", "debug", "-t", "30", "true")
    assert user.sees(job)["ranks"] == "2"
    user("queue", "stop", "debug")
    waiting = user("submit", "-q", "debug", "-t", "1", "true")
    user("queue", "disable", "debug")
    assert user.try_command("submit", "-q", "debug", "-t", "1", "true").returncode == 1
    user("queue", "start", "debug")
    user.waits_for(waiting)


# MARK: from Flux

def test_copies_and_a_script_with_directives(user):
    user.writes("total.sh", """\
        #!/bin/sh
        #flux: -n1 -t 5m
        #flux: --job-name=total
        #flux: --output=total.txt
        cat count.* | awk '{ s += $1 } END { print s, "words" }'
        """)
    cut = user("submit", "--job-name=cut", "sh", "-c",
               'seq -f "line %g" 1000 > text && split -n l/8 -d -a 1 text piece.')
    counts = user("submit", "--cc=0-7", "--job-name=count", *after("afterok", [cut]), "--output=count.{cc}",
                  "sh", "-c", "wc -w < piece.$FLUX_JOB_CC").split()
    total = user("batch", *after("afterok", counts), "total.sh")
    done = user.try_command("submit", "--wait", *after("afterany", [total]), "rm", "text")
    assert done.returncode == 0, done
    assert user.reads("total.txt") == "2000 words\n"
    assert sum(int(user.reads(f"count.{index}")) for index in EIGHT) == 2000
    assert max(user.span(job)[1] for job in counts) <= user.span(total)[0]
    assert user("jobs", "-a", "--name=total", "--no-header", "-o", "{id} {result}") == f"{total} COMPLETED"
    names = [json.loads(line)["name"] for line in user("job", "eventlog", counts[0]).splitlines()]
    order = ["submit", "validate", "depend", "priority", "alloc", "start", "finish", "release", "free", "clean"]
    assert [name for name in names if not name.startswith("dependency-")] == order


def test_results_of_waitable_jobs_are_collected_once_each(user):
    jobs = {name: user("submit", "--flags=waitable", f"--job-name={name}", "sh", "-c", f"exit {code}")
            for name, code in (("a", 0), ("b", 2), ("c", 0))}
    collected = user.try_command("wait", "--all")
    assert collected.returncode == 1, collected
    lines = (collected.stdout + collected.stderr).splitlines()
    assert sorted(line.split(":")[0] for line in lines) == sorted(jobs.values())
    assert user.try_command("wait").returncode == 2, "nothing is left"


def test_both_forms_of_an_id_mean_the_same_job(user):
    job = user("submit", "--wait", "true")
    assert user("job", "status", "ƒ" + job.removeprefix("f")) == "COMPLETED"


def test_what_a_script_runs_is_a_step_of_its_job(user):
    user.writes("outer.sh", """\
        #!/bin/sh
        #flux: -N1 -n2
        "$1" run -n2 --job-name=inner sh -c 'echo step $FLUX_TASK_RANK of $FLUX_JOB_SIZE' | sort
        """)
    outer = user("batch", "--wait", "outer.sh", harness.binary())
    assert user("job", "output", outer) == "step 0 of 2\nstep 1 of 2"
    inner = user("jobs", "-a", "-R", "--name=inner", "--no-header", "-o", "{id}")
    assert user.sees(inner)["ntasks"] == 2 and user.sees(inner)["within"] == outer and user.sees(outer)["ntasks"] == 1
    assert user.span(outer)[0] < user.span(inner)[0] < user.span(inner)[1] < user.span(outer)[1]
