#!/usr/bin/env python3
"""Audits an exported log: one JSON record a line, oldest first, and nothing else.

Shares no code and no data structure with the broker. Checks that sequence numbers have no gap, that every
job's events are legal by Flux RFC 21, that no vertex is ever given away twice, that attempts only rise, that
every ended job released what it held, and that everything is free when nothing is active. With marks written by
the jobs themselves ("<job> <attempt> start" or "stop", one a line) it checks also that no attempt was executed
twice, and none that was never given resources.

Exit status: 0 clean, 1 violations, 2 the input cannot be read.
"""

import argparse
import collections
import json
import sys

WIDTHS = {"job-submitted": 4}
EVENT_WIDTHS = {"release": 2, "urgency": 2, "requeue": 3}


class Job:
    """One job as its events tell it."""

    def __init__(self, seq):
        self.submitted_seq = seq
        self.state = "SCHED"
        self.attempt = 1
        self.grants = None
        self.started = self.finished = self.fatal = False


class Auditor:
    def __init__(self, partial=False):
        self.partial = partial
        self.violations = []
        self.jobs = {}
        self.ended = {}
        self.attempts = {}
        self.sizes = []
        self.node_of = []
        self.taken = []
        self.next_seq = None
        self.epoch = 0
        self.counts = collections.Counter()

    def blame(self, record, text):
        job = f" {record['job']}" if record.get("job") else ""
        self.violations.append(f"seq {record['seq']}{job}: {text}")

    # -- the log ----------------------------------------------------------

    def feed(self, record):
        kind, event = record["kind"], record.get("event", {})
        self.counts["records"] += 1
        self.check_place(record, kind, event)
        if kind == "resources-defined":
            self.define(record, event)
        elif kind == "job-submitted":
            self.submit(record)
        elif kind == "job-happened":
            self.happen(record, event)

    def check_place(self, record, kind, event):
        seq = record["seq"]
        if self.next_seq is None:
            if seq != 1 and not self.partial:
                self.blame(record, "the log does not begin at 1 (see --partial)")
        elif seq != self.next_seq:
            self.blame(record, f"does not follow {self.next_seq - 1}")
        name = event.get("event") if kind == "job-happened" else None
        self.next_seq = seq + (EVENT_WIDTHS.get(name, 1) if name else WIDTHS.get(kind, 1))
        if record.get("epoch", self.epoch) < self.epoch:
            self.blame(record, "the epoch went back")
        self.epoch = record.get("epoch", self.epoch)
        if record.get("cause_seq", 0) >= seq:
            self.blame(record, "is caused by something later")
        for member in ("owner", "actor", "at"):
            if member not in record:
                self.blame(record, f"has no {member}")

    # -- resources --------------------------------------------------------

    def define(self, record, event):
        if any(self.taken):
            self.blame(record, "the inventory changed while something was held")
        # Vertex 0 is the cluster; then node by node: the node, its cores, its gpus, its memory in MiB.
        self.sizes, self.node_of = [0], [0]
        for node in event["nodes"]:
            first = len(self.sizes)
            units = 1 + len(node["cores"]) + node["gpus"]
            self.sizes += [1000] * units + [(node["memory_bytes"] >> 20) * 1000]
            self.node_of += [first] * (units + 1)
        self.taken = [0] * len(self.sizes)

    def take(self, record, job, grants):
        mine = {vertex for vertex, _ in grants}
        if len(mine) != len(grants):
            self.blame(record, "a vertex is named twice in one allocation")
        for vertex, amount in grants:
            if not 0 < vertex < len(self.sizes) or amount <= 0:
                self.blame(record, f"vertex {vertex} x {amount} does not exist")
                continue
            self.taken[vertex] += amount
            if self.taken[vertex] > self.sizes[vertex]:
                self.blame(record, f"vertex {vertex} is booked twice")
            node = self.node_of[vertex]
            if vertex != node and self.taken[node] and node not in mine:
                self.blame(record, f"vertex {vertex} is on the exclusive node {node}")
            if vertex == node:
                other = node + 1
                while other < len(self.sizes) and self.node_of[other] == node:
                    if self.taken[other] and other not in mine:
                        self.blame(record, f"node {node} was taken whole while in use")
                    other += 1
        job.grants = grants

    def give_back(self, job):
        for vertex, amount in job.grants or []:
            if 0 < vertex < len(self.taken):
                self.taken[vertex] -= amount
        job.grants = None

    # -- jobs -------------------------------------------------------------

    def submit(self, record):
        name = record["job"]
        if name in self.jobs or name in self.ended:
            self.blame(record, "was submitted twice")
        self.jobs[name] = Job(record["seq"])
        self.counts["jobs"] += 1

    def happen(self, record, event):
        name, what = record["job"], event.get("event")
        job = self.jobs.get(name)
        if job is None:
            if name in self.ended:
                self.blame(record, f"{what} after the end")
            elif not self.partial:
                self.blame(record, f"{what} before its submission")
            return
        step = getattr(self, f"on_{what}", None)
        if step is None:
            self.blame(record, f"unknown event {what}")
        elif not step(record, job, event):
            self.blame(record, f"{what} in {job.state}, attempt {job.attempt}")

    def on_alloc(self, record, job, event):
        if job.state != "SCHED" or job.grants is not None:
            return False
        self.counts["attempts"] += 1
        name = record["job"]
        if self.attempts.get(name, 0) >= job.attempt:
            self.blame(record, f"attempt {job.attempt} was given resources before")
        self.attempts[name] = job.attempt
        self.take(record, job, [tuple(grant) for grant in event["grants"]])
        job.state, job.started, job.finished = "RUN", False, False
        return True

    def on_start(self, record, job, event):
        legal = job.grants is not None and not job.started and not job.finished
        job.started = True
        return legal and job.state in ("RUN", "CLEANUP")

    def on_finish(self, record, job, event):
        legal = job.grants is not None and not job.finished and job.state in ("RUN", "CLEANUP")
        job.finished, job.state = True, "CLEANUP"
        return legal

    def on_exception(self, record, job, event):
        if event["severity"] != 0:
            return True
        legal = not job.fatal
        job.fatal, job.state = True, "CLEANUP"
        return legal

    def on_release(self, record, job, event):
        legal = job.state == "CLEANUP" and job.grants is not None and job.finished
        self.give_back(job)
        return legal

    def on_requeue(self, record, job, event):
        legal = job.state == "CLEANUP" and job.grants is None and job.finished and not job.fatal
        job.attempt += 1
        job.state = "SCHED"
        return legal

    def on_urgency(self, record, job, event):
        return job.state == "SCHED"

    def on_clean(self, record, job, event):
        legal = job.state == "CLEANUP"
        if job.grants is not None:
            self.blame(record, "ended while it held resources")
            self.give_back(job)
        self.ended[record["job"]] = job.attempt
        del self.jobs[record["job"]]
        self.counts["ended"] += 1
        return legal

    # -- marks and the end ------------------------------------------------

    def check_marks(self, lines):
        starts = collections.Counter()
        for number, line in enumerate(lines, 1):
            words = line.split()
            if len(words) < 3 or words[2] not in ("start", "stop"):
                self.violations.append(f"mark {number}: cannot be read: {line.strip()!r}")
                continue
            job, attempt = words[0].replace("\u0192", "f", 1), int(words[1])
            if words[2] == "start":
                starts[job, attempt] += 1
            elif not starts[job, attempt]:
                self.violations.append(f"mark {number}: {job} attempt {attempt} stopped before it started")
        for (job, attempt), count in sorted(starts.items()):
            if count > 1:
                self.violations.append(f"{job} attempt {attempt} was executed {count} times")
            if not self.partial and self.attempts.get(job, 0) < attempt:
                self.violations.append(f"{job} attempt {attempt} was executed without resources")
        self.counts["executions"] = sum(starts.values())

    def finish(self, must_be_idle):
        active = len(self.jobs)
        if must_be_idle and active:
            self.violations.append(f"{active} jobs are still active, such as {sorted(self.jobs)[:3]}")
        held = sum(1 for job in self.jobs.values() if job.grants is not None)
        if not held and any(self.taken) and not self.partial:
            leaked = [vertex for vertex, amount in enumerate(self.taken) if amount]
            self.violations.append(f"nothing is held by a job, yet vertices {leaked[:10]} are not free")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("log", help="exported log, or - for standard input")
    parser.add_argument("--marks", help="file of marks that test jobs wrote")
    parser.add_argument("--partial", action="store_true", help="the log does not begin at its first record")
    parser.add_argument("--idle", action="store_true", help="no job may be active at the end")
    arguments = parser.parse_args()
    auditor = Auditor(arguments.partial)
    try:
        with (sys.stdin if arguments.log == "-" else open(arguments.log, encoding="utf-8")) as log:
            for line in log:
                if line.strip():
                    auditor.feed(json.loads(line))
        if arguments.marks:
            with open(arguments.marks, encoding="utf-8") as marks:
                auditor.check_marks(marks)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"auditor: the input cannot be read: {error!r}", file=sys.stderr)
        return 2
    auditor.finish(arguments.idle)
    for violation in auditor.violations[:100]:
        print(f"VIOLATION {violation}")
    counts = auditor.counts
    print(
        f"auditor: {counts['records']} records to {(auditor.next_seq or 1) - 1}, {counts['jobs']} jobs, "
        f"{counts['ended']} ended, {len(auditor.jobs)} active, {counts['attempts']} attempts, "
        f"{counts['executions']} marked executions, {len(auditor.violations)} violations")
    return 1 if auditor.violations else 0


if __name__ == "__main__":
    sys.exit(main())
