#!/usr/bin/env python3
"""Fills the disk under a working broker, frees it, and lets syncs fail.

usage: diskfull.py [--cycles N] [--seed N] [--faults N]

Full: the state directory is on a small ext4 image. While clients submit, a file takes all the space: writes must
be refused with 503 and Retry-After, reads must go on; when the file is removed, writes must work again within
5 seconds, without a restart, and every acknowledged job must be there, then and after a kill.

Failing: `strace` lets the k-th fdatasync of each thread fail with EIO. The process must end instead of
acknowledging what may not be on the disk; the next start must have everything that was acknowledged.

Without the right to mount, or without strace, the part is skipped and says so.
"""
import argparse
import contextlib
import http.client
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "endtoend"))

import harness  # noqa: E402

HEAL_SECONDS = 5.0
IMAGE_BYTES = 64 << 20
LOST = (OSError, http.client.HTTPException, ValueError)


@contextlib.contextmanager
def small_disk():
    """A folder on a file system of its own; None where that cannot be had."""
    place = tempfile.mkdtemp(prefix="sluice-disk-")
    image, folder = os.path.join(place, "image"), os.path.join(place, "mounted")
    os.mkdir(folder)
    with open(image, "wb") as file:
        file.truncate(IMAGE_BYTES)
    made = shutil.which("mkfs.ext4") and subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=False).returncode == 0
    command = ["mount", "-o", "loop", image, folder] if made else ["mount", "-t", "tmpfs", "-o", f"size={IMAGE_BYTES}", "tmpfs", folder]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode and made:
        command = ["mount", "-t", "tmpfs", "-o", f"size={IMAGE_BYTES}", "tmpfs", folder]
        mounted = subprocess.run(command, capture_output=True, check=False)
    try:
        if mounted.returncode:
            print(f"skipped: {' '.join(command[:3])}: {mounted.stderr.decode().strip()}")
            yield None
        else:
            print(f"a disk of {IMAGE_BYTES >> 20} MiB: {' '.join(command[:3])}")
            yield folder
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", "-l", folder], check=False)
        shutil.rmtree(place, ignore_errors=True)


def fill(path):
    """Takes all the space there is."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    size = 1 << 20
    while size >= 1:
        try:
            os.write(file, b"\0" * size)
        except OSError:
            size //= 2
    os.close(file)


class Submitter(threading.Thread):
    """Submits until it is told to stop; remembers what was acknowledged, and how it was refused."""

    def __init__(self, broker):
        super().__init__(daemon=True)
        self.client, self.over = broker.client(timeout=40), threading.Event()
        self.acknowledged, self.refused, self.strange, self.number = [], [], [], 0

    def run(self):
        while not self.over.is_set():
            self.number += 1
            try:
                answer = self.client.post("/v1/jobs", harness.mock_job(0, env={"FILL": "x" * 2000, "N": str(self.number)}))
            except LOST as failure:
                self.strange.append(repr(failure))
                time.sleep(0.05)
                continue
            if answer.status == 201:
                self.acknowledged.append((answer.json["id"], time.monotonic()))
            elif answer.status == 503 and answer.headers["retry-after"] and answer.code == "storage_full":
                self.refused.append(time.monotonic())
                time.sleep(0.02)
            else:
                self.strange.append(repr(answer))


def run_full(options):
    with small_disk() as folder:
        if folder is None:
            return
        with harness.Broker(nodes=64, cores=8, folder=folder) as broker:
            broker.start()
            generator = random.Random(options.seed)
            submitters = [Submitter(broker) for _ in range(4)]
            for submitter in submitters:
                submitter.start()
            filler, healed = os.path.join(folder, "filler"), []
            reader = broker.client()
            for cycle in range(options.cycles):
                time.sleep(generator.uniform(0.3, 1.0))
                full = time.monotonic()
                fill(filler)
                harness.until(lambda: any(s.refused and s.refused[-1] > full for s in submitters), seconds=60, what="a refusal")
                # Jobs that end need space too; nothing of that may be lost, nor hinder readers.
                for _ in range(50):
                    begin = time.monotonic()
                    for path in ("/v1/jobs?limit=20", "/readyz", "/metrics", "/v1/whoami"):
                        answer = reader.get(path)
                        assert answer.status == 200, (path, answer)
                    assert time.monotonic() - begin < 2
                    time.sleep(0.01)
                with reader.stream("/v1/jobs/events", since="0") as stream:
                    assert len(stream.take(100)) == 100
                os.unlink(filler)
                free = time.monotonic()
                harness.until(lambda: any(s.acknowledged and s.acknowledged[-1][1] > free for s in submitters), seconds=30, what="healing")
                healed.append(min(s.acknowledged[-1][1] for s in submitters if s.acknowledged and s.acknowledged[-1][1] > free) - free)
            for submitter in submitters:
                submitter.over.set()
            for submitter in submitters:
                submitter.join(60)
            assert broker.process.poll() is None, "the broker has ended"
            acknowledged = {job for submitter in submitters for job, _ in submitter.acknowledged}
            refused = sum(len(submitter.refused) for submitter in submitters)
            strange = [text for submitter in submitters for text in submitter.strange]
            assert not strange, strange[:3]
            check_all(broker, acknowledged)
            print(f"full {options.cycles} times: {len(acknowledged)} acknowledged, {refused} refused, "
                  f"healed in {max(healed):.2f} s at most")
            assert refused >= options.cycles and len(acknowledged) >= 50 * options.cycles, "the floor of the load"
            assert max(healed) <= HEAL_SECONDS, healed


def check_all(broker, acknowledged):
    """Every acknowledged job is there now and after a kill, and ends."""
    client = broker.client()
    harness.until(lambda: not client.get("/v1/jobs?state=ACTIVE&limit=1").json["items"], seconds=60, what="the end of all jobs")
    for _ in range(2):
        missing = acknowledged - {job["id"] for job in client.all_jobs()}
        assert not missing, f"{len(missing)} acknowledged jobs are gone, such as {sorted(missing)[:3]}"
        broker.kill()
        broker.start()
        client = broker.client()


def run_failing(options):
    if not shutil.which("strace"):
        return print("skipped: there is no strace")
    with harness.Broker(nodes=64, cores=8) as broker:
        broker.start()
        generator, acknowledged, ended = random.Random(options.seed), set(), 0
        for _ in range(options.faults):
            broker.kill()
            when = generator.randrange(3, 120)
            wrapper = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e", f"inject=fdatasync,fsync:error=EIO:when={when}"]
            if broker.start(wrapper=wrapper, ready=False) is None:
                ended += 1
                continue
            submitter = Submitter(broker)
            submitter.start()
            try:
                broker.process.wait(20)
                ended += 1
            except subprocess.TimeoutExpired:
                pass
            submitter.over.set()
            for pid in children(broker.process.pid):
                harness._signal(pid)
            broker.kill()
            submitter.join(45)
            acknowledged |= {job for job, _ in submitter.acknowledged}
            broker.start()
            check_all(broker, acknowledged)
        check = subprocess.run([harness.binary(), "admin", "check", _killed(broker)], capture_output=True, text=True, check=False)
        print(check.stdout.strip())
        assert check.returncode in (0, 64), check.stdout + check.stderr
        print(f"{options.faults} failed syncs: {ended} ended the process, {len(acknowledged)} jobs acknowledged before them")
        assert ended >= options.faults * 2 // 3, "a failed sync must end the process"
        assert len(acknowledged) >= 10 * options.faults, "the floor of the load"


def _killed(broker):
    broker.kill()
    return broker.state


def children(pid):
    """What a tracer runs: it must not outlive it."""
    try:
        return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cycles", type=int, default=3)
    parser.add_argument("--faults", type=int, default=4)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or random.randrange(1 << 31)))
    options = parser.parse_args()
    print(f"diskfull: SEED={options.seed}, {options.cycles} fillings, {options.faults} failing syncs", flush=True)
    run_full(options)
    run_failing(options)
    print("diskfull: passed")


if __name__ == "__main__":
    main()
