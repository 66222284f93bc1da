"""What a person at a terminal and a workflow feel: a command from start to exit, jobs that wait for each other, a large
cancellation beside small questions."""

import json
import os
import statistics
import subprocess
import time

from measuring.bench import Stopwatch, expect
from measuring.broker import Caller

from .lines import HELD, copies, mock

# Copies in one bulk request, so that no answer grows beyond reason.
REQUEST = 100_000
# Diamonds stand side by side, so that the figure is the broker's and not that of one chain's round trips.
COLUMNS = 1_000
# Of all columns; each edge of these is looked at.
CHECKED_COLUMNS = 5
# Jobs that single requests ask for in turn, among those that are being cancelled.
ASKED = 1_000
LONGEST_SECONDS = 600


def command_line(bench, broker):
    """The program, and the environment in which it finds the broker as its owner's commands do: by its socket."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("SLUICE_", "FLUX_"))}
    return str(bench.binary), {**settings, "SLUICE_STATE": str(broker.state), "NO_COLOR": "1"}


def milliseconds(command, environment, null):
    """From starting a program to its exit."""
    to_null = [(os.POSIX_SPAWN_DUP2, null, descriptor) for descriptor in (0, 1, 2)]
    begin = time.monotonic()
    process = os.posix_spawn(command[0], command, environment, file_actions=to_null)
    status = os.waitpid(process, 0)[1]
    took = (time.monotonic() - begin) * 1_000
    expect(status == 0, f"{' '.join(command)} ended with status {status}")
    return took


def run_latency(bench):
    """`sluice run true`, in turns with the bare program and with a command that calls no broker."""
    count = bench.size(100, 20)
    medians, tails, beside = [], [], {"true": [], "version": []}
    with bench.broker() as broker, open(os.devnull, "r+b") as null:
        program, environment = command_line(bench, broker)
        commands = {"run": [program, "run", "/bin/true"], "true": ["/bin/true"], "version": [program, "version"]}
        caller, ran = Caller(broker), 0
        for _ in bench.rounds:
            times = {name: [] for name in commands}
            for _ in range(count):
                for name, command in commands.items():
                    times[name].append(milliseconds(command, environment, null.fileno()))
            ran += count
            completed = caller.metrics()['sluice_jobs_ended_total{result="COMPLETED"}']
            expect(completed == ran, f"{completed:.0f} of {ran} jobs completed")
            medians.append(statistics.median(times["run"]))
            for name, values in beside.items():
                values.append(statistics.median(times[name]))
            tails.append(sorted(times["run"])[count * 95 // 100])
    spawned, started = (statistics.median(values) for values in beside.values())
    bench.report.add("run-latency", medians, f"p95 {max(tails):.1f} ms at most; spawn and wait of true "
                     f"{spawned:.2f} ms, sluice version {started:.1f} ms; {count} in turn")


def bulk_cli(bench):
    """`sluice submit --cc` until all ids are printed; the jobs run nothing."""
    count = bench.size(100_000, 5_000)
    times, drained, busy = [], [], []
    for _ in bench.rounds:
        with bench.broker(nodes=64, cores_per_node=16) as broker:
            program, environment = command_line(bench, broker)
            caller = Caller(broker)
            watch = Stopwatch(broker)
            done = subprocess.run(
                [program, "submit", f"--cc=0-{count - 1}", "--setattr=exec.test.run_duration=0s", "true"],
                env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST_SECONDS)
            watch.stop()
            expect(done.returncode == 0, f"sluice submit ended with {done.returncode}: {done.stderr[:400]}")
            ids = set(done.stdout.split())
            expect(len(ids) == count, f"{len(ids)} of {count} ids were printed")
            drained.append(caller.await_ended(count, LONGEST_SECONDS) - watch.begin)
            completed = caller.metrics()['sluice_jobs_ended_total{result="COMPLETED"}']
            expect(completed == count, f"{completed:.0f} of {count} jobs completed")
        times.append(watch.seconds)
        busy.append(watch.busy_cores)
    bench.report.add("bulk-cli", times, f"{count:,} copies; all had ended after {max(drained):.1f} s; "
                     f"broker {max(busy):.2f} cores busy")


def dependencies(bench):
    """Columns of diamonds, one below the other, each job waiting with afterok for those above it. All wait in a stopped
    queue until the last is there; what counts is from the first request to the last end."""
    columns = bench.size(COLUMNS, 100)
    layers = bench.size(33, 3)
    count = columns * (3 * layers + 1)
    rates, submitting, running, busy = [], [], [], []
    for _ in bench.rounds:
        with bench.broker(nodes=64, cores_per_node=16) as broker:
            caller = Caller(broker)
            switch(caller, False)
            watch = Stopwatch(broker)
            rows = submit_diamonds(caller, columns, layers)
            submitting.append(time.monotonic() - watch.begin)
            pending = caller.pending()
            expect(pending == count, f"{pending} of {count} jobs wait")
            switch(caller, True)
            watch.stop(caller.await_ended(count, LONGEST_SECONDS))
            running.append(watch.seconds - submitting[-1])
            completed = caller.metrics()['sluice_jobs_ended_total{result="COMPLETED"}']
            expect(completed == count, f"{completed:.0f} of {count} jobs completed")
            check_order(caller, rows, columns)
        rates.append(count / watch.seconds)
        busy.append(watch.busy_cores)
    bench.report.add("deps", rates, f"{count:,} jobs in {columns:,} columns of {layers} diamonds; submitted in "
                     f"{statistics.median(submitting):.1f} s, run in {statistics.median(running):.1f} s; broker "
                     f"{max(busy):.2f} cores busy")


def switch(caller, started):
    caller.call("PATCH", "/v1/queues/default", json.dumps({"started": started}).encode())


def submit_diamonds(caller, columns, layers):
    """One row of each layer a request, for its ids; returns the rows, each with the ids of all columns in order."""
    start = json.dumps(mock())[:-1]
    rows = [submit_row(caller, [start + "}"] * columns, 1)]
    for _ in range(layers):
        sides = [f'{start}, "cc": "0-1", "dependencies": ["afterok:{top[0]}"]}}' for top in rows[-1]]
        rows.append(submit_row(caller, sides, 2))
        feet = [f'{start}, "dependencies": ["afterok:{left}", "afterok:{right}"]}}' for left, right in rows[-1]]
        rows.append(submit_row(caller, feet, 1))
    return rows


def submit_row(caller, lines, each):
    body = ("\n".join(lines) + "\n").encode()
    results = [json.loads(line) for line in
               caller.call("POST", "/v1/jobs/bulk", body, "application/x-ndjson")[1].splitlines()]
    expect(all(len(result["ids"]) == each for result in results), f"refused: {results[0]}")
    return [result["ids"] for result in results]


def check_order(caller, rows, columns):
    """No job began before those that it waited for had ended."""
    for column in range(0, columns, columns // CHECKED_COLUMNS):
        spans = [[caller.json("GET", f"/v1/jobs/{job}") for job in row[column]] for row in rows]
        for above, below in zip(spans, spans[1:]):
            ended, began = max(job["t_inactive"] for job in above), min(job["t_run"] for job in below)
            expect(ended <= began, f"{below[0]['id']} began at {began}, before {ended}")


def operation(bench):
    """Cancels very many waiting jobs with one query, while one client asks for single jobs all the time."""
    total = bench.size(1_000_000, 50_000)
    rates, tails, answers, busy = [], [], [], []
    for _ in bench.rounds:
        with bench.broker(nodes=64, cores_per_node=16) as broker:
            caller, asker = Caller(broker), Caller(broker)
            jobs = []
            for _ in range(0, total, REQUEST):
                jobs += caller.submit([{**copies(HELD, min(REQUEST, total)), "name": "sweep"}])
            pending = caller.pending()
            expect(pending == total, f"{pending} of {total} jobs are pending")
            paths = [f"/v1/jobs/{job}" for job in jobs[::total // ASKED]]
            watch = Stopwatch(broker)
            status, body = caller.call("POST", "/v1/jobs/cancel", b'{"q": "name:swee*"}')
            expect(status == 202, f"{status} {body[:400]}: it was over at once")
            times = ask_until(asker, paths, lambda: caller.ended() >= total)
            watch.stop()
            cancelled = caller.metrics()['sluice_jobs_ended_total{result="CANCELED"}']
            expect(cancelled == total, f"{cancelled:.0f} of {total} jobs were cancelled")
        floor = bench.size(1_000, 50)
        expect(len(times) >= floor, f"only {len(times)} answers while jobs were cancelled")
        rates.append(total / watch.seconds)
        tails.append(sorted(times)[len(times) * 99 // 100])
        answers.append((len(times), max(times)))
        busy.append(watch.busy_cores)
    bench.report.add("operation", rates, f"{total:,} pending jobs by one query; broker {max(busy):.2f} cores busy")
    bench.report.add("operation-p99", tails, f"one client meanwhile, {min(count for count, _ in answers):,} answers at "
                     f"least, the slowest {max(slowest for _, slowest in answers):.0f} ms")


def ask_until(caller, paths, is_over):
    """Milliseconds of each answer; asks for the end five times a second, which is not among them."""
    times, deadline, look = [], time.monotonic() + LONGEST_SECONDS, time.monotonic() + 0.2
    while True:
        begin = time.monotonic()
        caller.call("GET", paths[len(times) % len(paths)])
        end = time.monotonic()
        times.append((end - begin) * 1_000)
        if end > look:
            if is_over():
                return times
            expect(end < deadline, f"not all jobs had ended after {LONGEST_SECONDS} s")
            look = time.monotonic() + 0.2
