"""`sluice bulksubmit`, and what it shares with `sluice submit`: copies, and what is waited for."""
import json
import os
import pty
import re
import subprocess

import harness


def test_each_input_is_a_job(broker, owner):
    done = broker.run("bulksubmit", "--wait", "--job-name=each-{seq1}", "sh", "-c", "echo in {}", input="a\nb c\n\n")
    ids = done.stdout.split()
    assert done.returncode == 0 and len(ids) == 2 and not done.stderr, done
    assert [owner.get(f"/v1/jobs/{job}").json["name"] for job in ids] == ["each-1", "each-2"]
    assert [broker.run("job", "output", job).stdout for job in ids] == ["in a\n", "in b c\n"]


def test_lists_are_combined_and_linked(broker, tmp_path):
    (tmp_path / "list").write_text("x\ny\n")

    def preview(*words, **options):
        done = broker.run("bulksubmit", "--dry-run", *words, **options)
        assert done.returncode == 0, done
        return [line.removeprefix("bulksubmit: submit ") for line in done.stdout.splitlines()]

    assert preview("echo", "{1}", "{0}", ":::", "1", "2", ":::", "3", "4") == ["echo 3 1", "echo 4 1", "echo 3 2", "echo 4 2"]
    assert preview("echo", "{0}", "{1}", ":::", "1", "2", ":::+", "3", "4") == ["echo 1 3", "echo 2 4"]
    assert preview("::::", str(tmp_path / "list")) == ["x", "y"]
    assert preview("-n{1}", "w", "{0}", "::::", "-", "::::+", str(tmp_path / "list"), input="1 2 3") == ["-nx w '1 2 3'"]
    assert preview("--sep=none", "w{}", input="1 2\t3\n") == ["w1", "w2", "w3"]
    shuffled = preview("--shuffle", "w{}", "{seq}", ":::", *map(str, range(50)))
    assert sorted(shuffled) == sorted(f"w{n} {n}" for n in range(50)) and shuffled != sorted(shuffled)
    lines = broker.run("bulksubmit", "--dry-run", "--json", "--env=-*", "-n{}", "w", ":::", "1", "2").stdout.splitlines()
    assert [json.loads(line)["ntasks"] for line in lines] == [1, 2]


def test_a_refused_input_is_named_and_hinders_no_other(broker):
    done = broker.run("bulksubmit", "--wait", "-n{0}", "sh", "-c", "exit {1}",
                      ":::", "1", "many", "1000", ":::", "0", "3")
    assert done.returncode == 1 and len(done.stdout.split()) == 2, done
    told = done.stderr.splitlines()
    assert [line.split(": ")[0] for line in told[:4]] == ["many 0", "many 3", "1000 0", "1000 3"], told
    assert "'many' is no number" in told[0] and "room for 32" in told[2]
    assert "4 of 6 jobs were not taken" in done.stderr
    none = broker.run("bulksubmit", "-n{}", "true", ":::", "x", "y")
    assert none.returncode == 1 and not none.stdout and "2 of 2 jobs" in none.stderr
    for wrong in (["w{2}", ":::", "a"], ["--cc=x", "w", ":::", "a"], [":::"], ["--", "-w", "::::"]):
        assert broker.run("bulksubmit", *wrong).returncode == 64, wrong
    assert broker.run("bulksubmit", "w", input="").returncode == 1
    assert "cannot be opened" in broker.run("bulksubmit", "w", "::::", "/nowhere").stderr


def test_shuffled_ids_are_in_the_order_of_the_inputs(broker, owner):
    done = broker.run("bulksubmit", "--shuffle", "--bcc=0-1", "--wait", "true", "{}", ":::", *map(str, range(20)))
    ids = done.stdout.split()
    words = [owner.get(f"/v1/jobs/{job}/jobspec").json["tasks"][0]["command"][1] for job in ids]
    assert done.returncode == 0 and words == [str(number) for number in range(20) for _ in range(2)], done


def test_copies_know_their_number(broker, owner):
    for option, rules, expected in (
        ("--cc", [], {"3 3", "5 5"}), ("--bcc", [], {"3 3", "5 5"}), ("--cc", ["--env=FLUX_JOB_CC=own"], {"own 3", "own 5"}),
    ):
        done = broker.run("submit", f"{option}=3,5", *rules, "--watch", "sh", "-c", "echo \"$FLUX_JOB_CC\" {cc}")
        ids = done.stdout.splitlines()[:2]
        assert done.returncode == 0 and set(done.stdout.splitlines()[2:]) == expected, done
        assert [owner.get(f"/v1/jobs/{job}").json["cc"] for job in ids] == [3, 5]
    # Copies that differ in nothing else are one document.
    same = broker.run("submit", "--cc=0-2", "--watch", "sh", "-c", "echo $FLUX_JOB_CC").stdout.splitlines()
    assert sorted(same[3:]) == ["0", "1", "2"]
    assert broker.run("bulksubmit", "--cc=0-1", "--watch", "sh", "-c", "exit {}", ":::", "0", "4").returncode == 4
    too_many = broker.run("bulksubmit", "--watch", "--cc=0-9", "true", input="\n".join("1234567"))
    assert too_many.returncode == 64 and "at most 64" in too_many.stderr


def test_ids_are_printed_where_they_are_wanted(broker, tmp_path):
    assert not broker.run("submit", "--quiet", "true").stdout
    assert not broker.run("bulksubmit", "--quiet", "--json", "true", ":::", "1").stdout
    assert len(json.loads(broker.run("bulksubmit", "--json", "true", ":::", "1", "2").stdout)["ids"]) == 2
    log = tmp_path / "log"
    done = broker.run("submit", f"--log={log}", "--watch", "echo", "logged")
    assert done.returncode == 0 and not done.stdout
    assert re.fullmatch(r"f\w+\nlogged\n", log.read_text()), log.read_text()
    assert broker.run("submit", "--log=/nowhere/log", "true").returncode == 1


def test_an_event_is_waited_for(broker, owner):
    started = broker.run("submit", "--wait-event=start", "sleep", "60")
    job = started.stdout.strip()
    assert started.returncode == 0 and owner.get(f"/v1/jobs/{job}").json["state"] == "RUN"
    several = broker.run("submit", "--bcc=0-2", "--wait-event=start", "sleep", "60")
    jobs = several.stdout.split()
    assert several.returncode == 0 and {owner.get(f"/v1/jobs/{job}").json["state"] for job in jobs} == {"RUN"}
    for each in [job, *jobs]:
        owner.post(f"/v1/jobs/{each}/cancel")
    assert broker.run("submit", "--wait-event=clean", "sh", "-c", "exit 3").returncode == 3
    for words in (["submit"], ["submit", "--cc=0-1"]):
        missed = broker.run(*words, "--wait-event=nonsense", "true")
        assert missed.returncode == 1 and "ended without nonsense" in missed.stderr, missed


def test_a_signal_comes_before_the_time_limit(broker):
    done = broker.run("run", "-t", "4s", "--signal=USR1@3s", "sh", "-c", "trap 'echo warned; exit 0' USR1; while :; do sleep 0.1; done")
    assert (done.returncode, done.stdout) == (0, "warned\n"), done


def test_files_and_rules_come_along(broker, tmp_path):
    tool, rules = tmp_path / "tool", tmp_path / "rules"
    tool.write_text("#!/bin/sh\necho tool with $COLOUR\n")
    tool.chmod(0o755)
    rules.write_text("# what it needs\n-*\nPATH\nCOLOUR=blue\n")
    done = broker.run("run", f"--add-file={tool}", f"--add-file=other={tool}", f"--env=^{rules}", "sh", "-c",
                      "{{tmpdir}}/tool; {{tmpdir}}/other; env | grep -c ^HOME=")
    assert done.stdout.splitlines() == ["tool with blue", "tool with blue", "0"], done
    assert broker.run("run", "--add-file=/nowhere", "true").returncode == 64


def test_a_hundred_thousand_inputs(fresh):
    broker = fresh(nodes=1)
    inputs = "\n".join(map(str, range(100_000)))
    begin = harness.time.monotonic()
    done = broker.run("bulksubmit", "--urgency=hold", "--env=-*", "work", "{}", input=inputs)
    seconds = harness.time.monotonic() - begin
    ids = done.stdout.split()
    assert done.returncode == 0 and len(set(ids)) == 100_000
    client = broker.client()
    for number in 0, 1_000, 99_999:
        assert client.get(f"/v1/jobs/{ids[number]}/jobspec").json["tasks"][0]["command"] == ["work", str(number)]
    # A machine under load is slow; a minute would mean that something is quadratic.
    assert seconds < 60


def test_progress_is_drawn_on_a_terminal(broker):
    parent, child = pty.openpty()
    command = [harness.binary(), "bulksubmit", "--progress", "--jps", "--wait", "--quiet", "true", ":::", "1", "2", "3"]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=child,
        env={**os.environ, "SLUICE_STATE": broker.state})
    os.close(child)
    text = b""
    while True:
        try:
            piece = os.read(parent, 4096)
        except OSError:
            break
        if not piece:
            break
        text += piece
    os.close(parent)
    assert process.wait() == 0
    assert b"Submitting 3 jobs: |" in text and b"CD:3 F:0 |" in text and b"job/s" in text, text
