"""The benchmarks: each takes what it needs from a `Bench` and adds its figures to the report."""

from . import graph, jobs, kvs, reading, state, streams, submission

# In this order: the short ones first. A name stands for every figure that its benchmark takes.
BENCHMARKS = {
    ("match-core-1024", "match-core-4096"): graph.match_core,
    ("match-node-first", "match-node-low"): graph.match_node,
    ("match-growth",): graph.match_growth,
    ("mutate-one",): graph.mutate_one,
    ("load",): graph.load,
    ("graph-memory",): graph.graph_memory,
    ("memory-idle",): state.memory_idle,
    ("jobs-real",): jobs.jobs_real,
    ("jobs-mock",): jobs.jobs_mock,
    ("submit-one", "submit-one-p99"): submission.submit_one,
    ("submit-bulk", "submit-bulk-distinct"): submission.submit_bulk,
    ("get-job",): reading.get_job,
    ("sse-fanout",): streams.sse_fanout,
    ("sse-memory",): streams.sse_memory,
    ("restart",): state.restart,
    ("memory-pending",): state.memory_pending,
    ("list-p99",): reading.list_jobs,
    ("kvs-put",): kvs.put,
    ("kvs-get", "kvs-get-etcd"): kvs.get,
    ("kvs-txn",): kvs.txn,
    ("kvs-watch",): kvs.watch,
    ("kvs-big-dir",): kvs.big_dir,
    ("kvs-memory", "kvs-restart"): kvs.million,
}
