"""The benchmarks: each takes what it needs from a `Bench` and adds its figures to the report."""

from . import graph, jobs, kvs, output, reading, scheduling, state, streams, submission, workflows

# In this order: the short ones first. A name stands for every figure that its benchmark takes.
BENCHMARKS = {
    ("match-core-1024", "match-core-4096"): graph.match_core,
    ("match-node-first", "match-node-low"): graph.match_node,
    ("match-growth",): graph.match_growth,
    ("mutate-one",): graph.mutate_one,
    ("load",): graph.load,
    ("mutate-bulk",): scheduling.mutate_bulk,
    ("backfill", "backfill-get-p99"): scheduling.backfill,
    ("backfill-conservative",): scheduling.backfill_conservative,
    ("graph-memory",): graph.graph_memory,
    ("memory-idle",): state.memory_idle,
    ("jobs-real",): jobs.jobs_real,
    ("jobs-mock",): jobs.jobs_mock,
    ("submit-one", "submit-one-p99"): submission.submit_one,
    ("submit-bulk", "submit-bulk-distinct"): submission.submit_bulk,
    ("run-latency",): workflows.run_latency,
    ("bulk-cli",): workflows.bulk_cli,
    ("get-job",): reading.get_job,
    ("sse-fanout",): streams.sse_fanout,
    ("sse-memory",): streams.sse_memory,
    ("output", "output-memory"): output.output,
    ("restart",): state.restart,
    ("memory-pending",): state.memory_pending,
    ("deps",): workflows.dependencies,
    ("operation", "operation-p99"): workflows.operation,
    ("list-p99",): reading.list_jobs,
    ("kvs-put",): kvs.put,
    ("kvs-get", "kvs-get-etcd"): kvs.get,
    ("kvs-txn",): kvs.txn,
    ("kvs-watch",): kvs.watch,
    ("kvs-big-dir",): kvs.big_dir,
    ("kvs-memory", "kvs-restart"): kvs.million,
}
