#!/usr/bin/env python3
"""Kills a broker again and again under load, and demands everything that it had acknowledged.

usage: crash.py [--kills N] [--seed N] [--clients N]

Clients submit single jobs and bulks, with and without idempotency keys, real ones and mock ones, and cancel some;
each keeps a history of what was acknowledged, and repeats a keyed request whose answer was lost until it has one.
Others put, append and count in the key-value store.
Meanwhile the broker is ended by SIGKILL at random moments and at every named failpoint, the shepherd sometimes
too. Each real job appends `<job> <attempt> start` and `stop` to one file, so that a second execution of an attempt
shows. After each restart and at the end:

  every acknowledged key, line and count is there, once;
  every acknowledged job exists, with an eventlog that follows the rules; a key has one job;
  no attempt was executed twice; all jobs end; nothing stays allocated; the log passes its check and the auditor.

The run fails when its load was too small to prove anything.
"""
import argparse
import collections
import http.client
import os
import pathlib
import random
import re
import subprocess
import sys
import threading
import time
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "endtoend")]

import harness  # noqa: E402
from keyload import KeyLoad  # noqa: E402

# Where the broker, or the shepherd that it starts, can be told to die.
BROKER_FAILPOINTS = ["journal.beforeCommit", "journal.afterCommit", "journal.inCheckpoint", "snapshot.beforeRename", "snapshot.afterRename"]
SHEPHERD_FAILPOINTS = ["exec.beforeSpawn", "exec.afterSpawnBeforeReport", "finish.beforeReport"]
# A failpoint that is not passed in this time is given up, and the broker killed at a random moment.
FAILPOINT_PATIENCE = 6.0
# Promised: ready again after a crash.
READY_SECONDS = 5.0
ACKNOWLEDGED_PER_KILL = 20
LOST = (OSError, http.client.HTTPException, ValueError)


class History:
    """What clients were told, for one checker."""

    def __init__(self):
        self.lock = threading.Lock()
        self.jobs = {}  # id: name
        self.keys = {}  # key: id
        self.cancelled = set()
        self.unknown = 0
        self.problems = []

    def acknowledge(self, job, name, key=None):
        with self.lock:
            self.jobs[job] = name
            if key is not None and self.keys.setdefault(key, job) != job:
                self.problems.append(f"key {key} gave {self.keys[key]} and {job}")


class Load(threading.Thread):
    """One client of many kinds of requests."""

    def __init__(self, run, number):
        super().__init__(daemon=True)
        self.run_, self.random = run, random.Random(f"{run.options.seed}:{number}")
        self.number, self.count = number, 0

    def run(self):
        client = None
        while not self.run_.over.is_set():
            if not self.run_.is_up.wait(0.2):
                continue
            if client is None:
                client = self.run_.broker.client(timeout=20)
            try:
                self.step(client)
            except LOST:
                client.close()
                client = None
                with self.run_.history.lock:
                    self.run_.history.unknown += 1
                time.sleep(0.01)
            except Exception as failure:
                with self.run_.history.lock:
                    self.run_.history.problems.append(f"client: {failure!r:.300}")
                return

    def job(self, name):
        kind = self.random.random()
        if kind < 0.5:
            return harness.mock_job(self.random.choice([0, 0.01, 0.2]), name=name)
        script = f'echo "$SLUICE_JOB_ID $SLUICE_ATTEMPT start" >> "$M"; {"sleep 0.3;" if kind > 0.9 else ""} echo "$SLUICE_JOB_ID $SLUICE_ATTEMPT stop" >> "$M"'
        attempts = {"max_attempts": 3} if kind > 0.8 else {}
        return {"command": ["sh", "-c", script], "name": name, "env": {"M": self.run_.marks, "PATH": "/usr/bin:/bin"}, **attempts}

    def step(self, client):
        history, what = self.run_.history, self.random.random()
        self.count += 1
        name = f"c{self.number}-{self.count}"
        if what < 0.55:
            self.single(client, name)
        elif what < 0.75:
            self.bulk(client, name)
        elif what < 0.85 and history.jobs:
            with history.lock:
                job = self.random.choice(list(history.jobs))
            answer = client.post(f"/v1/jobs/{job}/cancel")
            assert answer.status in (200, 409, 503), answer
            if answer.status == 200:
                with history.lock:
                    history.cancelled.add(job)
        else:
            answer = client.get("/v1/jobs?limit=20")
            assert answer.status in (200, 503), answer
        # Real jobs take a process each: the load is to outlast the kills, not the processors.
        time.sleep(0.01)

    def single(self, client, name):
        body = self.job(name)
        key = f"{name}-{uuid.UUID(int=self.random.getrandbits(128))}" if self.random.random() < 0.6 else None
        while True:
            try:
                answer = client.post("/v1/jobs", body, headers={"Idempotency-Key": key} if key else None)
            except LOST:
                if key is None or self.run_.over.is_set():
                    raise
                client.close()
                self.run_.is_up.wait(20)
                client.broker = self.run_.broker
                time.sleep(0.01)
                continue
            if answer.status in (409, 503):
                time.sleep(0.02)
                if key is None:
                    return
                continue
            assert answer.status == 201, answer
            return self.run_.history.acknowledge(answer.json["id"], name, key)

    def bulk(self, client, name):
        lines = [self.job(name) for _ in range(self.random.randrange(1, 4))]
        lines.append(harness.mock_job(0, name=name, cc=f"0-{self.random.randrange(60)}"))
        key = {"Idempotency-Key": f"bulk-{name}"} if self.random.random() < 0.5 else {}
        answer = client.bulk(lines, headers=key)
        if answer.status == 503:
            return
        assert answer.status == 200, answer
        for index, line in enumerate(answer.lines):
            for copy, job in enumerate(line["ids"]):
                self.run_.history.acknowledge(job, name, (key["Idempotency-Key"], index, copy) if key else None)


class Run:
    def __init__(self, options):
        self.options, self.random = options, random.Random(options.seed)
        self.broker = harness.Broker(nodes=16, cores=8)
        self.marks = os.path.join(self.broker.folder, "marks")
        open(self.marks, "w").close()
        self.history, self.is_up, self.over = History(), threading.Event(), threading.Event()
        self.how, self.ready = collections.Counter(), []
        self.thin = 0

    def kill_once(self, number):
        """One life of the broker, from start to its end."""
        failpoint, wanted = None, number % 3
        if wanted == 1:
            name = self.random.choice(BROKER_FAILPOINTS)
            # Commits are many, checkpoints few, and a snapshot is one of a broker that is told to stop.
            failpoint = f"{name}:{self.random.randrange(1, 200) if 'Commit' in name else 1}"
        elif wanted == 2 and self.random.random() < 0.5:
            # The broker's own visits to these are none: it is the next shepherd that dies.
            failpoint = f"{self.random.choice(SHEPHERD_FAILPOINTS)}:{self.random.randrange(1, 20)}"
            self.broker.kill_shepherds()
            self.how["shepherd at " + failpoint.split(":")[0]] += 1
        before = len(self.history.jobs)
        took = self.broker.start(failpoint=failpoint, ready=False, seconds=30)
        if took is None:
            self.how[f"{failpoint} while starting"] += 1
            return
        if not failpoint:
            begin = time.monotonic()
            harness.until(self.is_ready, seconds=30, what="ready")
            self.ready.append(took + time.monotonic() - begin)
        self.is_up.set()
        process = self.broker.process
        if failpoint and not failpoint.startswith(("exec", "finish")):
            try:
                if failpoint.startswith("snapshot"):
                    time.sleep(self.random.uniform(0.3, 1.0))
                    self.is_up.clear()
                    process.terminate()
                process.wait(FAILPOINT_PATIENCE)
                self.how[failpoint.split(":")[0]] += 1
            except subprocess.TimeoutExpired:
                self.how["random"] += 1
        else:
            time.sleep(self.random.uniform(0.3, 2.0))
            self.how["random"] += 1
            if self.random.random() < 0.25:
                self.how["with the shepherd"] += self.broker.kill_shepherds()
            if self.random.random() < 0.25:
                # Told to stop: the next start begins with a snapshot.
                process.terminate()
                status = process.wait(40)
                assert status == 0, f"told to stop, it ended with {status}"
                self.how["stopped"] += 1
        self.is_up.clear()
        self.broker.kill()
        if len(self.history.jobs) - before < ACKNOWLEDGED_PER_KILL:
            self.thin += 1

    def is_ready(self):
        try:
            return self.broker.client(token="").get("/readyz").status == 200
        except LOST:
            return False

    def check_present(self, client):
        """Every acknowledged job is there, once, by its name."""
        with self.history.lock:
            expected = dict(self.history.jobs)
        listed = {}
        for job in client.all_jobs():
            assert job["id"] not in listed, f"{job['id']} is listed twice"
            listed[job["id"]] = job
        missing = [job for job in expected if job not in listed]
        assert not missing, f"{len(missing)} acknowledged jobs are gone, such as {missing[:3]}"
        wrong = [job for job, name in expected.items() if listed[job]["name"] != name]
        assert not wrong, wrong[:3]
        # Single keyed submissions have names of their own: two jobs of one name were one request.
        names = collections.Counter(job["name"] for job in listed.values())
        keyed = {self.history.jobs[job] for key, job in self.history.keys.items() if isinstance(key, str)}
        twice = [name for name in keyed if names[name] != 1]
        assert not twice, f"one key, several jobs: {twice[:3]}"
        return listed

    def run(self):
        self.keys = [KeyLoad(self, number) for number in range(2)]
        clients = [Load(self, number) for number in range(self.options.clients)] + self.keys
        for client in clients:
            client.start()
        for number in range(self.options.kills):
            self.kill_once(number)
            if number % 5 == 4:
                self.broker.start()
                self.check_present(self.broker.client())
                self.broker.kill()
            assert all(load.problem is None for load in self.keys), [load.problem for load in self.keys]
            assert not self.history.problems, self.history.problems[:3]
        self.visit_all()
        self.broker.start()
        self.is_up.set()
        time.sleep(1)
        self.over.set()
        for client in clients:
            client.join(60)
        self.check_end()

    def visit_all(self):
        """Every failpoint of the broker at least once, whatever chance has chosen."""
        for name in BROKER_FAILPOINTS:
            if self.how[name] or name == "journal.inCheckpoint":
                continue
            self.broker.start(failpoint=f"{name}:{30 if 'Commit' in name else 1}", ready=False)
            self.is_up.set()
            if name.startswith("snapshot"):
                time.sleep(0.5)
                self.broker.process.terminate()
            status = self.broker.process.wait(30)
            assert status == -9, f"{name} was not passed: {status}"
            self.is_up.clear()
            self.broker.kill()
            self.how[name] += 1

    def check_end(self):
        client = self.broker.client()
        harness.until(lambda: not client.get("/v1/jobs?state=ACTIVE&limit=1").json["items"], seconds=180, pause=0.3, what="the end of all jobs")
        listed = self.check_present(client)
        for load in self.keys:
            load.check(client)
        metrics = client.get("/metrics").body.decode()
        assert re.search(r"^sluice_free_cores 128$", metrics, re.M), "something stays allocated"
        executions = collections.Counter()
        for line in pathlib.Path(self.marks).read_text().splitlines():
            job, attempt, mark = line.split()
            executions[job, int(attempt), mark] += 1
        twice = [key for key, count in executions.items() if count > 1]
        assert not twice, f"executed twice: {twice[:5]}"
        self.check_eventlogs(client, listed, executions)
        self.broker.kill()
        self.check_log()
        assert not self.history.problems, self.history.problems[:5]
        slow = [round(seconds, 2) for seconds in self.ready if seconds > READY_SECONDS]
        print(f"{len(self.history.jobs)} acknowledged jobs, {len(listed)} known, {len(executions)} marks, "
              f"{self.history.unknown} answers lost; ready in {max(self.ready, default=0):.2f} s at most")
        print(f"ended by: {dict(self.how)}")
        assert not slow, f"not ready in {READY_SECONDS} s: {slow}"
        writes = sum(load.acknowledged for load in self.keys)
        print(f"{writes} acknowledged writes of keys")
        assert len(self.history.jobs) > ACKNOWLEDGED_PER_KILL * self.options.kills / 2, "the floor of the load"
        assert writes > ACKNOWLEDGED_PER_KILL * self.options.kills / 2, "the floor of the load of keys"
        assert self.thin <= self.options.kills // 2, f"{self.thin} lives of the broker had hardly any load"

    def check_eventlogs(self, client, listed, executions):
        generator = random.Random(self.options.seed)
        sample = generator.sample(sorted(listed), min(len(listed), 400))
        sample += [job for job in self.history.cancelled if job in listed][:100]
        for job in sample:
            names = [entry["name"] for entry in client.get(f"/v1/jobs/{job}/eventlog").lines]
            assert names[:4] == ["submit", "validate", "depend", "priority"], (job, names)
            assert names.count("clean") == 1 and names[-1] == "clean", (job, names)
            assert names.count("submit") == 1, (job, names)
            allocations, starts, ends = names.count("alloc"), names.count("start"), names.count("finish")
            assert starts <= allocations and ends <= allocations, (job, names)
            assert names.count("free") == allocations, (job, names)
            attempts = {attempt for other, attempt, _ in executions if other == job}
            assert len(attempts) <= allocations, (job, names, attempts)
            if listed[job]["result"] == "COMPLETED" and attempts:
                last = listed[job]["attempt"]
                assert executions[job, last, "stop"] == 1, (job, names, attempts)
        for job in self.history.cancelled:
            assert listed[job]["result"] in ("CANCELED", "COMPLETED", "FAILED"), listed[job]

    def check_log(self):
        check = subprocess.run([harness.binary(), "admin", "check", self.broker.state], capture_output=True, text=True, check=False)
        if check.returncode == 64:
            return print("skipped: this binary has no `sluice admin check`")
        print(check.stdout.strip())
        assert check.returncode == 0, check.stdout + check.stderr
        auditor = HERE / "auditor.py"
        export = subprocess.run([harness.binary(), "admin", "export", self.broker.state], capture_output=True, check=False)
        assert export.returncode == 0 and export.stdout.count(b"\n") > 100, export.stderr
        if not auditor.exists():
            return print("skipped: there is no auditor.py")
        verdict = subprocess.run([sys.executable, str(auditor), "-", "--marks", self.marks, "--idle"], input=export.stdout, capture_output=True, check=False)
        print((verdict.stdout + verdict.stderr).decode().strip()[-1500:])
        assert verdict.returncode == 0, "the auditor has found something"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or random.randrange(1 << 31)))
    options = parser.parse_args()
    print(f"crash: SEED={options.seed}, {options.kills} kills, {options.clients} clients", flush=True)
    run = Run(options)
    try:
        run.run()
    except AssertionError:
        print("the broker's last words:\n" + run.broker.log(), file=sys.stderr)
        raise
    finally:
        run.over.set()
        run.broker.close()
    print("crash: passed")


if __name__ == "__main__":
    main()
