"""What the resource graph costs, in the scripted matcher: no broker, no network, processor time of one thread.

Fluxion's figures beside ours are those of flux-sched 0.54 on a machine of this kind.
"""

import itertools
import json
import re
import subprocess

from measuring.bench import expect
from measuring.tools import LONGEST

NODE = "socket=2/[core=16;gpu=2]"
# 40 vertices.
FULL_NODE = f"[{NODE};memory{{size:256000,unit:MiB}}]"
ONE_CORE = "match allocate --shape 'slot=1/core=1'"
WHOLE_NODE = "match allocate --shape 'node=1{x}/slot=1/core=1'"


def _query(bench, lines, resources, policy="first"):
    """Runs a script; the answers, and what `stat --times` said last."""
    command = [bench.binary, "resource-query", *resources, "--policy", policy]
    script = "".join(line + "\n" for line in [*lines, "stat --times"])
    outcome = subprocess.run(command, input=script, capture_output=True, text=True, timeout=LONGEST, check=False)
    expect(outcome.returncode == 0, f"the matcher refused: {(outcome.stderr or outcome.stdout).strip()[:200]}")
    answers = outcome.stdout.splitlines()
    times = dict(line.split(": ", 1) for line in answers[-4:])
    return answers[:-4], times


def _mean(times, name):
    return float(re.search(r"mean ([0-9.]+)", times[name]).group(1))


def _recipe(nodes, node=NODE):
    return ["--recipe", f"cluster/node={nodes}/{node}"]


def _fill(bench, nodes, request, count, policy="first"):
    """Mean microseconds of so many matches, all of which succeed."""
    answers, times = _query(bench, [f"repeat {count} {request}"], _recipe(nodes), policy)
    expect(answers == [f"{count} of {count} matched"], f"not everything matched: {answers}")
    return _mean(times, "matches")


def match_core(bench):
    for nodes, fluxion in ((1_024, 178), (4_096, 255)):
        nodes = bench.size(nodes, nodes // 16)
        values = [_fill(bench, nodes, ONE_CORE, nodes * 32) for _ in bench.rounds]
        name = "match-core-1024" if fluxion == 178 else "match-core-4096"
        bench.report.add(name, values, f"{nodes:,} nodes filled with {nodes * 32:,} requests of a core; "
                         f"Fluxion {fluxion} µs")


def match_node(bench):
    nodes = bench.size(1_024, 64)
    for policy, fluxion in (("first", "220"), ("low", "about 20,000")):
        values = [_fill(bench, nodes, WHOLE_NODE, nodes, policy) for _ in bench.rounds]
        bench.report.add(f"match-node-{policy}", values, f"{nodes:,} whole nodes, policy {policy}; Fluxion "
                         f"{fluxion} µs")


def match_growth(bench):
    small, large = bench.size(1_024, 64), bench.size(65_536, 4_096)
    pairs = [(_fill(bench, large, ONE_CORE, large), _fill(bench, small, ONE_CORE, small * 32)) for _ in bench.rounds]
    bench.report.add("match-growth", [big / little for big, little in pairs],
                     f"{large:,} nodes ({1 + large * 39:,} vertices): {pairs[-1][0]:.1f} µs; {small:,}: "
                     f"{pairs[-1][1]:.1f} µs in the last round")


def mutate_one(bench):
    nodes, count = bench.size(4_000, 400), bench.size(500, 50)
    one = [f"attach /cluster0 'node{{names:new}}/{FULL_NODE}'", "remove /cluster0/new"]
    values = []
    for _ in bench.rounds:
        answers, times = _query(bench, one * count, _recipe(nodes, FULL_NODE))
        wanted = ["attached 40 vertices beneath /cluster0", "removed 40 vertices at /cluster0/new"] * count
        expect(answers == wanted, f"unexpected answers: {answers[:2]}")
        values.append(_mean(times, "mutations"))
    bench.report.add("mutate-one", values, f"{count:,} times a node of 40 vertices added and removed, in a graph of "
                     f"{1 + nodes * 40:,} vertices; Fluxion has no figure")


def load(bench):
    """From the file to the graph."""
    nodes = bench.size(4_000, 400)
    path = bench.folder("graph").with_suffix(".json")
    _write_jgf(path, nodes)
    values = []
    for _ in bench.rounds:
        answers, times = _query(bench, ["stat"], ["--load", str(path)])
        expect(answers[0].startswith(f"vertices: {1 + nodes * 40}, hosts: {nodes},"), f"not all was read: {answers[0]}")
        values.append(float(times["load"].removeprefix("µs ")) / 1e6)
    bench.report.add("load", values, f"JGF of {1 + nodes * 40:,} vertices, {path.stat().st_size >> 20} MiB; Fluxion "
                     "loads its own recipe in 1.47 s, jansson alone needs 1.3 s for the text")


def graph_memory(bench):
    values, large = [], []
    for found, nodes in ((values, bench.size(4_000, 400)), (large, bench.size(62_500, 4_000))):
        for _ in bench.rounds:
            _, times = _query(bench, [], _recipe(nodes, FULL_NODE))
            found.append(int(re.search(r", (\d+) a vertex", times["memory"]).group(1)))
    bench.report.add("graph-memory", values, f"resident bytes a vertex of {1 + bench.size(4_000, 400) * 40:,}; of "
                     f"{1 + bench.size(62_500, 4_000) * 40:,}: {max(large)}")


def _write_jgf(path, nodes):
    """A cluster of full nodes in Fluxion's dialect of the JSON Graph Format."""
    ids = itertools.count()
    vertices, edges = [], []

    def add(kind, number, parent, rank, size=1, unit=""):
        """The new vertex's number and path."""
        vertex = next(ids)
        name = f"{kind}{number}"
        place = f"{parent[1] if parent else ''}/{name}"
        metadata = {"type": kind, "basename": kind, "name": name, "id": number, "uniq_id": vertex, "rank": rank,
                    "exclusive": False, "unit": unit, "size": size, "paths": {"containment": place}}
        vertices.append({"id": str(vertex), "metadata": metadata})
        if parent:
            edges.append({"source": str(parent[0]), "target": str(vertex), "metadata": {"subsystem": "containment"}})
        return vertex, place

    cluster = add("cluster", 0, None, -1)
    for rank in range(nodes):
        node = add("node", rank, cluster, rank)
        for number in range(2):
            socket = add("socket", number, node, rank)
            for core in range(16):
                add("core", number * 16 + core, socket, rank)
            for gpu in range(2):
                add("gpu", number * 2 + gpu, socket, rank)
        add("memory", 0, node, rank, 256_000, "MiB")
    with open(path, "w") as file:
        json.dump({"graph": {"nodes": vertices, "edges": edges}}, file)
