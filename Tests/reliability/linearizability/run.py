#!/usr/bin/env python3
"""Records histories of clients on a broker that is killed in between, and judges them (experiment E11).

usage: run.py [--histories N] [--operations N] [--kills N] [--clients N] [--seed N] [--keep DIRECTORY]

Each history is of a namespace of its own: eight clients, five registers (get, put, compare and swap, delete, get at
a revision) and five lists (transactions of four operations). The broker ends by SIGKILL at a random moment, or at a
random visit to one of the places where it can be told to die, and starts again. Then the checker, which shares
nothing with the broker, judges. Into the first history faults are planted that it has to find; the run fails as well
when its load was too small to prove anything.
"""
import argparse
import collections
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "endtoend")]

import harness  # noqa: E402
import history  # noqa: E402
import plant  # noqa: E402
from checker import check  # noqa: E402
from load import Client, Shared  # noqa: E402

FAILPOINTS = ["journal.beforeCommit", "journal.afterCommit"]
# Of what the clients did while the broker was there to be asked, starts included.
OPERATIONS_PER_SECOND = 200
# Each kind of fault is planted so many times.
PLANTS = 10
# Reads at revisions of the past when all is over.
PAST_READS = 50
# No history takes so long unless something hangs.
PATIENCE_SECONDS = 120


class Recorder:
    """The broker, its deaths, and the histories one after another."""

    def __init__(self, options):
        self.options, self.random = options, random.Random(options.seed)
        self.broker = harness.Broker(nodes=1, cores=1)
        self.counts, self.seconds = collections.Counter(), 0.0
        self.failpoint = None

    def start(self, may_die=False):
        """With or without a place to die at, at one of its next commits."""
        self.failpoint = self.random.choice(FAILPOINTS) if may_die and self.random.random() < 0.5 else None
        # A commit takes the requests of several clients: so many are some way into a history.
        visit = self.random.randrange(1, max(2, self.options.operations // 8))
        self.broker.start(failpoint=f"{self.failpoint}:{visit}" if self.failpoint else None)

    def restart(self, may_die=False):
        self.broker.kill()
        self.start(may_die)

    def record(self, number):
        """One history: the operations, in the order of their ends as the clients noted them."""
        options = self.options
        name = f"history-{options.seed}-{number}"
        answer = self.broker.client().post("/v1/kvs", {"name": name})
        assert answer.status == 201, answer
        shared = Shared(self.broker, name, options.operations)
        clients = [Client(shared, client, f"{options.seed}:{number}") for client in range(options.clients)]
        deaths = sorted(self.random.randrange(options.operations // 10, options.operations * 9 // 10)
                        for _ in range(options.kills))
        if deaths and self.random.random() < 0.5:
            self.restart(may_die=True)
        begin = time.monotonic()
        shared.is_up.set()
        for client in clients:
            client.start()
        try:
            self.supervise(shared, clients, deaths, begin)
        finally:
            shared.is_over.set()
        for client in clients:
            client.join(30)
        self.seconds += time.monotonic() - begin
        assert not shared.problems, shared.problems[:3]
        assert not any(client.is_alive() for client in clients), "a client hangs"
        if self.failpoint:
            self.restart()
        self.read_all(shared)
        return shared.operations

    def read_all(self, shared):
        """What is there at the end, and what was there before; now and then again after one more restart."""
        Client(shared, self.options.clients, self.options.seed).final(PAST_READS)
        if self.options.kills and self.random.random() < 0.3:
            if self.random.random() < 0.5:
                # Told to stop: the next start begins with a snapshot.
                assert self.broker.stop() == 0, self.broker.log()
                self.counts["stopped"] += 1
            self.restart()
            Client(shared, self.options.clients, self.options.seed).final(PAST_READS)

    def supervise(self, shared, clients, deaths, begin):
        """Kills when enough operations have begun; starts again whatever has died."""
        while any(client.is_alive() for client in clients):
            assert time.monotonic() < begin + PATIENCE_SECONDS, f"{shared.started} operations in all that time"
            has_died = self.broker.process.poll() is not None
            if deaths and shared.started >= deaths[0]:
                deaths.pop(0)
                if not has_died:
                    self.counts["killed"] += 1
                    has_died = True
                    shared.is_up.clear()
                    self.broker.kill()
            elif has_died:
                assert self.failpoint and self.broker.process.returncode == -9, \
                    f"the broker ended by itself: {self.broker.process.returncode}\n{self.broker.log()}"
                self.counts[f"died at {self.failpoint}"] += 1
            if has_died:
                shared.is_up.clear()
                self.restart(may_die=bool(deaths))
                shared.is_up.set()
            time.sleep(0.002)

    def count(self, operations):
        for operation in operations:
            self.counts[operation.kind] += 1
            self.counts["unknown outcomes"] += operation.is_unknown
            self.counts["comparisons that held"] += operation.kind == "cas" and bool(operation.succeeded)
            self.counts["that did not"] += operation.kind == "cas" and operation.succeeded is False
        self.counts["operations"] += len(operations)


def keep(operations, problems, directory, number):
    path = pathlib.Path(directory or tempfile.mkdtemp(prefix="sluice-history-"), f"history-{number}.ndjson")
    path.parent.mkdir(parents=True, exist_ok=True)
    history.save(operations, path)
    print(f"history {number} is not linearizable; it is kept in {path}")
    for problem in problems[:10]:
        print(f"  {problem[:1000]}")


def plant_faults(operations, generator):
    """Every planted fault must be found; and there must have been place for them."""
    found = collections.Counter()
    for kind in plant.PLANTS:
        for _ in range(PLANTS):
            planted = plant.plant(operations, kind, generator)
            assert planted, f"the history has no place for this: {kind}"
            assert check(planted[0]), f"was not found: {kind}: {planted[1]}"
            found[kind] += 1
    print(f"planted and found: {dict(found)}", flush=True)


def run(recorder, options):
    wrong, judged = 0, 0.0
    recorder.start()
    for number in range(options.histories):
        operations = recorder.record(number)
        recorder.count(operations)
        begin = time.monotonic()
        problems = check(operations)
        judged += time.monotonic() - begin
        if problems:
            wrong += 1
            keep(operations, problems, options.keep, number)
            if wrong == 3:
                break
        elif number == 0:
            plant_faults(operations, recorder.random)
        elif options.keep:
            history.save(operations, pathlib.Path(options.keep, f"history-{number}.ndjson"))
        if number % 10 == 9:
            print(f"{number + 1} histories, {recorder.counts['operations']} operations in {recorder.seconds:.0f} s", flush=True)
    counts = recorder.counts
    rate = counts["operations"] / recorder.seconds
    print(f"{options.histories} histories, {dict(counts)}; {rate:.0f} operations/s; judged in {judged:.1f} s")
    assert not wrong, f"{wrong} histories are wrong"
    assert rate >= OPERATIONS_PER_SECOND, f"the floor of the load: {OPERATIONS_PER_SECOND} operations/s"
    for what in ("comparisons that held", "that did not", "at", "delete"):
        assert counts[what] >= options.histories, f"hardly any: {what}"
    if options.kills:
        assert counts["unknown outcomes"], "no answer was lost: the broker died in vain"
        deaths = sum(count for what, count in counts.items() if what == "killed" or what.startswith("died"))
        assert deaths >= options.kills * options.histories // 2, f"{deaths} deaths"


def check_log(broker):
    """What the broker keeps must be right in itself, too."""
    broker.kill()
    outcome = subprocess.run([harness.binary(), "admin", "check", broker.state], capture_output=True, text=True,
                             check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    print(outcome.stdout.strip())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--histories", type=int, default=60)
    parser.add_argument("--operations", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=1, help="in each history")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or random.randrange(1 << 31)))
    parser.add_argument("--keep", help="a directory for the histories; wrong ones are kept without it as well")
    options = parser.parse_args()
    print(f"linearizability: SEED={options.seed}, {options.histories} histories of {options.operations} operations, "
          f"{options.clients} clients, {options.kills} kills each", flush=True)
    recorder = Recorder(options)
    try:
        run(recorder, options)
        check_log(recorder.broker)
    finally:
        recorder.broker.close()
    print("linearizability: passed")


if __name__ == "__main__":
    main()
