"""The resource graph over HTTPS: reading, changing it while jobs run, holding parts of it apart from jobs."""
import datetime
import json
import threading

import pytest

from harness import PATIENCE, assert_problem, until

MOCK = {"system": {"exec": {"test": {"run_duration": "0.05s"}}}}
LONG = {"system": {"exec": {"test": {"run_duration": "600s"}}}}
ANY = {"If-Match": "*"}


def change(client, *mutations, headers=ANY, query=""):
    return client.post("/v1/graph/mutations" + query, {"mutations": list(mutations)}, headers=headers)


def changed(client, *mutations, headers=ANY):
    answer = change(client, *mutations, headers=headers)
    assert answer.status == 200, answer
    assert answer.headers["etag"] == f'"1-{answer.json["version"]}"'
    return answer.json


def nodes(client, query=""):
    return {node["name"]: node for node in client.get("/v1/nodes" + query).json["items"]}


def names(client, query=""):
    return list(nodes(client, query))


@pytest.fixture
def cluster(fresh):
    """A broker of its own with four nodes of four cores, and its owner."""
    broker = fresh(nodes=4, cores=4)
    return broker, broker.client()


# MARK: reading


def test_the_graph_is_written_as_jgf_with_an_entity_tag(cluster):
    _, owner = cluster
    answer = owner.get("/v1/graph")
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    graph = answer.json["graph"]
    types = [node["metadata"]["type"] for node in graph["nodes"]]
    assert types.count("cluster") == 1 and types.count("node") == 4 and types.count("core") == 16
    assert len(graph["edges"]) == len(graph["nodes"]) - 1
    again = owner.get("/v1/graph", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status == 304 and again.body == b""
    assert owner.get("/v1/graph", headers={"If-None-Match": "17"}).status == 400
    assert owner.call("HEAD", "/v1/graph").headers["etag"] == answer.headers["etag"]


def test_a_part_of_the_graph_is_named_by_root_depth_and_query(cluster):
    _, owner = cluster
    first, second, *_ = names(owner)
    one = owner.get(f"/v1/graph?root=/cluster0/{first}").json["graph"]
    assert {node["metadata"]["type"] for node in one["nodes"]} == {"node", "core", "memory"}
    flat = owner.get("/v1/graph?depth=1").json["graph"]
    assert {node["metadata"]["type"] for node in flat["nodes"]} == {"cluster", "node"}
    some = owner.get(f"/v1/graph?depth=1&q=rank:1-2").json["graph"]
    assert [node["metadata"]["name"] for node in some["nodes"]][1:] == names(owner)[1:3]
    assert owner.get("/v1/graph?root=/cluster0/nowhere").status == 404
    assert_problem(owner.get("/v1/graph?q=(rank:1"), 400)


def test_vertices_are_found_by_number_path_and_type(cluster):
    _, owner = cluster
    page = owner.get("/v1/graph/vertices?type=core&limit=10").json
    assert len(page["items"]) == 10 and page["next_cursor"]
    rest = owner.get(f"/v1/graph/vertices?type=core&limit=10&cursor={page['next_cursor']}").json
    assert len(rest["items"]) == 6 and rest["next_cursor"] is None
    core = rest["items"][-1]
    assert owner.get(f"/v1/graph/vertices/{core['id']}").json == core
    assert owner.get(f"/v1/graph/vertices?path={core['path']}").json["items"] == [core]
    assert owner.get("/v1/graph/vertices/99999").status == 404
    assert owner.get("/v1/graph/vertices/x").status == 404


# MARK: changing


def test_a_node_that_is_added_starts_what_waited_for_it(cluster):
    _, owner = cluster
    running = [owner.submit({"command": ["true"], "cores_per_task": 4, "attributes": LONG})["id"] for _ in range(4)]
    for job in running:
        owner.wait(job, "run")
    job = owner.submit({"command": ["true"], "cores_per_task": 3, "attributes": MOCK})["id"]
    assert owner.get(f"/v1/jobs/{job}").json["state"] == "SCHED"
    result = changed(owner, {"op": "add", "parent": "/cluster0", "recipe": "node=2/[core=3;memory{size:64,unit:MiB}]"})
    assert result["added"] == [{"first": result["added"][0]["first"], "count": 10}]
    done = owner.wait(job)
    assert done["result"] == "COMPLETED" and done["ranks"] == "4"
    assert len(nodes(owner)) == 6


def test_ten_thousand_equal_nodes_are_one_line(cluster):
    _, owner = cluster
    recipe = "node=10000/[core=4;gpu=1;memory{size:8192,unit:MiB}]"
    result = changed(owner, {"op": "add", "parent": "/cluster0", "recipe": recipe})
    assert result["added"][0]["count"] == 70_000
    answer = owner.post("/v1/graph/match", {"operation": "without_allocating", "nnodes": 10_000, "gpus_per_task": 1})
    assert answer.json["matched"] is True, answer.json


def test_all_of_a_mutation_holds_or_nothing_does(cluster):
    _, owner = cluster
    before = owner.get("/v1/graph").headers["etag"]
    good = {"op": "add", "parent": "/cluster0", "recipe": "node/core=2"}
    answer = change(owner, good, {"op": "remove", "path": "/cluster0/nowhere"})
    assert_problem(answer, 422)
    assert answer.json["errors"][0]["pointer"] == "/mutations/1/path", answer.json
    assert owner.get("/v1/graph").headers["etag"] == before and len(nodes(owner)) == 4
    dry = change(owner, good, query="?dry_run=true")
    assert dry.status == 200 and dry.json["dry_run"] is True and dry.json["added"][0]["count"] == 3
    assert owner.get("/v1/graph").headers["etag"] == before
    # Each sees what those before it made.
    rack = changed(
        owner, {"op": "add", "parent": "/cluster0", "recipe": "rack"},
        {"op": "add", "parent": "/cluster0/rack0", "recipe": "node=2/core=2"},
        {"op": "set_properties", "path": "/cluster0/rack0", "properties": {"row": "a3"}})
    assert [part["count"] for part in rack["added"]] == [1, 6]


@pytest.mark.parametrize("mutation, pointer", [
    ({"op": "explode"}, "/mutations/0/op"),
    ({"op": "add", "parent": "/cluster0"}, "/mutations/0/recipe"),
    ({"op": "add", "parent": "/cluster0", "recipe": "node=0"}, "/mutations/0/recipe"),
    ({"op": "add", "parent": "/cluster0", "recipe": "node/"}, "/mutations/0/recipe"),
    ({"op": "add", "parent": "/nowhere", "recipe": "node"}, "/mutations/0/parent"),
    ({"op": "add", "parent": "/cluster0", "recipe": "node=9999999/core=9"}, "/mutations/0/recipe"),
    ({"op": "add", "parent": "/cluster0", "graph": {"nodes": []}}, "/mutations/0/graph/edges"),
    ({"op": "remove", "path": "/cluster0"}, "/mutations/0/path"),
    ({"op": "remove", "path": "/cluster0", "mode": "now"}, "/mutations/0/mode"),
    ({"op": "remove", "path": "/x", "vertex": 1}, "/mutations/0/path"),
    ({"op": "set_status", "vertex": 1, "status": "sideways"}, "/mutations/0/status"),
    ({"op": "set_status", "vertex": -1, "status": "up"}, "/mutations/0/vertex"),
    ({"op": "resize", "vertex": 2, "size": -1}, "/mutations/0/size"),
    ({"op": "resize", "vertex": 2, "size": 1e300}, "/mutations/0/size"),
    ({"op": "resize", "vertex": 2, "size": 0.0001}, "/mutations/0/size"),
    ({"op": "set_properties", "vertex": 1, "properties": {"a": 1}}, "/mutations/0/properties/a"),
    ({"op": "set_properties", "vertex": 1, "properties": {"status": "x"}}, "/mutations/0/properties"),
    ({"op": "add_edge", "subsystem": "power", "source": "/cluster0", "target": "/cluster0"}, "/mutations/0/target"),
    ({"op": "add_edge", "subsystem": "containment", "source": "/cluster0", "target": "/cluster0"}, "/mutations/0/subsystem"),
    ({"op": "add_edge", "subsystem": "power", "source": "/cluster0", "target": "/nowhere"}, "/mutations/0/target"),
    ({"op": "add", "parent": "/cluster0", "recipe": "node{names:n[0-1000000000]}"}, "/mutations/0/recipe"),
    ({"op": "add", "parent": "/cluster0", "recipe": "node=2{names:n[[1]]}"}, "/mutations/0/recipe"),
    ({"op": "add", "parent": "/cluster0", "recipe": "n" * 65}, "/mutations/0/"),
    ({"op": "add", "parent": "/cluster0", "recipe": "a b"}, "/mutations/0/recipe"),
    ({"op": "add", "parent": "/cluster0", "recipe": ""}, "/mutations/0/recipe"),
    ({"op": "add", "parent": "/cluster0", "recipe": "core{size:0}"}, "/mutations/0/"),
    ({"op": "add", "parent": "/cluster0", "recipe": "core{size:-1}"}, "/mutations/0/"),
    ({"op": "add", "parent": "/cluster0", "graph": {"nodes": {}, "edges": []}}, "/mutations/0/graph/nodes"),
    ({"op": "add", "parent": "/cluster0", "graph": {"nodes": [{"id": "1", "metadata": None}], "edges": []}},
     "/mutations/0/graph/nodes/0"),
    ({"op": "add", "parent": "/cluster0/../cluster0", "recipe": "node"}, "/mutations/0/parent"),
    ({"op": "set_properties", "vertex": 1, "properties": {f"p{n}": "" for n in range(1001)}}, "/mutations/0/properties"),
    ({"op": "set_properties", "vertex": 1, "properties": {"k": "x" * 65_536}}, "/mutations/0/properties"),
    ({"op": "set_properties", "vertex": 1, "properties": {"__proto__": "x"}}, "/mutations/0/properties"),
    ({"op": "drain", "vertex": 1, "reason": "r" * 2_000}, "/mutations/0/reason"),
    ({"op": "drain", "vertex": 1, "reason": "a\u001bb"}, "/mutations/0/reason"),
    ({"op": "remove_edge", "subsystem": "power", "source": "/cluster0", "target": "/cluster0/x"}, "/mutations/0/target"),
])
def test_what_is_wrong_with_a_mutation_is_told_by_pointer(cluster_shared, mutation, pointer):
    answer = change(cluster_shared, mutation)
    assert_problem(answer, 422)
    assert answer.json["errors"][0]["pointer"].startswith(pointer), answer.json


@pytest.fixture(scope="module")
def cluster_shared():
    import harness

    with harness.Broker(nodes=2, cores=2) as broker:
        broker.start()
        yield broker.client()


def test_a_change_must_be_for_the_version_that_there_is(cluster):
    _, owner = cluster
    drain = {"op": "drain", "vertex": 1, "reason": "x"}
    assert_problem(change(owner, drain, headers={}), 428)
    stale = change(owner, drain, headers={"If-Match": '"999"'})
    assert_problem(stale, 412)
    version = stale.headers["etag"].strip('"').split("-")[1]
    assert_problem(change(owner, drain, headers={"If-Match": f'"2-{version}"'}), 412)
    for wrong in f'W/"{version}"', f'"{version}", "9"', f'"{2 ** 64}"', '""', '"1-2-3"':
        assert_problem(change(owner, drain, headers={"If-Match": wrong}), 400)
    assert stale.headers["etag"] == owner.get("/v1/graph").headers["etag"]
    assert change(owner, drain, headers={"If-Match": "999"}).status == 400
    assert change(owner, drain, headers={"If-Match": stale.headers["etag"]}).status == 200


def test_of_writers_who_race_for_a_version_one_wins_each_round(cluster):
    broker, owner = cluster
    wins = []

    def write(number):
        client = broker.client()
        for _ in range(10):
            while True:
                tag = client.get("/v1/graph?depth=0").headers["etag"]
                answer = change(client, {"op": "set_properties", "vertex": 1, "properties": {f"p{number}": tag}},
                                headers={"If-Match": tag})
                if answer.status == 200:
                    wins.append(answer.json["version"])
                    break
                assert answer.status == 412, answer

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    begin = int(owner.get("/v1/graph").headers["etag"].strip('"').split("-")[1])
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(PATIENCE)
    assert sorted(wins) == list(range(begin + 1, begin + 41)), "every version was one writer's"


def test_what_is_in_use_is_removed_when_its_jobs_have_gone(cluster):
    _, owner = cluster
    host = names(owner)[0]
    job = owner.submit({"command": ["sleep", "600"], "requires": "rank:0"})["id"]
    owner.wait(job, "run")
    path = f"/cluster0/{host}"
    refused = change(owner, {"op": "remove", "path": path})
    assert_problem(refused, 409)
    assert refused.code == "in_use" and "in use" in refused.json["detail"]
    result = changed(owner, {"op": "remove", "path": path, "mode": "drain"})
    assert result["departing"] == [{"id": 1, "path": path}] and nodes(owner)[host]["state"] == "leaving"
    assert owner.post(f"/v1/jobs/{job}/cancel", {}).status == 200
    until(lambda: host not in nodes(owner), what="the node is gone")
    # Its job can still be told: numbers are never given again.
    assert owner.get(f"/v1/jobs/{job}").json["nodelist"] == host


def test_an_evicted_job_runs_again_elsewhere(cluster):
    broker, owner = cluster
    host = names(owner)[1]
    job = owner.submit({"command": ["sh", "-c", "test $SLUICE_ATTEMPT = 2 || sleep 600"], "requires": f"hostlist:{host} or rank:3"})["id"]
    owner.wait(job, "run")
    at = owner.get(f"/v1/jobs/{job}").json["nodelist"]
    result = changed(owner, {"op": "remove", "path": f"/cluster0/{at}", "mode": "evict"})
    assert result["evicted"] == [job]
    done = owner.wait(job)
    assert done["result"] == "COMPLETED" and done["attempt"] == 2 and done["nodelist"] != at, done
    log = [json.loads(line) for line in owner.get(f"/v1/jobs/{job}/eventlog").body.splitlines()]
    exception = next(entry for entry in log if entry["name"] == "exception")
    assert exception["context"]["type"] == "evict" and exception["context"]["severity"] > 0
    assert [entry["name"] for entry in log].count("alloc") == 2
    until(lambda: at not in nodes(owner), what="the node is gone")


def test_changes_outlast_a_crash(cluster):
    broker, owner = cluster
    changed(
        owner, {"op": "add", "parent": "/cluster0", "recipe": "rack/node=2/[core=2;gpu=1]"},
        {"op": "add", "parent": "/cluster0", "recipe": "power{size:1000,unit:W}"})
    changed(
        owner, {"op": "add_edge", "subsystem": "power", "source": "/cluster0/power0", "target": "/cluster0/rack0"},
        {"op": "drain", "vertex": 1, "reason": "fan"}, {"op": "set_status", "path": "/cluster0/rack0", "status": "down"},
        {"op": "set_properties", "vertex": 1, "properties": {"ssd": "", "row": "7"}})
    before = owner.get("/v1/graph").json
    listed = owner.get("/v1/nodes").json["items"]
    broker.kill()
    broker.start()
    owner = broker.client()
    assert owner.get("/v1/graph").json == before
    assert owner.get("/v1/nodes").json["items"] == listed
    changed(owner, {"op": "set_status", "path": "/cluster0/rack0", "status": "up"})
    job = owner.submit({"command": ["true"], "gpus_per_task": 1, "nnodes": 2, "attributes": MOCK})
    assert owner.wait(job["id"])["ranks"] == "4-5"


def test_only_the_owner_changes_resources(cluster):
    broker, _ = cluster
    user = broker.as_user("ada")
    assert user.get("/v1/graph").status == 200 and user.get("/v1/nodes").status == 200
    assert_problem(change(user, {"op": "drain", "vertex": 1}), 403)
    host = names(user)[0]
    assert_problem(user.post(f"/v1/nodes/{host}/drain", {}), 403)
    assert_problem(user.post("/v1/graph/match", {"operation": "allocate", "ntasks": 1}), 403)


# MARK: nodes


def test_a_drained_node_takes_nothing_new_until_it_is_undrained(cluster):
    _, owner = cluster
    for host in names(owner)[1:]:
        assert owner.post(f"/v1/nodes/{host}/drain", {"reason": "weather"}).status == 200
    first = names(owner)[0]
    job = owner.submit({"command": ["true"], "attributes": LONG})["id"]
    assert owner.wait(job, "run")["nodelist"] == first
    shown = nodes(owner, "?state=drained")
    assert set(shown) == set(names(owner)[1:])
    assert shown[names(owner)[1]]["drain"]["reason"] == "weather"
    assert owner.post(f"/v1/nodes/{first}/drain").status == 200
    assert owner.get(f"/v1/nodes/{first}").json["state"] == "draining"
    waiting = owner.submit({"command": ["true"], "attributes": MOCK})["id"]
    assert owner.post(f"/v1/nodes/{names(owner)[2]}/undrain").status == 200
    assert owner.wait(waiting)["nodelist"] == names(owner)[2]
    assert owner.post("/v1/nodes/nobody/drain").status == 404
    assert owner.get("/v1/nodes?state=asleep").status == 400


def test_events_tell_what_happens_to_the_graph_and_can_be_resumed(cluster):
    broker, owner = cluster
    position = owner.get("/v1/nodes").json["position"]
    changed(owner, {"op": "add", "parent": "/cluster0", "recipe": "node=3/core=2"})
    changed(owner, {"op": "drain", "vertex": 1, "reason": "fan"})
    with owner.stream("/v1/graph/events", since=position) as stream:
        added, drained = [event.json for event in stream.take(2)]
    assert added["name"] == "graph-changed" and added["changes"][0]["op"] == "add"
    assert added["changes"][0]["recipe"] == "node=3/core=2"
    assert drained["changes"] == [{"op": "drain", "vertex": 1, "reason": "fan"}]


def test_the_graph_can_be_read_as_it_was(cluster):
    _, owner = cluster
    position = owner.get("/v1/nodes").json["position"]
    changed(owner, {"op": "add", "parent": "/cluster0", "recipe": "node=3/core=2"})
    assert len(nodes(owner)) == 7
    assert len(nodes(owner, f"?at={position}")) == 4
    assert len(owner.get(f"/v1/graph?depth=1&at={position.split('-')[1]}").json["graph"]["nodes"]) == 5
    assert_problem(owner.get("/v1/graph?at=1-99999999"), 400)
    assert_problem(owner.get("/v1/graph?at=0"), 400)
    assert_problem(owner.get("/v1/graph?at=1"), 410)


# MARK: matching


def test_what_is_allocated_apart_from_jobs_is_nobody_elses_until_it_is_released(cluster):
    broker, owner = cluster
    answer = owner.post(
        "/v1/graph/match", {"operation": "allocate", "nnodes": 3, "exclusive": True, "note": "pods"})
    assert answer.status == 201, answer
    held = answer.json
    assert answer.headers["location"] == f"/v1/allocations/{held['id']}"
    assert [entry["rank"] for entry in held["R"]["execution"]["R_lite"]] == ["0", "1", "2"]
    assert owner.get(answer.headers["location"]).json == held
    asked = {"operation": "without_allocating", "nnodes": 2}
    assert owner.post("/v1/graph/match", asked).json == {"matched": False}
    assert owner.post("/v1/graph/match", {**asked, "operation": "satisfiability"}).json == {"satisfiable": True}
    never = owner.post("/v1/graph/match", {"operation": "satisfiability", "nnodes": 5}).json
    assert never["satisfiable"] is False and "4 such nodes" in never["reason"], never
    assert_problem(owner.post("/v1/graph/match", {**asked, "operation": "allocate"}), 409)
    assert_problem(owner.post("/v1/graph/match", {"operation": "allocate", "nnodes": 5}), 422)
    assert_problem(owner.post("/v1/graph/match", {"operation": "guess", "nnodes": 5}), 422)
    broker.kill()
    broker.start()
    owner = broker.client()
    assert owner.get("/v1/allocations").json["items"] == [held]
    assert broker.as_user("ada").get(f"/v1/allocations/{held['id']}").status == 404
    assert owner.call("DELETE", f"/v1/allocations/{held['id']}").status == 204
    assert owner.call("DELETE", f"/v1/allocations/{held['id']}").status == 404
    assert owner.post("/v1/graph/match", asked).json["matched"] is True


def test_an_allocation_with_a_duration_is_released_when_it_is_over(cluster):
    _, owner = cluster
    held = owner.post("/v1/graph/match", {"operation": "allocate", "nnodes": 4, "duration": "1s"}).json
    assert held["expiration"] is not None
    until(lambda: owner.get(f"/v1/allocations/{held['id']}").status == 404, what="its release")
    assert len(nodes(owner, "?state=free")) == 4


def test_a_running_job_gives_back_a_part_and_is_granted_more(cluster):
    broker, owner = cluster
    user = broker.as_user("ada")
    job = user.submit({"command": ["sleep", "600"], "nnodes": 3, "exclusive": True})["id"]
    until(lambda: b'"start"' in user.get(f"/v1/jobs/{job}/eventlog").body, what="its start")
    path = f"/v1/jobs/{job}/resources"
    shrunk = user.post(path, {"release": {"ranks": "1"}})
    assert shrunk.status == 200 and shrunk.json["version"] == 2, shrunk
    assert user.get(f"/v1/jobs/{job}").json["ranks"] == "0,2"
    assert nodes(owner, "?state=free").keys() == {names(owner)[1], names(owner)[3]}
    assert_problem(user.post(path, {"grant": {"nnodes": 1}}), 403)
    assert_problem(user.post(path, {"release": {"ranks": "1"}}), 409)
    assert_problem(user.post(path, {"release": {"ranks": "0,2"}}), 409)
    assert_problem(user.post(path, {"release": {}}), 422)
    assert_problem(user.post(path, {}), 422)
    assert_problem(broker.as_user("eve").post(path, {"release": {"ranks": "0"}}), 404)
    grown = owner.post(path, {"grant": {"nnodes": 2, "exclusive": True}})
    assert grown.json["version"] == 3 and user.get(f"/v1/jobs/{job}").json["ranks"] == "0-3"
    log = [json.loads(line) for line in user.get(f"/v1/jobs/{job}/eventlog").body.splitlines()]
    assert [entry["context"] for entry in log if entry["name"] == "resize"] == [{"R_version": 2}, {"R_version": 3}]
    assert user.post(f"/v1/jobs/{job}/cancel", {}).status == 200
    user.wait(job)
    assert len(nodes(owner, "?state=free")) == 4


# MARK: the command line


def test_an_operator_drains_adds_and_removes_at_a_terminal(cluster):
    broker, owner = cluster
    hosts = names(owner)
    listed = broker.run("resource", "list")
    assert listed.returncode == 0 and "free" in listed.stdout and "16" in listed.stdout, listed
    assert "4 nodes, 16 cores (16 free), 0 GPUs" in broker.run("resource", "info").stdout
    assert broker.run("resource", "drain", f"{hosts[1]},{hosts[2]}", "fan", "is", "broken").returncode == 0
    status = broker.run("resource", "status").stdout
    assert status.count("fan is broken") == 2 and hosts[1] in status
    assert broker.run("resource", "undrain", "1-2").returncode == 0
    assert "Every node takes work" in broker.run("resource", "status").stderr
    missing = broker.run("resource", "drain", "nobody")
    assert missing.returncode != 0 and "no node named" in missing.stderr
    added = broker.run("resource", "add", "/cluster0", "node=2/[core=8;gpu=1]")
    assert added.returncode == 0 and "added 20 vertices" in added.stdout, added
    assert broker.run("resource", "set", "/cluster0/node4", "ssd", "row=3", "--status", "down").returncode == 0
    shown = json.loads(broker.run("resource", "info", "/cluster0/node4", "--json").stdout)
    assert shown["properties"] == {"row": "3", "ssd": ""} and shown["status"] == "down", shown
    assert broker.run("resource", "remove", "/cluster0/node4").returncode == 0
    again = broker.run("resource", "remove", "/cluster0/node4")
    assert again.returncode == 1 and "no such vertex" in again.stderr
    stale = broker.run("resource", "drain", "0", "--if-version", "1")
    assert stale.returncode == 1 and "version" in stale.stderr
    whole = json.loads(broker.run("resource", "graph").stdout)
    fed = broker.run("resource", "add", "/cluster0", "-", input=json.dumps(whole["graph"]))
    assert fed.returncode == 1, "a cluster with hosts of the same names cannot be added"


def test_a_person_asks_for_a_match_at_a_terminal(cluster):
    broker, owner = cluster
    found = broker.run("match", "-N2", "-c4")
    assert found.returncode == 0 and "rank 0 core[0-3]; rank 1 core[0-3]" in found.stdout, found
    never = broker.run("match", "--satisfiable", "-N9")
    assert never.returncode == 1 and "not satisfiable" in never.stdout
    held = broker.run("match", "--allocate", "-N4", "-x", "--note", "mine", "--json")
    identity = json.loads(held.stdout)["id"]
    assert broker.run("match", "-N1").stdout == "not free now\n"
    assert "mine" in broker.run("match", "--list").stdout
    assert broker.run("match", "--release", identity).returncode == 0
    assert broker.run("match", "-N4").returncode == 0


# MARK: pictures and explanations


def test_the_graph_is_drawn_for_people(cluster):
    import xml.etree.ElementTree as XML

    broker, owner = cluster
    job = owner.submit({"command": ["true"], "nnodes": 1, "exclusive": True, "attributes": LONG})["id"]
    owner.wait(job, "run")
    drawn = owner.get("/v1/graph", headers={"Accept": "image/svg+xml"})
    assert drawn.status == 200 and drawn.headers["content-type"] == "image/svg+xml"
    text = "".join(XML.fromstring(drawn.body).itertext())
    assert all(name in text for name in names(owner))
    tree = owner.get("/v1/graph?depth=1", headers={"Accept": "text/plain"}).body.decode()
    assert tree.startswith("cluster0") and "core" not in tree.splitlines()[-1].split()[0], tree
    assert owner.get("/v1/graph", headers={"Accept": "text/vnd.graphviz"}).body.startswith(b"digraph")
    assert owner.get("/v1/graph", headers={"Accept": "image/png"}).status == 406
    assert owner.get("/v1/graph?q=rank:1", headers={"Accept": "image/svg+xml"}).status == 400
    shown = broker.run("resource", "graph", "--format=tree")
    assert shown.returncode == 0 and "cluster0" in shown.stdout


def test_a_waiting_job_is_told_what_would_let_it_start(cluster):
    broker, owner = cluster
    long = owner.submit({"command": ["true"], "nnodes": 2, "exclusive": True, "requires": "rank:0-1", "attributes": LONG})["id"]
    owner.wait(long, "run")
    assert owner.post(f"/v1/nodes/{names(owner)[3]}/drain", {"reason": "fan"}).status == 200
    job = owner.submit({"command": ["true"], "nnodes": 3, "exclusive": True, "requires": "rank:0-2", "attributes": MOCK})["id"]
    answer = owner.get(f"/v1/jobs/{job}/explain")
    assert answer.status == 200, answer
    told = answer.json
    assert told["state"] == "SCHED" and told["resources"]["satisfiable"] and not told["resources"]["matches"]
    assert "3 x node needed, 1 available" in told["reason"], told["reason"]
    part = next(part for part in told["resources"]["parts"] if part["type"] == "node")
    assert (part["needed"], part["available"], part["shortage"]) == (3, 1, 2), part
    assert part["ruled_out"] == {"constraint": 1, "held": 2}, part
    assert {change["change"] for change in told["resources"]["changes"]} >= {"wait", "ask_for_less"}
    assert owner.get(f"/v1/jobs/{long}/explain").json["reason"] == "it has its resources"
    assert broker.as_user("ada").get(f"/v1/jobs/{job}/explain").status == 404
    shown = broker.run("job", "explain", job)
    assert shown.returncode == 0 and "2 held" in shown.stdout and "it would match" in shown.stdout, shown
    held = owner.submit({"command": ["true"], "urgency": 0})["id"]
    assert "held" in owner.get(f"/v1/jobs/{held}/explain").json["reason"]


def test_a_broker_gives_out_what_a_file_describes(tmp_path):
    import harness

    recipe = tmp_path / "resources.yaml"
    recipe.write_text("'cluster/rack=2/node=3/[socket=2/[core=4;gpu=1];memory{size:4096,unit:MiB}]'\n")
    with harness.Broker(nodes=0, options=["--resources", str(recipe)]) as broker:
        broker.start()
        owner = broker.client()
        assert len(nodes(owner)) == 6
        job = owner.submit({"command": ["true"], "nnodes": 2, "gpus_per_task": 2, "cores_per_task": 8})["id"]
        assert owner.wait(job)["result"] == "COMPLETED"
        changed(owner, {"op": "remove", "path": "/cluster0/rack1"})
        broker.kill()
        broker.start()
        assert len(nodes(broker.client())) == 3, "the same file is what there was already"


def test_names_that_are_there_and_sizes_that_are_held_are_conflicts(cluster):
    broker, owner = cluster
    host = names(owner)[0]
    twice = change(owner, {"op": "add", "parent": "/cluster0", "recipe": f"node{{names:{host}}}/core"})
    assert_problem(twice, 409)
    both = change(owner, {"op": "add", "parent": "/cluster0", "recipe": "node{names:new}/core"},
                  {"op": "add", "parent": "/cluster0", "recipe": "node{names:new}/core"})
    assert_problem(both, 409)
    assert both.json["errors"][0]["pointer"] == "/mutations/1"
    changed(owner, {"op": "add", "parent": "/cluster0", "recipe": "power{size:1000,unit:W}"},
            {"op": "add_edge", "subsystem": "power", "source": "/cluster0/power0", "target": f"/cluster0/{host}"})
    edge = {"op": "add_edge", "subsystem": "power", "source": "/cluster0/power0", "target": f"/cluster0/{host}"}
    assert_problem(change(owner, edge), 422)
    back = {**edge, "source": edge["target"], "target": edge["source"]}
    assert_problem(change(owner, back), 422)
    held = owner.post("/v1/graph/match", {"operation": "allocate", "shape": "slot/memory=512", "requires": "rank:0"})
    assert held.status == 201, held
    pool = next(vertex for vertex in owner.get("/v1/graph/vertices?type=memory").json["items"] if vertex["taken"])
    assert pool["taken"] == 512
    assert_problem(change(owner, {"op": "resize", "vertex": pool["id"], "size": 511}), 409)
    changed(owner, {"op": "resize", "vertex": pool["id"], "size": 512})
    assert_problem(change(owner, {"op": "remove", "path": f"/cluster0/{host}"}), 409)


def test_a_mutation_is_bounded_and_the_last_fault_undoes_a_thousand(cluster):
    _, owner = cluster
    before = owner.get("/v1/graph").body
    good = {"op": "add", "parent": "/cluster0", "recipe": "node/core"}
    assert_problem(change(owner, *([good] * 999), {"op": "remove", "vertex": 999_999}), 422)
    assert owner.get("/v1/graph").body == before
    assert_problem(change(owner, *([good] * 1_001)), 422)
    assert_problem(change(owner), 422)


def test_an_acknowledged_mutation_is_applied_once_whatever_happens_to_the_answer(cluster):
    broker, owner = cluster
    tag = owner.get("/v1/graph").headers["etag"]
    add = {"op": "add", "parent": "/cluster0", "recipe": "node/core"}
    assert change(owner, add, headers={"If-Match": tag}).status == 200
    broker.kill()
    broker.start()
    owner = broker.client()
    assert_problem(change(owner, add, headers={"If-Match": tag}), 412)
    assert len(nodes(owner)) == 5


def test_a_vertex_that_comes_and_goes_costs_no_number_twice(cluster):
    _, owner = cluster
    numbers = set()
    for _ in range(300):
        first = changed(owner, {"op": "add", "parent": "/cluster0", "recipe": "node/core"})["added"][0]["first"]
        assert first not in numbers
        numbers.add(first)
        changed(owner, {"op": "remove", "vertex": first})
    assert len(nodes(owner)) == 4


# MARK: reserving


def test_what_is_not_free_now_is_reserved_and_becomes_an_allocation(cluster):
    broker, owner = cluster
    running = owner.submit({"command": ["sleep", "600"], "nnodes": 4, "exclusive": True, "time_limit": "1h"})["id"]
    owner.wait(running, "run")
    question = {"operation": "allocate_orelse_reserve", "nnodes": 2, "exclusive": True, "duration": "30m",
                "note": "pods"}
    preview = owner.post("/v1/graph/match?dry_run=true", question)
    assert preview.status == 200 and preview.json["at"] > "2026", preview
    assert_problem(broker.as_user("guest").post("/v1/graph/match", question), 403)
    answer = owner.post("/v1/graph/match", question)
    assert answer.status == 201, answer
    reserved = answer.json
    assert reserved["state"] == "reserved" and reserved["note"] == "pods"
    moment = datetime.datetime.fromisoformat
    wait = (moment(reserved["start"]) - moment(reserved["timestamp"])).total_seconds()
    assert 3_500 < wait <= 3_600, "the job's time limit"
    assert (moment(reserved["expiration"]) - moment(reserved["start"])).total_seconds() == 1_800
    ranks = reserved["R"]["execution"]["R_lite"][0]["rank"]
    assert owner.get(answer.headers["location"]).json == reserved
    assert owner.get("/v1/allocations").json["items"] == [reserved]
    # Not taken away, nor taken by what ends too late; what ends in time may use it.
    first_rank = int(ranks.split("-")[0])
    host = list(nodes(owner))[first_rank]
    assert_problem(change(owner, {"op": "remove", "path": f"/cluster0/{host}", "mode": "drain"}), 409)
    owner.post(f"/v1/jobs/{running}/cancel")
    owner.wait(running)
    late = owner.submit({"command": ["true"], "nnodes": 3, "exclusive": True, "time_limit": "2h"})["id"]
    short = owner.submit({"command": ["true"], "nnodes": 1, "exclusive": True, "time_limit": "10m"})["id"]
    broker.kill()
    broker.start()
    owner = broker.client()
    assert owner.get(f"/v1/allocations/{reserved['id']}").json == reserved
    assert owner.get(f"/v1/jobs/{late}").json["state"] == "SCHED"
    assert_problem(owner.post("/v1/graph/match", {"operation": "allocate", "nnodes": 3, "exclusive": True}), 409)
    assert owner.call("DELETE", f"/v1/allocations/{reserved['id']}").status == 204
    assert owner.wait(late)["result"] == "COMPLETED" and owner.wait(short)["result"] == "COMPLETED"


def test_a_reservation_begins_when_its_time_has_come(cluster):
    _, owner = cluster
    held = owner.post("/v1/graph/match", {
        "operation": "allocate", "nnodes": 4, "exclusive": True, "duration": "2s"}).json
    assert held["state"] == "held"
    reserved = owner.post("/v1/graph/match", {
        "operation": "allocate_orelse_reserve", "nnodes": 1, "exclusive": True, "duration": "2s"}).json
    assert reserved["state"] == "reserved", reserved
    path = f"/v1/allocations/{reserved['id']}"
    begun = until(lambda: (found := owner.get(path).json)["state"] == "held" and found, what="its beginning")
    assert begun["R"]["execution"]["R_lite"] == reserved["R"]["execution"]["R_lite"]
    until(lambda: owner.get(path).status == 404, what="its end")
    kinds = [event.json["name"] for event in owner.stream("/v1/graph/events", since="1-0").take(6)]
    assert kinds[-5:] == ["allocated", "reserved", "deallocated", "allocated", "deallocated"], kinds
    without_limit = owner.post("/v1/graph/match", {"operation": "allocate", "nnodes": 4, "exclusive": True}).json
    refused = owner.post("/v1/graph/match", {"operation": "allocate_orelse_reserve", "nnodes": 1, "exclusive": True})
    assert_problem(refused, 409)
    assert "no time limit" in refused.json["detail"]
    assert owner.call("DELETE", f"/v1/allocations/{without_limit['id']}").status == 204


def test_a_queue_chooses_among_many_resources(cluster):
    broker, owner = cluster
    made = owner.call("PUT", "/v1/queues/high", json_body={"match_policy": "high"})
    assert made.status == 201 and made.json["match_policy"] == "high", made
    assert_problem(owner.call("PUT", "/v1/queues/odd", json_body={"match_policy": "best"}), 422)
    job = owner.submit({"command": ["true"], "queue": "high"})["id"]
    assert owner.wait(job)["ranks"] == "3"
    assert broker.run("queue", "define", "default", "--match-policy=hinodex").returncode == 0
    assert owner.get("/v1/queues/default").json["match_policy"] == "hinodex"
    first, second = [owner.submit({"command": ["sleep", "5"]})["id"] for _ in range(2)]
    owner.wait(first, "run")
    owner.wait(second, "run")
    assert [owner.get(f"/v1/jobs/{job}").json["ranks"] for job in (first, second)] == ["3", "2"]
