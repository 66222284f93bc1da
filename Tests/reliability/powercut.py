#!/usr/bin/env python3
"""Cuts the power of a working broker, in effigy: at many moments of a recorded run.

usage: powercut.py [--jobs N] [--cuts N] [--seed N]

A preloaded library (powercut/recorder.c) records what the broker writes, syncs, renames and removes in its state
directory, and when a client was told that jobs and keys are durable. powercut/check.py then builds what a disk may hold
after a cut at any of these moments, and the broker's own `sluice admin check` opens it: it must be sound, and hold
at least as many jobs and keys as had been acknowledged. Needs a C compiler.
"""
import argparse
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "endtoend"))

import harness  # noqa: E402


def check_image(image):
    """What powercut/check.py runs: the last word is how many jobs and keys the image holds."""
    run = subprocess.run([os.environ["SLUICE_BINARY"], "admin", "check", image], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+) active and (\d+) ended jobs, (\d+) keys", run.stdout)
    print(run.stdout + run.stderr)
    if run.returncode or not found:
        sys.exit(run.returncode or 1)
    print(sum(int(number) for number in found.groups()))


def submit_load(port, state, token, jobs, seed):
    """The client: a process of its own, preloaded too, so that its acknowledgements are in the same record."""
    class Server:
        pass

    server = Server()
    server.port, server.tls = port, harness.ssl.create_default_context(cafile=os.path.join(state, "ca.pem"))
    note = os.open(os.path.join(state, "ACK"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    lock, total = threading.Lock(), [0]

    def work(number):
        client = harness.Client(server, token)
        generator = random.Random(f"{seed}:{number}")
        while total[0] < jobs:
            if generator.random() < 0.3:
                key, value = f"cut.{number}.k{generator.getrandbits(60)}", b"x" * generator.randrange(6000)
                answer = client.call("PUT", f"/v1/kvs/primary/keys/{key}", body=value)
                assert answer.status == 200, answer
                with lock:
                    total[0] += 1
                    os.write(note, b"%d\n" % total[0])
                continue
            # Every jobspec another one: the log is to grow.
            bodies = [harness.mock_job(0, env={"N": f"{generator.random()}", "X": "x" * generator.randrange(6000)})
                      for _ in range(generator.choice([1, 1, 1, 20]))]
            if len(bodies) == 1:
                client.submit(bodies[0])
            else:
                answer = client.bulk(bodies)
                assert answer.status == 200 and all(line["ids"] for line in answer.lines), answer
            with lock:
                total[0] += len(bodies)
                os.write(note, b"%d\n" % total[0])
    harness.in_threads(3, work)


def main():
    if sys.argv[1:2] == ["check"]:
        return check_image(sys.argv[2])
    if sys.argv[1:2] == ["load"]:
        return submit_load(int(sys.argv[2]), *sys.argv[3:5], int(sys.argv[5]), sys.argv[6])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--jobs", type=int, default=3000)
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or random.randrange(1 << 31)))
    options = parser.parse_args()
    print(f"powercut: SEED={options.seed}, {options.jobs} jobs, {options.cuts} cuts of each kind", flush=True)
    compiler = shutil.which("cc") or shutil.which("clang")
    if not compiler:
        return print("skipped: there is no C compiler")
    with tempfile.TemporaryDirectory(prefix="sluice-powercut-") as folder, harness.Broker(nodes=64, cores=8) as broker:
        library, record = os.path.join(folder, "recorder.so"), os.path.join(folder, "record")
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", str(HERE / "powercut" / "recorder.c"), "-o", library, "-ldl"], check=True)
        preload = {"POWERCUT_DIRECTORY": broker.state, "POWERCUT_RECORD": record, "LD_PRELOAD": library}
        broker.start(environment=preload)
        subprocess.run(
            [sys.executable, __file__, "load", str(broker.port), broker.state, broker.token, str(options.jobs), str(options.seed)],
            env={**os.environ, **preload}, check=True)
        broker.kill()
        broker.kill_shepherds()
        print(f"recorded {os.path.getsize(record) >> 20} MiB", flush=True)
        command = f"{sys.executable} {__file__} check"
        for keep in ("none", "random"):
            subprocess.run(
                [sys.executable, str(HERE / "powercut" / "check.py"), record, broker.state, command, "--cuts", str(options.cuts),
                 "--seed", str(options.seed), "--keep", keep], env={**os.environ, "SLUICE_BINARY": harness.binary()}, check=True)
    print("powercut: passed")


if __name__ == "__main__":
    main()
