#!/usr/bin/env python3
"""Shows what Sluice is for: a run, hundreds of short analyses of what it wrote, a reduction, all watched live.

    demo.py --sluice PATH [--count N] [--command CMD] [--keep]

Without --command the analyses add up slices of a pseudo-random series, and the demo checks the sum. With it, CMD runs
N times in a shell, with {cc} replaced by the number. --keep leaves the broker running.
"""

import argparse
import collections
import os
import sys
import threading
import time

from broker import TemporaryBroker

# Numbers that one analysis adds up.
SLICE = 250
# Park and Miller's generator: every product stays below 2^53, so that awk's doubles are exact.
MULTIPLIER, MODULUS, SEED = 16_807, 2_147_483_647, 20_260_101

SIMULATE = (
    f"awk -v count=\"$COUNT\" 'BEGIN {{ x = {SEED}; for (i = 0; i < count * {SLICE}; i++) "
    f"{{ x = (x * {MULTIPLIER}) % {MODULUS}; printf \"%.0f\\n\", x }} }}' > series")
ANALYSE = (
    f"awk -v n={{cc}} 'NR > (n + 1) * {SLICE} {{ exit }} NR > n * {SLICE} {{ s += $1 }} "
    "END { printf \"%.0f\\n\", s }' series > part.{cc}")
REDUCE = "cat part.* | awk '{ s += $1 } END { printf \"%.0f\\n\", s }' | tee total"


def expected_total(count):
    value, total = SEED, 0
    for _ in range(count * SLICE):
        value = value * MULTIPLIER % MODULUS
        total += value
    return total


class Progress(threading.Thread):
    """Follows the event stream and shows where the ensemble is."""

    def __init__(self, broker, since, count):
        super().__init__(daemon=True)
        self.broker, self.since, self.count = broker, since, count
        self.begin = time.monotonic()
        self.seconds = 0.0
        self.events = 0
        self.ended = 0
        self.failed = 0
        self._states = {}
        self._is_terminal = sys.stdout.isatty()
        self._shown_at = 0.0

    def run(self):
        # A connection of its own: the stream and the calls go on side by side.
        for event in self.broker.client.__class__.local(str(self.broker.state)).events(since=self.since):
            self.events += 1
            self._take(event)
            is_last = self.ended >= self.count
            self._show(is_last)
            if is_last:
                self.seconds = time.monotonic() - self.begin
                return

    def _take(self, event):
        self._states[event["id"]] = event["state"]
        if event["name"] == "finish" and event["context"]["status"] != 0:
            self.failed += 1
        if event["name"] == "clean":
            self.ended += 1

    def _show(self, is_last):
        now = time.monotonic()
        if not is_last and now - self._shown_at < (0.05 if self._is_terminal else 1.0):
            return
        self._shown_at = now
        counts = collections.Counter(self._states.values())
        width = 30
        filled = width * self.ended // max(1, self.count)
        line = (f"  [{'#' * filled}{'.' * (width - filled)}] {self.ended}/{self.count} ended, "
                f"{counts['RUN']} running, {counts['SCHED']} waiting, {self.events} events")
        end = "\n" if is_last or not self._is_terminal else ""
        print(("\r\033[K" if self._is_terminal else "") + line, end=end, flush=True)


def shell(command, **fields):
    return {"command": ["sh", "-c", command], **fields}


def run_one(client, title, job):
    begin = time.monotonic()
    done = client.wait(client.submit(job)["id"])
    print(f"{title}: {done['id']} {done['result']} after {time.monotonic() - begin:.2f} s")
    if done["result"] != "COMPLETED":
        sys.exit(f"{client.output(done['id'], 'stderr')}\nthe demo failed: {done}")
    return done


def run_ensemble(broker, line, count):
    client = broker.client
    progress = Progress(broker, client.position(), count)
    progress.start()
    [result] = client.submit_many([line])
    if "error" in result:
        sys.exit(f"the demo failed: {result['error']['detail']}")
    submitted = time.monotonic() - progress.begin
    print(f"analyses: {len(result['ids'])} jobs submitted in one request, durable after {submitted:.2f} s")
    progress.join()
    rate = count / progress.seconds
    print(f"  {count} jobs from submission to end in {progress.seconds:.2f} s: {rate:.0f} jobs/s")
    if progress.failed:
        sys.exit(f"the demo failed: {progress.failed} jobs ended badly")
    return result["ids"]


def show_way_on(broker, job_id):
    print(f"""
Go on by hand; the API is at {broker.uri}/docs:

  export SLUICE_STATE={broker.state}
  URL={broker.uri}
  TOKEN=$(cat $SLUICE_STATE/owner.token)
  curl --cacert $SLUICE_STATE/ca.pem -H "Authorization: Bearer $TOKEN" $URL/v1/jobs/{job_id}
  curl --cacert $SLUICE_STATE/ca.pem -H "Authorization: Bearer $TOKEN" "$URL/v1/jobs?limit=3"
  curl --cacert $SLUICE_STATE/ca.pem -H "Authorization: Bearer $TOKEN" -N $URL/v1/jobs/{job_id}/events

Stop it and remove it: kill {broker.pid}; rm -r {broker.directory}""")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sluice", required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--command")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    if not 1 <= options.count <= 100_000:
        parser.error("--count is from 1 to 100000")
    with TemporaryBroker(options.sluice) as broker:
        print(f"broker: {broker.uri} with 4 nodes of 4 cores, in {broker.state}")
        work = broker.directory / "work"
        os.mkdir(work)
        if options.command:
            line = shell(options.command, name="task", cwd=str(work), cc=f"0-{options.count - 1}")
            last = run_ensemble(broker, line, options.count)[-1]
            print(broker.client.output(last), end="")
        else:
            last = show_campaign(broker, work, options.count)
        if options.keep:
            broker.keep()
            show_way_on(broker, last)
        else:
            print("the broker is stopped and its directory removed; KEEP=1 leaves it running")


def show_campaign(broker, work, count):
    client = broker.client
    run_one(client, "macro run", shell(
        SIMULATE, name="macro", cwd=str(work), ntasks=1, cores_per_task=4, env={"COUNT": str(count)}))
    line = shell(ANALYSE, name="analysis", cwd=str(work), cc=f"0-{count - 1}", time_limit="1m")
    run_ensemble(broker, line, count)
    last = run_one(client, "reduction", shell(REDUCE, name="reduction", cwd=str(work)))["id"]
    total = int(client.output(last))
    if total != expected_total(count):
        sys.exit(f"the demo failed: the sum is {total}, not {expected_total(count)}")
    print(f"result: the {count * SLICE} numbers add up to {total}, as they must")
    return last


if __name__ == "__main__":
    main()
