"""Programs of the instance around jobs: prolog, epilog and housekeeping."""
import json
import pathlib
import signal
import time

from harness import until

BEGIN = ["submit", "validate", "depend", "priority", "alloc", "prolog-start"]
END = ["epilog-start", "epilog-finish", "release", "free", "clean"]


class Programs:
    """A broker with three nodes of one core, and programs that do what files beside them say."""

    def __init__(self, fresh, folder, **sections):
        self.folder = folder
        self.settings = folder / "sluice.toml"
        self.write(**sections)
        self.broker = fresh(nodes=3, cores=1, options=("--config", str(self.settings)))
        self.owner = self.broker.client()

    def write(self, **sections):
        self.settings.write_text("\n".join(
            f"[{name}]\ncommand = {json.dumps(command)}\ntimeout = \"{timeout}\""
            for name, (command, timeout) in sections.items()))

    def run(self, *command, **fields):
        return self.owner.submit({"command": list(command), **fields})["id"]

    def events(self, job):
        lines = self.owner.get(f"/v1/jobs/{job}/eventlog").body.decode().splitlines()
        return [event["name"] for event in map(json.loads, lines)]

    def drained(self):
        return {node["name"]: node["drain"]["reason"] for node in self.owner.get("/v1/nodes").json["items"]
                if node["drain"]}

    def free(self):
        return sum(node["resources"]["core"]["free"] for node in self.owner.get("/v1/nodes").json["items"])

    def restart(self):
        self.broker.start()
        self.owner = self.broker.client()


def script(folder, name, body):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return [str(path)]


def waits_for(folder, name):
    """Says that it began, and ends when a file is there."""
    return script(folder, name, f"touch {folder}/{name}-runs\nwhile ! [ -e {folder}/{name}-may-end ]; do sleep 0.05; done")


def test_tasks_wait_for_the_prolog_and_resources_for_the_rest(fresh, tmp_path):
    report = f"env > {tmp_path}/seen-by-$SLUICE_STAGE\necho $SLUICE_STAGE >> {tmp_path}/order"
    site = Programs(
        fresh, tmp_path, prolog=(script(tmp_path, "prolog", report), "1m"),
        epilog=(script(tmp_path, "epilog", report), "1m"), housekeeping=(waits_for(tmp_path, "housekeeping"), "1m"))
    job = site.run("sh", "-c", f"echo tasks >> {tmp_path}/order; exit 3", env={"LD_PRELOAD": "", "BASH_ENV": "/evil"})
    ended = site.owner.wait(job)
    assert ended["result"] == "FAILED" and ended["exit_code"] == 3, ended
    assert site.events(job) == BEGIN + ["prolog-finish", "start", "finish"] + END
    assert (tmp_path / "order").read_text().split() == ["prolog", "tasks", "epilog"]
    seen = dict(line.split("=", 1) for line in (tmp_path / "seen-by-epilog").read_text().splitlines())
    assert seen["SLUICE_JOB_ID"] == job and seen["SLUICE_JOB_STATUS"] == str(3 << 8), seen
    assert seen["SLUICE_JOB_RANKS"] == "0" and seen["SLUICE_ATTEMPT"] == "1" and seen["SLUICE_JOB_HOSTS"]
    assert not {"BASH_ENV", "LD_PRELOAD"} & set(seen), "nothing of the job's environment"
    # The job is over, but its core is nobody else's before the housekeeping has ended.
    until(lambda: (tmp_path / "housekeeping-runs").exists(), what="the housekeeping")
    assert site.free() == 2
    held = site.owner.get("/v1/allocations").json["items"]
    assert [(one["state"], one["note"]) for one in held] == [("housekeeping", f"after {job}")], held
    assert held[0]["start"] < held[0]["expiration"] and held[0]["R"]["execution"]["R_lite"], held
    assert site.owner.get(f"/v1/allocations/{held[0]['id']}").json == held[0]
    assert site.owner.call("DELETE", f"/v1/allocations/{held[0]['id']}").status == 409
    (tmp_path / "housekeeping-may-end").touch()
    until(lambda: site.free() == 3, what="the end of the housekeeping")
    assert site.drained() == {}


def test_a_prolog_that_fails_ends_its_job_and_drains_its_node(fresh, tmp_path):
    site = Programs(
        fresh, tmp_path, prolog=(script(tmp_path, "prolog", f"[ -e {tmp_path}/good ] || exit 7"), "1m"),
        epilog=(["/bin/true"], "1m"))
    job = site.run("touch", str(tmp_path / "ran"))
    ended = site.owner.wait(job)
    assert ended["result"] == "FAILED" and not (tmp_path / "ran").exists()
    assert ended["exception"]["type"] == "prolog" and "exited with code 7" in ended["exception"]["note"], ended
    assert site.events(job) == BEGIN + ["prolog-finish", "exception", "finish"] + END
    (node, reason), = site.drained().items()
    assert reason == f"prolog of job {job} exited with code 7"
    (tmp_path / "good").touch()
    assert site.owner.wait(site.run("true"))["result"] == "COMPLETED", "the other nodes work"
    assert site.broker.run("resource", "undrain", node).returncode == 0
    assert site.drained() == {}


def test_a_program_that_is_missing_or_takes_too_long_has_failed(fresh, tmp_path):
    site = Programs(fresh, tmp_path, epilog=(["/bin/sleep", "60"], "0.3s"), housekeeping=([str(tmp_path / "no")], "1m"))
    job = site.run("true")
    assert site.owner.wait(job)["result"] == "COMPLETED", "the job has nothing to do with it"
    reason, = until(site.drained, what="the drain").values()
    assert reason == f"epilog of job {job} took too long"
    with site.owner.stream("/v1/graph/events", since="1-0") as stream:
        *_, begun, ended = [event.json for event in stream.take(5)]
    assert begun["name"] == "housekeeping-begun" and ended["name"] == "housekeeping-ended"
    assert begun["job"] == ended["job"] == job and ended["status"] == 0, "it never ran"


def test_a_cancelled_prolog_is_ended_and_the_tasks_never_begin(fresh, tmp_path):
    site = Programs(fresh, tmp_path, prolog=(waits_for(tmp_path, "prolog"), "1m"), epilog=(["/bin/true"], "1m"))
    job = site.run("touch", str(tmp_path / "ran"))
    until(lambda: (tmp_path / "prolog-runs").exists(), what="the prolog")
    assert site.owner.get(f"/v1/jobs/{job}/explain").json["reason"] == "it has its resources, and its prolog runs on them"
    assert site.owner.post(f"/v1/jobs/{job}/cancel").status == 200
    assert site.owner.wait(job)["result"] == "CANCELED" and not (tmp_path / "ran").exists()
    assert site.events(job) == BEGIN + ["exception", "prolog-finish", "finish"] + END
    assert site.drained() == {} and site.free() == 3


def test_programs_outlive_the_broker_and_run_once(fresh, tmp_path):
    count = f"echo x >> {tmp_path}/count-$SLUICE_STAGE\n"
    stages = ("prolog", "epilog", "housekeeping")
    for stage in stages:
        script(tmp_path, stage, f"{count}while ! [ -e {tmp_path}/{stage}-may-end ]; do sleep 0.05; done")
    site = Programs(fresh, tmp_path, **{stage: ([str(tmp_path / stage)], "1m") for stage in stages})
    job = site.run("true")
    for stage in stages:
        until(lambda: (tmp_path / f"count-{stage}").exists(), what=stage)
        site.broker.kill()
        site.restart()
        assert site.free() == 2
        (tmp_path / f"{stage}-may-end").touch()
    until(lambda: site.free() == 3, what="the end of it all")
    assert site.owner.wait(job)["result"] == "COMPLETED" and site.drained() == {}
    assert [(tmp_path / f"count-{stage}").read_text() for stage in stages] == ["x\n"] * 3


def test_what_was_under_way_when_the_shepherd_died_is_looked_at_by_somebody(fresh, tmp_path):
    site = Programs(fresh, tmp_path, epilog=(waits_for(tmp_path, "epilog"), "1m"))
    job = site.run("true")
    until(lambda: (tmp_path / "epilog-runs").exists(), what="the epilog")
    site.broker.kill_shepherds()
    assert site.owner.wait(job)["result"] == "COMPLETED"
    reason, = until(site.drained, what="the drain").values()
    assert reason == f"epilog of job {job} was lost with its shepherd"


def test_a_job_that_would_be_repeated_can_be_cancelled_during_its_epilog(fresh, tmp_path):
    site = Programs(fresh, tmp_path, epilog=(waits_for(tmp_path, "epilog"), "1m"))
    job = site.run("false", max_attempts=2, retry={"on": ["exit:1"]})
    until(lambda: (tmp_path / "epilog-runs").exists(), what="the epilog")
    assert site.owner.get(f"/v1/jobs/{job}/explain").json["reason"] == "its tasks have ended, and its epilog runs"
    assert site.owner.post(f"/v1/jobs/{job}/cancel").status == 200
    (tmp_path / "epilog-may-end").touch()
    ended = site.owner.wait(job)
    assert ended["result"] == "CANCELED" and ended["attempt"] == 1


def test_programs_change_with_a_signal_and_mistakes_are_named(fresh, tmp_path):
    site = Programs(fresh, tmp_path, prolog=(["/bin/false"], "1m"))
    site.write(prolog=(["/bin/true"], "1m"))
    site.broker.process.send_signal(signal.SIGHUP)
    until(lambda: "read the settings again" in site.broker.log(), what="the new settings")
    job = site.run("true")
    assert site.owner.wait(job)["result"] == "COMPLETED"
    shown = site.broker.run("config", "show", str(site.settings)).stdout
    assert '[prolog]\ncommand = ["/bin/true"]\ntimeout = "1m"' in shown and "# [epilog]: none" in shown, shown
    for text, complaint in (
            ('[prolog]\ncommand = "/bin/true"', "list of texts"), ('[prolog]\ncommand = ["true"]', "absolute path"),
            ('[prolog]\ntimeout = "1m"', "list of texts"), ('[epilog]\ncommand = ["/x"]\ntimeout = "soon"', "30m"),
            ('[prologue]\ncommand = ["/x"]', "prolog"), ('[prolog]\ncommands = ["/x"]', "command")):
        site.settings.write_text(text)
        checked = site.broker.run("config", "check", str(site.settings))
        assert checked.returncode != 0 and complaint in checked.stderr, checked


def test_an_unfit_machine_takes_no_jobs_until_it_is_fit_again(fresh, tmp_path):
    check = script(tmp_path, "health", f"[ -e {tmp_path}/bad ] || exit 0\necho fan stopped\nexit 1")
    (tmp_path / "bad").touch()
    settings = tmp_path / "sluice.toml"
    settings.write_text(f'[health]\ncommand = {json.dumps(check)}\ninterval = "0.2s"\ntimeout = "5s"')
    broker = fresh(nodes=3, cores=1, options=("--config", str(settings)))
    owner = broker.client()

    def drains():
        return [node["drain"] and node["drain"]["reason"] for node in owner.get("/v1/nodes").json["items"]]

    until(lambda: drains() == ["health: fan stopped"] * 3, what="the drain")
    job = owner.submit({"command": ["true"]})["id"]
    (tmp_path / "bad").unlink()
    assert owner.wait(job)["result"] == "COMPLETED"
    assert drains() == [None] * 3
    node = owner.get("/v1/nodes").json["items"][1]["name"]
    assert broker.run("resource", "drain", node, "by hand").returncode == 0
    (tmp_path / "bad").touch()
    until(lambda: drains() == ["health: fan stopped", "by hand", "health: fan stopped"], what="the drain of the others")
    (tmp_path / "bad").unlink()
    until(lambda: drains() == [None, "by hand", None], what="the undrain of the others")
    slow = script(tmp_path, "slow", "sleep 60")
    settings.write_text(f'[health]\ncommand = {json.dumps(slow)}\ninterval = "0.2s"\ntimeout = "0.3s"')
    broker.stop()
    broker.start()
    owner = broker.client()
    until(lambda: "took more than 0.3 seconds" in (drains()[0] or ""), what="the drain for slowness")
    # One that closes its output and hangs is given up on in time, with what it started, and holds no stop up.
    silent = script(tmp_path, "silent", f"exec >&-\nsleep 61 & echo $! > {tmp_path}/child\nwait")
    settings.write_text(f'[health]\ncommand = {json.dumps(silent)}\ninterval = "0.2s"\ntimeout = "0.5s"')
    broker.stop()
    broker.start()
    owner = broker.client()
    first = owner.get("/v1/nodes").json["items"][0]["name"]
    assert broker.run("resource", "undrain", first).returncode == 0
    until(lambda: "silent: it took more than 0.5 seconds" in (drains()[0] or ""), what="the drain for silence")
    child = int((tmp_path / "child").read_text())
    settings.write_text(f'[health]\ncommand = {json.dumps(silent)}\ntimeout = "1h"')
    broker.stop()
    broker.start()
    until(lambda: int((tmp_path / "child").read_text() or child) != child, what="another check")
    begin = time.monotonic()
    broker.stop()
    assert time.monotonic() - begin < 5
    for child in child, int((tmp_path / "child").read_text()):
        until(lambda: not pathlib.Path(f"/proc/{child}").exists(), what="the end of what it started")
