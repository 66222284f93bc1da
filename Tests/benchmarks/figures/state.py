"""What it costs to have jobs, and to come back to them."""

from measuring.bench import expect
from measuring.broker import Caller

from .lines import HELD, copies, mock

# Jobs of one bulk request, so that no answer grows beyond reason.
REQUEST = 100_000


def restart(bench):
    """From starting the program again after kill -9 to the answer that it is ready, with all jobs there."""
    count = bench.size(100_000, 10_000)
    times = []
    with bench.broker(nodes=64, cores_per_node=16) as broker:
        caller = Caller(broker)
        caller.submit([copies(HELD, count)])
        caller.submit([copies(mock(), count)])
        caller.await_ended(count, 600)
        for _ in range(3):
            broker.kill()
            times.append(broker.start())
            caller = Caller(broker)
            pending, ended = caller.pending(), caller.ended()
            expect((pending, ended) == (count, count), f"after the restart {pending} were pending, {ended} ended")
    bench.report.add("restart", times, f"{count:,} pending and {count:,} ended jobs, kill -9")


def memory_idle(bench):
    values = []
    for _ in bench.rounds:
        with bench.broker() as broker:
            Caller(broker).metrics()
            values.append(broker.settled_mib())
    bench.report.add("memory-idle", values, "resident memory of the broker")


def memory_pending(bench):
    """The same jobs, many times: in a broker that took them, and in one that found them."""
    count = bench.size(1_000_000, 50_000)
    with bench.broker() as broker:
        caller = Caller(broker)
        for _ in range(0, count, REQUEST):
            caller.submit([copies(HELD, min(count, REQUEST))])
        expect(caller.pending() == count, f"{caller.pending()} of {count} jobs are pending")
        fresh = broker.settled_mib()
        broker.kill()
        seconds = broker.start()
        pending = Caller(broker).pending()
        expect(pending == count, f"{pending} of {count} jobs are pending after the restart")
        found = broker.settled_mib()
    bench.report.add("memory-pending", [max(fresh, found)], f"{count:,} identical jobs: {fresh:.0f} MiB where they "
                     f"were submitted, {found:.0f} MiB after a restart of {seconds:.2f} s")
