"""The key-value store from the command line: what a script types, and what it can rely on."""
import contextlib
import json
import os
import random
import subprocess
import time
import uuid

import pytest

import harness
from kvs import Space, put_of

MEBIBYTE = 1 << 20


class Shell:
    """Types commands at a broker, in one namespace."""

    def __init__(self, broker, namespace):
        self.broker, self.namespace = broker, namespace

    def environment(self, **more):
        settings = {name: value for name, value in os.environ.items() if not name.startswith(("SLUICE_", "FLUX_"))}
        return {**settings, "SLUICE_STATE": self.broker.state, "SLUICE_KVS_NAMESPACE": self.namespace, **more}

    def start(self, *arguments, stdin=subprocess.DEVNULL, **more):
        return subprocess.Popen(
            [harness.binary(), *map(str, arguments)], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.environment(**more))

    def kvs(self, *arguments, status=0, input=None, **more):
        """What it printed, as bytes."""
        return self.run("kvs", *arguments, status=status, input=input, **more)

    def run(self, *arguments, status=0, input=None, **more):
        done = subprocess.run(
            [harness.binary(), *map(str, arguments)], input=input, capture_output=True, timeout=harness.PATIENCE,
            check=False, env=self.environment(**more), **({} if input is not None else {"stdin": subprocess.DEVNULL}))
        assert done.returncode == status, (arguments, done.returncode, done.stdout[:400], done.stderr[-1000:])
        self.errors = done.stderr.decode()
        return done.stdout

    def text(self, *arguments, **options):
        return self.kvs(*arguments, **options).decode()

    @contextlib.contextmanager
    def watching(self, *arguments):
        """A watch under way, from now on; its lines."""
        process = self.start("kvs", "watch", *arguments)
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


def shell_of(broker):
    name = f"shell-{uuid.uuid4().hex[:8]}"
    shell = Shell(broker, name)
    shell.kvs("namespace", "create", name)
    return shell


@pytest.fixture
def shell(broker):
    return shell_of(broker)


def finished(process, status=0):
    output, errors = process.communicate(timeout=harness.PATIENCE)
    assert process.returncode == status, (process.args, process.returncode, output[-400:], errors[-1000:])
    return output.decode()


def lines(process, count):
    return [process.stdout.readline().decode().rstrip("\n") for _ in range(count)]


def awaited(condition, seconds=harness.PATIENCE):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# MARK: values

def test_values_come_back_byte_for_byte(shell):
    generator = harness.seed("values")
    for size in (0, 1, 16_385, MEBIBYTE, MEBIBYTE + 1, 5 * MEBIBYTE + 3):
        data = generator.randbytes(size)
        shell.kvs("put", "k", "-", input=data)
        assert shell.kvs("get", "k") == data, size
        assert json.loads(shell.kvs("get", "--json", "k"))["kind"] == ("blob" if size > MEBIBYTE else "value")
    every_byte = bytes(range(256))
    shell.kvs("put", "k", "-", input=every_byte)
    assert shell.kvs("get", "k") == every_byte


def test_files_are_read_where_they_are_and_keep_their_type(shell, tmp_path):
    data = random.Random(1).randbytes(3 * MEBIBYTE)
    (tmp_path / "large").write_bytes(data)
    shell.kvs("put", "--type", "application/x-hdf5", "--file", tmp_path / "large", "a.file")
    assert shell.kvs("get", "a.file") == data
    assert json.loads(shell.kvs("get", "--json", "a.file"))["media_type"] == "application/x-hdf5"
    shell.kvs("put", "--file", tmp_path / "missing", "b", status=1)
    assert "missing" in shell.errors


def test_several_values_are_one_commit(shell):
    revision = int(shell.kvs("put", "-s", "a.b=1", "a.c=x=y", "empty="))
    assert shell.text("get", "--label", "a.b", "a.c", "empty") == "a.b=1\na.c=x=y\nempty=\n"
    for key in ("a.b", "a.c", "empty"):
        assert json.loads(shell.kvs("get", "--json", key))["revision"] == revision
    shell.kvs("put", "a.b=2", "a.b.c=3", status=1)
    assert shell.text("get", "--at", revision, "a.b") == "1" and shell.text("get", "a.b") == "1"
    assert shell.text("get", "a.b", "nothing", status=1) == "1\n"
    assert "nothing: there is no such key" in shell.errors


def test_a_write_under_a_condition_that_does_not_hold_changes_nothing(shell):
    shell.kvs("put", "--no-clobber", "lock=one", "other=1")
    shell.kvs("put", "--no-clobber", "fresh=2", "lock=two", status=1)
    assert shell.text("get", "lock") == "one"
    shell.kvs("get", "fresh", status=1)
    revision = shell.text("put", "-s", "n=1").strip()
    shell.kvs("put", "--if-revision", revision, "n=2")
    shell.kvs("put", "--if-revision", revision, "n=3", status=1)
    assert shell.text("get", "n") == "2"


def test_json_is_checked_before_it_is_stored(shell):
    shell.kvs("put", "--json", 'j={"a": [1, 2.5, null]}')
    answer = json.loads(shell.kvs("get", "--json", "j"))
    assert answer["media_type"] == "application/json" and json.loads(answer["value"]) == {"a": [1, 2.5, None]}
    shell.kvs("put", "--json", "j=[1,", status=64)
    assert json.loads(shell.kvs("get", "j")) == {"a": [1, 2.5, None]}


def test_appends_of_many_stay_whole(shell):
    writers = [shell.start("kvs", "append", "log", f"{number:03}\n") for number in range(12)]
    for writer in writers:
        finished(writer)
    assert sorted(shell.text("get", "log").split()) == [f"{number:03}" for number in range(12)]
    shell.kvs("append", "log", "-", input=b"\x00\xff")
    assert shell.kvs("get", "log").endswith(b"\x00\xff")


# MARK: directories and links

def test_directories_are_listed_as_people_expect(shell):
    shell.kvs("put", "run.1.a=x", "run.1.b=two\nlines", "run.2.a=y", "top=1")
    shell.kvs("mkdir", "void.inner")
    shell.kvs("link", "run.1", "latest")
    assert shell.text("ls").split() == ["latest", "run", "top", "void"]
    assert shell.text("ls", "run.1").split() == ["a", "b"]
    assert shell.text("ls", "-R", "run").split() == ["run.1.a", "run.1.b", "run.2.a"]
    assert shell.text("ls", "-F").split() == ["latest@", "run.", "top", "void."]
    assert shell.text("ls", "top") == "top\n"
    assert shell.text("ls", "void.inner") == ""
    shell.kvs("ls", "absent", status=1)
    assert shell.text("dir", "run.1") == "run.1.a = x\nrun.1.b = two\\nlines\n"
    assert "latest -> run.1\n" in shell.text("dir")
    kinds = {row.split()[-1]: row.split()[0] for row in shell.text("ls", "-l").splitlines()[1:]}
    assert kinds["top"] == "value" and kinds["run"] == kinds["void"] == "directory"
    assert shell.text("get", "latest.a") == "x"
    assert shell.text("readlink", "latest") == "run.1\n"
    shell.kvs("readlink", "top", status=1)


def test_a_long_list_is_read_to_its_end(shell):
    space = Space(shell.broker.client(), shell.namespace)
    for start in range(0, 2_500, 100):
        space.txn([put_of(f"d.k{number:04}", "v") for number in range(start, start + 100)])
    assert shell.text("ls", "d").split() == [f"k{number:04}" for number in range(2_500)]
    assert len(shell.text("dir", "d").splitlines()) == 2_500
    keys = [f"d.k{number:04}" for number in range(300)]
    assert shell.text("get", *keys) == "v\n" * 300


def test_removing_says_what_was_not_there(shell):
    shell.kvs("put", "a=1", "b=2", "d.x=3")
    shell.kvs("rm", "a", "nothing", status=1)
    assert "nothing: there is no such key" in shell.errors
    shell.kvs("get", "a", status=1)
    shell.kvs("rm", "-f", "nothing")
    shell.kvs("rm", "d", status=1)
    shell.kvs("rm", "-R", "d")
    shell.kvs("rm", ".", status=64)
    assert shell.text("ls") == "b\n"
    shell.kvs("rm", "--all")
    assert shell.text("ls") == ""


# MARK: transactions and waiting

def test_a_transaction_says_by_its_exit_code_which_branch_was_taken(shell):
    body = json.dumps({
        "compare": [{"key": "lock", "exists": False}],
        "then": [put_of("lock", "mine")], "else": [{"op": "get", "key": "lock"}]}).encode()
    assert json.loads(shell.kvs("txn", input=body))["succeeded"] is True
    second = json.loads(shell.kvs("txn", "-", input=body, status=1))
    assert second["succeeded"] is False and second["results"][0]["value"] == "mine"
    shell.kvs("txn", input=b"{", status=1)
    shell.kvs("txn", input=b'{"than": []}', status=1)
    assert "/than" in shell.errors or "than" in shell.errors


def test_only_one_of_many_gets_a_lock(shell):
    takers = [shell.start("kvs", "put", "--no-clobber", f"lock={number}") for number in range(12)]
    winners = [number for number, taker in enumerate(takers) if taker.wait(harness.PATIENCE) == 0]
    for taker in takers:
        taker.communicate()
    assert len(winners) == 1 and shell.text("get", "lock") == str(winners[0])


def test_waiting_for_a_key(shell):
    waiter = shell.start("kvs", "wait", "results.final")
    blob = shell.start("kvs", "get", "-W", "large")
    shell.kvs("put", "results.other=1")
    shell.kvs("put", "results.final=42")
    assert finished(waiter) == "42"
    shell.kvs("put", "large", "-", input=b"x" * (MEBIBYTE + 1))
    assert finished(blob) == "x" * (MEBIBYTE + 1)
    assert shell.text("wait", "results.final") == "42"
    shell.kvs("wait", "--timeout", "0.2s", "never", status=1)


def test_a_fence_commits_what_all_brought(shell):
    parties = [
        shell.start("kvs", "fence", "--size", "4", "--json", "--participant", str(rank), "meet", f"from.{rank}={rank}")
        for rank in range(3)]
    shell.kvs("fence", "--size", "4", "--timeout", "0.3s", "--participant", "0", "meet", "from.0=0", status=1)
    assert "3 of 4" in shell.errors
    assert shell.text("ls") == ""
    last = json.loads(shell.kvs("fence", "--size", "4", "--json", "meet", '[{"op": "append", "key": "log", "value": "x"}]'))
    assert {json.loads(finished(party))["revision"] for party in parties} == {last["revision"]}
    assert shell.text("get", "from.0", "from.1", "from.2", "log") == "0\n1\n2\nx\n"
    again = json.loads(shell.kvs("fence", "--size", "4", "--json", "--participant", "0", "meet"))
    assert again["revision"] == last["revision"], "who asks again hears of its own round"
    shell.kvs("fence", "--size", "4", "--timeout", "0.3s", "meet", status=1)
    assert "1 of 4" in shell.errors, "the name is free for the next round"


def test_a_barrier_lets_all_go_at_once(shell):
    name = f"b-{uuid.uuid4().hex}"
    parties = [shell.start("barrier", "--size", "3", name) for _ in range(2)]
    time.sleep(0.3)
    assert all(party.poll() is None for party in parties)
    shell.run("barrier", "-n", "3", name)
    for party in parties:
        finished(party)


def test_a_barrier_outlasts_the_broker(fresh):
    broker = fresh(nodes=1)
    shell = shell_of(broker)
    party = shell.start("barrier", "--size", "3", "restart")
    probe = {"size": 3, "participant": "probe"}
    awaited(lambda: broker.client().post("/v1/barriers/restart?timeout=0", probe).json["arrived"] == 2)
    broker.kill()
    broker.start()
    shell.run("barrier", "--size", "3", "restart")
    finished(party)


# MARK: watching

def test_a_watch_shows_every_change_on_a_line(shell):
    revision = int(shell.kvs("put", "-s", "run.a=zero"))
    with shell.watching("--prefix", "run", "--initial") as watch:
        # From here on it watches.
        assert lines(watch, 1) == [f"{revision} put run.a zero"]
        first = int(shell.kvs("put", "-s", "run.a=one", "run.b=two\nlines"))
        second = int(shell.kvs("append", "-s", "run.a", ",more"))
        third = int(shell.kvs("rm", "-s", "-R", "run"))
        assert revision < first < second < third
        assert lines(watch, 5) == [
            f"{first} put run.a one", f"{first} put run.b two\\nlines", f"{second} append run.a ,more",
            f"{third} delete run.a", f"{third} delete run.b"]
    again = shell.start("kvs", "watch", "--since", first, "--count", "2", "run.a")
    assert finished(again).splitlines() == [f"{second} append run.a ,more", f"{third} delete run.a"]


def test_following_a_log_prints_its_bytes_alone(shell):
    shell.kvs("put", "log=begin\n")
    with shell.watching("--append", "--initial", "log") as tail:
        assert lines(tail, 1) == ["begin"]
        shell.kvs("append", "log", "one\n")
        shell.kvs("append", "log", "two\n")
        shell.kvs("put", "log=anew\n")
        assert lines(tail, 3) == ["one", "two", "anew"]


def test_a_watch_misses_nothing_while_the_broker_restarts(fresh):
    broker = fresh(nodes=1)
    shell = shell_of(broker)
    shell.kvs("put", "k=0")
    with shell.watching("--json", "--initial") as watch:
        seen = [json.loads(lines(watch, 1)[0])]
        assert seen[0]["initial"] is True and seen[0]["changes"][0]["value"] == "0"
        revisions = []
        for round_number in range(3):
            # A commit of more changes than one event carries.
            space = Space(broker.client(), shell.namespace)
            body = [put_of(f"many.{round_number}.k{number}", "v") for number in range(128)]
            revisions.append(space.txn(body).json["revision"])
            revisions.append(int(shell.kvs("rm", "-s", "-R", f"many.{round_number}")))
            broker.kill()
            broker.start()
            revisions.append(int(shell.kvs("put", "-s", f"k={round_number}")))
        told = [json.loads(line) for line in lines(watch, len(revisions))]
        assert [commit["revision"] for commit in told] == revisions
        assert [len(commit["changes"]) for commit in told] == [128, 128, 1] * 3


def test_the_watch_of_a_removed_namespace_ends(shell):
    with shell.watching("--initial") as watch:
        shell.kvs("put", "a=1")
        assert lines(watch, 1)[0].endswith("put a 1")
        shell.kvs("namespace", "remove", shell.namespace)
        assert watch.wait(harness.PATIENCE) == 1
        assert b"was removed" in watch.stderr.read()


# MARK: namespaces, history, proofs

def test_a_copy_begins_as_a_revision_of_the_past(shell):
    name = shell.namespace
    revision = shell.text("put", "-s", "a=old").strip()
    shell.kvs("put", "a=new")
    shell.kvs("namespace", "copy", "--at", revision, name, f"{name}-2")
    assert shell.text("get", "-N", f"{name}-2", "a") == "old" and shell.text("get", "a") == "new"
    shell.kvs("namespace", "set", "--max-keys", "1", f"{name}-2")
    shell.kvs("put", "-N", f"{name}-2", "b=1", status=1)
    assert "quota" in shell.errors
    assert f"{name}-2" in shell.text("namespace", "list")
    assert json.loads(shell.kvs("namespace", "show", "--json", f"{name}-2"))["quota"]["keys"] == 1
    shell.kvs("namespace", "remove", f"{name}-2")
    shell.kvs("ls", "-N", f"{name}-2", status=1)


def test_a_proof_is_checked_before_a_value_is_believed(shell):
    data = random.Random(2).randbytes(100_000)
    shell.kvs("put", "d.small=1", "d.more=2", "e=3")
    shell.kvs("put", "d.large", "-", input=data)
    shell.kvs("put", "d.blob", "-", input=data * 12)
    shell.kvs("link", "d.small", "link")
    root = shell.text("getroot", "-b").strip()
    assert shell.kvs("get", "--proof", "d.small") == b"1"
    assert "proved: 'd.small' holds this" in shell.errors and root in shell.errors
    assert shell.kvs("get", "--proof", "--root", root, "d.large") == data
    assert shell.kvs("get", "--proof", "--root", root, "d.blob") == data * 12
    assert shell.kvs("get", "--proof", "--root", root, "link") == b"1"
    assert "proved: 'd.small', to which 'link' leads" in shell.errors
    assert shell.kvs("get", "--proof", "--no-follow", "--root", root, "link") == b"d.small"
    shell.kvs("put", "e=4")
    assert shell.kvs("get", "--proof", "--root", root, "e", status=1) == b""
    assert "does NOT hold" in shell.errors
    shell.kvs("get", "--proof", "--root", "sha256-0", "e", status=1)


def test_help_reads_like_documentation(shell):
    for command in ("get", "put", "append", "ls", "dir", "rm", "mkdir", "link", "readlink", "txn", "watch", "wait",
                    "fence", "namespace", "getroot"):
        text = shell.text(command, "--help")
        assert "EXAMPLE" in text and f"sluice kvs {command}" in text, command
    assert "EXAMPLE" in shell.run("barrier", "--help").decode()
    assert shell.text("ls", "--namespace", "no-such-namespace", status=1) == ""
    shell.kvs("get", "..", status=1)


# MARK: the example

def test_the_steering_example_finds_its_minimum():
    script = harness.REPOSITORY / "docs" / "examples" / "steering" / "run.sh"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SLUICE_", "FLUX_"))}
    done = subprocess.run(
        [str(script)], env={**environment, "SLUICE_BINARY": str(harness.binary())}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=2 * harness.PATIENCE, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr)
    found = [float(line.split()[-1]) for line in done.stdout.splitlines() if line.startswith("minimum near")]
    # Where the potential of `simulate` has its minimum.
    assert len(found) == 1 and abs(found[0] - 0.7414) < 0.003, done.stdout
    generations = [line for line in done.stdout.splitlines() if line.startswith("generation ")]
    energies = [float(line.rpartition(" ")[2]) for line in generations]
    assert len(energies) >= 3 and energies == sorted(energies, reverse=True), done.stdout
