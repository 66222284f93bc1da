"""Commands as people see them: the full screen in a real terminal, jobs watched, command lines completed."""
import json
import os
import shlex
import shutil
import subprocess
import time
import uuid

import pytest

import harness
from harness import binary, until

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux")


class Terminal:
    """A terminal of 100 columns and 30 lines, in a tmux server of its own."""

    def __init__(self, broker, command):
        self.socket = f"sluice-test-{uuid.uuid4().hex[:8]}"
        line = " ".join(map(shlex.quote, [str(binary()), *command]))
        self.tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", "-e", f"SLUICE_STATE={broker.state}",
            "-e", "LC_ALL=C.UTF-8", f"{line}; echo left with $?; exec sleep 60")

    def tmux(self, *arguments):
        return subprocess.run(
            ["tmux", "-L", self.socket, *arguments], check=True, capture_output=True, text=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout

    def text(self):
        return self.tmux("capture-pane", "-p")

    def shows(self, *wanted):
        until(lambda: all(text in self.text() for text in wanted), what=f"{wanted} on the screen")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")


@needs_tmux
def test_top_draws_what_runs_and_leaves_the_terminal_as_it_was(fresh):
    broker = fresh(nodes=2, cores=4)
    client = broker.client()
    running = [client.submit({"command": ["sleep", "600"], "name": f"runs-{number}"})["id"] for number in range(3)]
    client.submit({"command": ["sleep", "600"], "urgency": 0, "name": "waits"})
    for job in running:
        client.wait(job, "run")
    with Terminal(broker, ["top", "-d", "0.2"]) as terminal:
        terminal.shows("sluice top", "runs-2", "waits", "3/8", "running 3", "pending 1", "JOBID")
        # What changes shows by itself.
        client.post(f"/v1/jobs/{running[0]}/cancel")
        terminal.shows("running 2", "2/8", "ended 1 (1 not completed)")
        assert "runs-0" not in terminal.text()
        # The list scrolls, and the window may change its size.
        terminal.keys("Down", "Down", "Down", "Down", "Down")
        until(lambda: "runs-2" not in terminal.text(), what="the list's end")
        assert "waits" in terminal.text()
        terminal.keys("k", "k", "k")
        terminal.shows("runs-2")
        terminal.tmux("resize-window", "-x", "60", "-y", "8")
        until(lambda: max(map(len, terminal.text().splitlines())) <= 60 and "sluice top" in terminal.text())
        terminal.keys("q")
        terminal.shows("left with 0")
        assert "sluice top" not in terminal.text()
        assert terminal.tmux("display-message", "-p", "#{cursor_flag} #{alternate_on}").split() == ["1", "0"]


@needs_tmux
def test_top_outlasts_a_broker_that_is_away(fresh):
    broker = fresh(nodes=1)
    with Terminal(broker, ["top", "-d", "0.2"]) as terminal:
        terminal.shows("running 0")
        broker.kill()
        until(lambda: "running 0" not in terminal.text(), what="the trouble")
        broker.start()
        terminal.shows("running 0")
        terminal.keys("C-c")
        terminal.shows("left with 0")


def test_top_prints_one_picture_where_there_is_no_terminal(broker):
    done = broker.run("top")
    assert done.returncode == 0 and done.stdout.startswith("sluice top") and "\x1b" not in done.stdout


def test_watch_follows_several_jobs_and_exits_as_the_worst(broker, owner):
    jobs = [
        owner.submit({"command": ["sh", "-c", f"echo one {code}; sleep 0.3; echo two {code}; exit {code}"]})["id"]
        for code in (0, 5, 2)]
    done = broker.run("watch", "-l", *jobs)
    assert done.returncode == 5, done
    expected = [f"{job} 0: {word} {code}" for job, code in zip(jobs, (0, 5, 2)) for word in ("one", "two")]
    assert sorted(done.stdout.splitlines()) == sorted(expected)
    assert f"{jobs[0]}: completed" in done.stderr and f"{jobs[1]}: failed: exit code 5" in done.stderr


def test_job_wait_waits_for_all_and_exits_as_the_worst(broker, owner):
    jobs = [owner.submit({"command": ["sh", "-c", f"sleep 0.{code}; exit {code}"]})["id"] for code in (3, 1)]
    done = broker.run("job", "wait", "--json", *jobs)
    assert done.returncode == 3 and [json.loads(line)["id"] for line in done.stdout.splitlines()] == jobs, done
    assert broker.run("job", "wait", jobs[0], "f2oLkT7hdZZm").returncode == 1
    assert json.loads(broker.run("job", "status", "--json", jobs[1]).stdout)["exit_code"] == 1


def test_watch_takes_what_is_active(broker):
    user = broker.issue("watcher")
    token = harness.pathlib.Path(broker.folder, "watcher.token")
    token.write_text(user["token"])
    client = broker.client(token=user["token"])
    for number in range(2):
        client.submit({"command": ["sh", "-c", f"sleep 0.5; echo active {number}"]})
    done = broker.run(
        "watch", "--active", "--uri", broker.uri, "--token-file", str(token), "--ca-file", f"{broker.state}/ca.pem")
    assert done.returncode == 0 and sorted(done.stdout.splitlines()) == ["active 0", "active 1"], done


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_that_shell(broker, shell, tmp_path):
    done = broker.run("completion", shell)
    assert done.returncode == 0 and "sluice" in done.stdout and "history" in done.stdout
    if shutil.which(shell):
        script = tmp_path / "completion"
        script.write_text(done.stdout)
        subprocess.run([shell, "-n", str(script)], check=True)


def test_completion_completes(broker, tmp_path):
    script = tmp_path / "completion"
    script.write_text(broker.run("completion", "bash").stdout)
    ask = f"""
        source {script}
        COMP_WORDS=(sluice hist) COMP_CWORD=1 COMP_LINE='sluice hist' COMP_POINT=11
        $(complete -p sluice | sed 's/.*-F \\([^ ]*\\).*/\\1/') sluice hist sluice
        echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=False)
    assert "history" in done.stdout.split(), done
