"""How fast jobs run."""

from measuring.bench import Stopwatch, expect
from measuring.broker import Caller

from .lines import copies, mock

EVENTS_OF_JOB = 10


def jobs_real(bench):
    """Programs in bulk, each event to one client, against the bare system calls."""
    count = bench.size(5_000, 300)
    ratios, rates, spawns, busy = [], [], [], []
    for _ in bench.rounds:
        # More cores than there are, so that some jobs run while others are made durable.
        with bench.broker(nodes=1, cores_per_node=16) as broker:
            caller = Caller(broker)
            spawns.append(bench.tools.spawn_rate(count))
            with bench.tools.streams(broker, 1, "/v1/events?topics=job", count, 300) as streams:
                watch = Stopwatch(broker)
                caller.submit([copies({"command": ["/bin/true"]}, count)])
                result = streams.result()
            watch.stop(result["last_event"])
            expect(result["events"] >= count * EVENTS_OF_JOB and not result["gaps"] and not result["repetitions"],
                   f"the stream was not complete: {result}")
            completed = caller.metrics()['sluice_jobs_ended_total{result="COMPLETED"}']
            expect(completed == count, f"{completed:.0f} of {count} jobs completed")
        rates.append(count / watch.seconds)
        busy.append(watch.busy_cores)
        ratios.append(rates[-1] / spawns[-1])
    bench.report.add("jobs-real", ratios, f"{max(rates):,.0f} jobs/s at best, spawn loop {max(spawns):,.0f}/s; "
                     f"{count:,} jobs on 16 made-up cores; broker {max(busy):.2f} cores busy")


def jobs_mock(bench):
    """Jobs that run nothing: what the broker itself can do."""
    count = bench.size(100_000, 5_000)
    rates, busy = [], []
    for _ in bench.rounds:
        with bench.broker(nodes=64, cores_per_node=16) as broker:
            caller = Caller(broker)
            watch = Stopwatch(broker)
            caller.submit([copies(mock(), count)])
            watch.stop(caller.await_ended(count, 600))
            completed = caller.metrics()['sluice_jobs_ended_total{result="COMPLETED"}']
            expect(completed == count, f"{completed:.0f} of {count} jobs completed")
        rates.append(count / watch.seconds)
        busy.append(watch.busy_cores)
    bench.report.add("jobs-mock", rates, f"{count:,} jobs, all durable; broker {max(busy):.2f} cores busy")
