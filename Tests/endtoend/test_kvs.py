"""The key-value store, paragraph by paragraph of docs/rfc/4-key-value-store.md, through the broker's front door."""
import json
import subprocess
import threading
import time

import pytest

import harness
from harness import assert_problem, in_threads
from kvs import TEXT, Space, commits, number_of, put_of, question, value_of


MEBIBYTE = 1 << 20


@pytest.fixture
def space(owner):
    return Space(owner)


# MARK: namespaces

def test_a_namespace_is_made_shown_changed_listed_and_removed(owner):
    space = Space(owner, description="mine", quota={"keys": 10})
    shown = space.info()
    assert shown["name"] == space.name and shown["description"] == "mine" and shown["quota"]["keys"] == 10
    assert shown["keys"] == 0 and shown["root"].startswith("sha256-") and len(shown["root"]) == 71
    assert_problem(owner.post("/v1/kvs", {"name": space.name}), 409)
    changed = space.call("PATCH", space.base, json_body={"description": "ours", "quota": {"bytes": 5000}}).json
    assert changed["description"] == "ours" and changed["quota"]["keys"] == 10 and changed["quota"]["bytes"] == 5000
    space.put("k", "v")
    names = [item["name"] for item in owner.get("/v1/kvs?limit=1000").json["items"]]
    assert space.name in names and len(set(names)) == len(names)
    assert owner.call("DELETE", space.base).status == 204
    assert_problem(owner.get(space.base), 404)
    assert_problem(owner.get(space.path("k")), 404)
    again = Space(owner, None)
    assert again.names() == []


def test_primary_is_there_and_stays(owner):
    primary = Space(owner, "primary")
    assert primary.info()["owner"]
    primary.put("test-primary.k", "v")
    assert primary.text("test-primary.k") == "v"
    assert_problem(owner.call("DELETE", primary.base), 403)
    primary.delete("test-primary", recursive=True)


def test_lists_of_namespaces_have_pages(owner):
    made = {Space(owner).name for _ in range(5)}
    found, cursor = [], None
    while True:
        page = owner.get("/v1/kvs" + question({"limit": 2, **({"cursor": cursor} if cursor else {})}))
        assert page.status == 200 and len(page.json["items"]) <= 2, page
        found += [item["name"] for item in page.json["items"]]
        cursor = page.json["next_cursor"]
        if cursor is None:
            break
    assert made <= set(found) and len(set(found)) == len(found)


def test_a_jobs_namespace_begins_with_its_first_write(broker, owner):
    job = owner.submit({"command": ["true"], "urgency": 0})["id"]
    space = Space(owner, f"job-{job}")
    assert space.names() == []
    space.get("k", expect=404)
    with space.watch() as stream:
        assert stream.status == 200
        stream.take(1, kinds=("bookmark",))
        revision = space.write("k", "v")
        assert [commit["revision"] for commit in commits(stream, 1)] == [revision]
    assert space.text("k") == "v"
    assert_problem(broker.as_user("alice").get(space.path("k")), 404)
    assert_problem(owner.get("/v1/kvs/job-f2oLkT7hdZZm/keys/k"), 404)


def test_two_users_have_namespaces_of_the_same_name(broker):
    alice, bob = broker.as_user("alice"), broker.as_user("bob")
    mine = Space(alice)
    mine.put("k", "alice")
    assert bob.post("/v1/kvs", {"name": mine.name}).status == 201
    other = mine.seen_by(bob)
    other.get("k", expect=404)
    other.put("k", "bob")
    assert (mine.text("k"), other.text("k")) == ("alice", "bob")
    # The owner of the instance may name a user.
    assert broker.client().get(mine.path("k", user="alice")).body == b"alice"
    assert broker.client().get(mine.path("k", user="bob")).body == b"bob"


def test_a_namespace_that_begins_as_anothers_revision(owner):
    space = Space(owner)
    space.put("a.x", "1")
    revision, root = space.revision(), space.info()["root"]
    space.put("a.x", "2")
    space.delete("a", recursive=True)
    copied = Space(owner, **{"from": {"namespace": space.name, "revision": revision}})
    assert copied.text("a.x") == "1" and copied.info()["root"] == root
    copied.put("b", "3")
    assert space.names() == [] and copied.names() == ["a", "b"]
    head = Space(owner, **{"from": {"namespace": copied.name}})
    assert head.text("b") == "3"
    owner.call("DELETE", copied.base)
    assert head.text("a.x") == "1"
    assert_problem(owner.post("/v1/kvs", {"name": "from-ahead", "from": {"namespace": space.name, "revision": 1 << 40}}), (400, 422))


# MARK: reading

def test_a_key_is_read_with_its_media_type_tag_and_revision(space):
    revision = space.write("a.b", "y")
    other = space.write("elsewhere", "z")
    answer = space.get("a.b")
    assert answer.body == b"y" and answer.headers["content-type"] == TEXT
    assert number_of(answer.headers["etag"].strip('"')) == revision
    assert number_of(answer.headers["sluice-revision"]) == other
    assert "sandbox" in answer.headers["content-security-policy"]
    head = space.call("HEAD", space.path("a.b"))
    assert head.headers["etag"] == answer.headers["etag"] and head.headers["content-length"] == "1" and not head.body
    shown = space.object("a.b")
    assert shown == {"key": "a.b", "kind": "value", "revision": revision, "size": 1, "media_type": TEXT, "value": "y"}
    space.put("binary", b"\xff\0")
    assert value_of(space.object("binary")) == b"\xff\0" and "base64" in space.object("binary")
    # Without a media type it is bytes.
    space.call("PUT", space.path("untyped"), body=b"x")
    assert space.get("untyped").headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("text, plain", [("a\tb\r\nc", True), ("é\U0001f600", True), ("", True), ("a\x01b", False), ("\x1b[2J", False), ("\x7f", False)])
def test_what_counts_as_text(space, text, plain):
    space.put("k", text.encode())
    shown = space.object("k")
    assert ("value" in shown) == plain and ("base64" in shown) != plain
    assert value_of(shown) == text.encode()


def test_what_has_not_changed_is_304(space):
    space.put("k", "1")
    tag = space.get("k").headers["etag"]
    answer = space.get("k", expect=304, headers={"If-None-Match": tag})
    assert answer.headers["etag"] == tag and not answer.body
    space.put("other", "1")
    space.get("k", expect=304, headers={"If-None-Match": tag})
    space.put("k", "1")
    answer = space.get("k", headers={"If-None-Match": tag})
    assert answer.body == b"1" and answer.headers["etag"] != tag


def test_every_retained_revision_can_be_read(space):
    generator = harness.seed("revisions")
    states, state, revisions = [], {}, []
    for number in range(120):
        key = generator.choice(["a", "a.b", "a.b.c", "d", "d.e"])
        if generator.random() < 0.25 and key in state:
            space.delete(key)
            state.pop(key)
        else:
            space.put(key, str(number))
            above = {".".join(key.split(".")[:depth]) for depth in range(1, key.count(".") + 1)}
            state = {name: value for name, value in state.items() if name not in above and not name.startswith(key + ".")}
            state[key] = str(number)
        states.append(dict(state))
        revisions.append(space.revision())
    for index in generator.sample(range(len(states)), 40):
        found = {item["key"]: item["value"] for item in space.items(at=revisions[index], recursive=True, values=True)}
        assert found == states[index], index
        answer = space.read(["a", "a.b.c", "d.e"], at=revisions[index]).json
        for item in answer["items"]:
            assert item.get("value") == states[index].get(item["key"]), (index, item)
        for key in ("a.b", "d"):
            answer = space.get(key, expect=None, at=f"1-{revisions[index]}")
            if key in states[index]:
                assert answer.body.decode() == states[index][key]
            else:
                # Or it is a directory then.
                assert answer.status == (409 if any(name.startswith(key + ".") for name in states[index]) else 404)
    assert_problem(space.get("a", expect=None, at=1 << 40), 400)
    assert_problem(space.get("a", expect=None, at=f"2-{revisions[-1]}"), 410)


def test_a_revision_between_two_commits_is_the_one_before(owner):
    space, other = Space(owner), Space(owner)
    first = space.write("k", "1")
    between = other.write("k", "x")
    second = space.write("k", "2")
    assert first < between < second
    assert space.text("k", at=between) == "1" and space.text("k", at=second) == "2"


def test_a_directory_is_not_read_as_a_value(space):
    space.put("d.k", "v")
    assert_problem(space.get("d", expect=None), 409, "is_directory")
    listed = space.get("d", list=True).json
    assert [item["key"] for item in listed["items"]] == ["d.k"]


def test_waiting_for_a_key(broker, space):
    space.put("there", "1")
    begin = time.monotonic()
    assert space.get("there", wait="created", timeout=30).body == b"1"
    answer = space.get("later", expect=202, wait="created", timeout=0.3).json
    assert answer["key"] == "later" and answer["exists"] is False and answer["revision"] == space.revision()
    assert 0.25 < time.monotonic() - begin < 20
    found, waiters = [], []

    def wait(key):
        found.append(space.seen_by(broker.client()).get(key, wait="created", timeout=30).body)
    for _ in range(5):
        waiters.append(threading.Thread(target=wait, args=("later.one",)))
        waiters[-1].start()
    time.sleep(0.3)
    space.put("unrelated", "x")
    assert not found
    begin = time.monotonic()
    space.txn([put_of("later.one", "now")])
    for waiter in waiters:
        waiter.join(20)
    assert found == [b"now"] * 5 and time.monotonic() - begin < 10


def test_lists_show_kinds_sizes_and_what_is_below(owner, space):
    space.txn([put_of("a", "12345", media_type="text/css"), put_of("d.one", "1"), put_of("d.two.deep", "22"), {"op": "mkdir", "key": "empty"},
               {"op": "symlink", "key": "link", "target": "d.one"}])
    items = {item["key"]: item for item in space.items()}
    assert list(items) == ["a", "d", "empty", "link"]
    assert items["a"]["kind"] == "value" and items["a"]["size"] == 5 and items["a"]["media_type"] == "text/css"
    assert items["d"]["kind"] == "directory" and items["d"]["keys"] == 2 and items["d"]["bytes"] >= 3
    assert items["empty"]["kind"] == "directory" and items["link"]["kind"] == "symlink"
    assert "value" not in items["a"]
    assert {item["key"]: item.get("value") for item in space.items(prefix="d", values=True)} == {"d.one": "1", "d.two": None}
    assert space.names(prefix="d", recursive=True) == ["d.one", "d.two.deep"]
    assert space.names(prefix="absent") == [] and space.names(prefix="empty") == []


def test_pages_stay_at_the_revision_of_the_first(broker, space):
    """While others write, a list is of one moment."""
    generator = harness.seed("pages")
    names = [f"k{number:03}" for number in range(300)]
    for at in range(0, 300, 100):
        space.txn([put_of(f"d.{name}", "0") for name in names[at:at + 100]])
    stop = threading.Event()

    def disturb(index):
        own, number = space.seen_by(broker.client()), 0
        while not stop.is_set():
            number += 1
            key = f"d.{generator.choice(names)}" if number % 3 else f"d.new{index}-{number}"
            own.delete(key) if number % 5 == 0 else own.put(key, str(number))
    threads = [threading.Thread(target=disturb, args=(index,), daemon=True) for index in range(2)]
    for thread in threads:
        thread.start()
    try:
        for recursive in (False, True):
            first = space.page(prefix="d", limit=7, recursive=recursive).json
            revision, found, page = first["revision"], list(first["items"]), first
            while page["next_cursor"]:
                page = space.page(prefix="d", limit=7, recursive=recursive, cursor=page["next_cursor"]).json
                assert page["revision"] == revision
                found += page["items"]
            whole = space.page(prefix="d", limit=1000, recursive=recursive, at=revision).json["items"]
            assert found == whole and all(item["revision"] <= revision for item in found)
            assert [item["key"] for item in found] == sorted(item["key"] for item in found)
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)


def test_order_is_by_segments(space):
    keys = ["a", "a!", "a-b", "ab", "b.c", "b!", "b-", "ba.x", "\u00e9", "z"]
    space.txn([put_of(key, "v") for key in keys])
    shown = space.names(recursive=True)
    assert shown == sorted(keys, key=lambda key: [segment.encode() for segment in key.split(".")])


def test_values_in_lists_end_at_a_mebibyte(space):
    for number in range(5):
        space.put(f"d.k{number}", "x" * (400 * 1024))
    page = space.page(prefix="d", values=True).json
    assert 0 < len(page["items"]) < 5 and page["next_cursor"]
    assert [item["size"] for item in space.items(prefix="d", values=True)] == [400 * 1024] * 5


def test_many_keys_of_one_revision(space):
    space.txn([put_of("a", "1"), put_of("d.b", "2")])
    answer = space.read(["a", "absent", "d", "d.b", "a"]).json
    assert answer["revision"] == space.revision()
    shown = [(item["key"], item["exists"], item.get("value")) for item in answer["items"]]
    assert shown == [("a", True, "1"), ("absent", False, None), ("d", True, None), ("d.b", True, "2"), ("a", True, "1")]
    assert len(space.read([f"k{number}" for number in range(128)]).json["items"]) == 128
    assert_problem(space.read([f"k{number}" for number in range(129)], expect=None), 422)
    assert_problem(space.read("a", expect=None), 422)


# MARK: writing

def test_putting_appending_deleting(space):
    answer = space.put("k", "one")
    assert answer.json["root"].startswith("sha256-") and answer.headers["etag"].strip('"').endswith(f"-{answer.json['revision']}")
    assert answer.json["root"] == space.info()["root"]
    space.append("k", ",two")
    assert space.text("k") == "one,two"
    space.append("new", "begins empty")
    assert space.text("new") == "begins empty"
    space.delete("k")
    space.get("k", expect=404)
    space.put("d.k", "v")
    assert_problem(space.append("d", "x", expect=None), 409)


def test_revisions_rise_across_namespaces_and_roots_depend_on_contents_only(owner):
    one, two = Space(owner), Space(owner)
    assert one.info()["root"] == two.info()["root"]
    revisions = [one.write("k", "1"), two.write("k", "1"), one.write("l", "2"), two.write("l", "2")]
    assert revisions == sorted(set(revisions))
    # A key's revision is part of what a namespace holds: the same keys written at other times are other contents.
    before = one.info()["root"]
    one.put("more", "x")
    assert one.info()["root"] != before
    one.delete("more")
    assert one.info()["root"] == before


def test_putting_replaces_what_is_above_and_below(space):
    """As in Flux."""
    space.put("a", "value")
    space.put("a.b", "below")
    assert space.names(recursive=True) == ["a.b"]
    space.put("a.c.d", "deep")
    space.put("a", "value again")
    assert space.names(recursive=True) == ["a"]
    assert space.text("a") == "value again"


def test_directories_come_and_go(space):
    space.txn([{"op": "mkdir", "key": "m"}])
    assert space.items()[0]["kind"] == "directory" and space.items(prefix="m") == []
    space.put("m.k", "v")
    space.delete("m.k")
    assert space.names() == []
    space.put("d.e.f", "v")
    assert_problem(space.delete("d", expect=None), 409, "is_directory")
    space.delete("d", recursive=True)
    assert space.names() == []


def test_a_value_of_a_mebibyte_in_many_appends(space):
    piece = bytes(range(256)) * 64
    for number in range(8):
        space.append("log", piece)
    assert space.get("log").body == piece * 8
    space.put("large", b"x" * (MEBIBYTE - 10))
    space.append("large", b"y" * 10)
    assert len(space.get("large").body) == MEBIBYTE
    assert_problem(space.append("large", b"z", expect=None), (413, 422))


def test_transactions_see_what_they_did_before(space):
    space.txn([put_of("a", "0"), put_of("t.x", "1"), put_of("t.y", "1")])
    answer = space.txn([
        {"op": "get", "key": "a"}, put_of("a", "1", media_type="text/plain"), {"op": "get", "key": "a"},
        {"op": "append", "key": "log", "value": "line\n"}, {"op": "get", "key": "log"}, {"op": "delete", "key": "t", "recursive": True},
        {"op": "list", "key": "t"}, {"op": "get", "key": "t.x"}, {"op": "mkdir", "key": "m"}, {"op": "put", "key": "n", "json": {"a": [1, 2]}},
        {"op": "put", "key": "b", "base64": "/wA="}]).json
    results = answer["results"]
    assert answer["succeeded"] is True and len(results) == 11
    assert results[0]["value"] == "0" and results[2]["value"] == "1" and results[4]["value"] == "line\n"
    assert results[6]["items"] == [] and results[7]["exists"] is False
    assert answer["revision"] == space.revision() and answer["root"] == space.info()["root"]
    assert space.get("n").body == b'{"a":[1,2]}' and space.get("n").headers["content-type"] == "application/json"
    assert space.get("b").body == b"\xff\0"
    assert {item["revision"] for item in space.items() if "revision" in item} == {answer["revision"]}


def test_all_of_a_branch_or_nothing(space):
    space.put("d.k", "v")
    before = space.revision()
    too_large = space.txn([put_of("a", "1"), {"op": "append", "key": "d", "value": "x"}], expect=None)
    assert_problem(too_large, 409)
    assert space.names() == ["d"] and space.revision() == before


def test_comparisons(space):
    revision = space.write("a", "1")
    held = [{"key": "a", "revision": revision}, {"key": "b", "exists": False}, {"key": "a", "exists": True}, {"key": "a", "value": "1"},
            {"key": "a", "base64": "MQ=="}, {"key": "a", "revision_below": revision + 1}, {"key": "a", "revision_above": revision - 1}]
    failed = [{"key": "a", "revision": revision + 1}, {"key": "b", "exists": True}, {"key": "a", "exists": False}, {"key": "a", "value": "2"},
              {"key": "a", "revision_below": revision}, {"key": "a", "revision_above": revision}, {"key": "b", "value": "1"}]
    for compare in held:
        assert space.txn([{"op": "get", "key": "a"}], [compare]).json["succeeded"], compare
    assert space.txn([{"op": "get", "key": "a"}], held).json["succeeded"]
    for compare in failed:
        answer = space.txn([put_of("a", "wrong")], held + [compare], [{"op": "get", "key": "a"}]).json
        assert answer["succeeded"] is False and answer["results"][0]["value"] == "1", compare
    assert space.revision() == revision
    answer = space.txn([put_of("a", "wrong")], failed[:1], [put_of("else", "taken")]).json
    assert not answer["succeeded"] and space.text("else") == "taken"


def test_a_branch_that_changes_nothing_makes_no_revision(space):
    revision = space.write("a", "1")
    answer = space.txn([{"op": "get", "key": "a"}, {"op": "delete", "key": "absent"}, {"op": "list", "key": "."}]).json
    assert answer["revision"] == revision == space.revision()


def test_counters_by_comparison_lose_nothing(broker, space):
    space.put("n", "0")

    def count(index):
        own, tries = space.seen_by(broker.client()), 0
        for _ in range(25):
            while True:
                tries += 1
                now = own.text("n")
                if own.txn([put_of("n", str(int(now) + 1))], [{"key": "n", "value": now}]).json["succeeded"]:
                    break
        return tries
    tries = in_threads(6, count)
    assert space.text("n") == "150"
    print(f"{sum(tries)} tries for 150")


def test_appends_of_many_are_all_there_once(broker, space):
    def append(index):
        own = space.seen_by(broker.client())
        for number in range(50):
            own.append("log", f"{index}-{number},")
    in_threads(6, append)
    values = space.text("log").split(",")[:-1]
    assert len(values) == 300 == len(set(values))
    for index in range(6):
        own = [value for value in values if value.startswith(f"{index}-")]
        assert own == [f"{index}-{number}" for number in range(50)]


def test_dry_run_changes_nothing(space):
    before = space.revision()
    assert space.put("k", "v", dry_run=True).json == {"dry_run": True, "succeeded": True}
    assert space.names() == [] and space.revision() == before


# MARK: symlinks

def test_links_are_followed_and_shown(owner, space):
    space.put("real.k", "v")
    space.txn([{"op": "symlink", "key": "file", "target": "real.k"}, {"op": "symlink", "key": "dir", "target": "real"}])
    assert space.text("file") == "v" and space.text("dir.k") == "v"
    link = space.get("file", follow=False).json
    assert link["kind"] == "symlink" and link["target"] == "real.k"
    space.put("dir.new", "w")
    assert space.text("real.new") == "w" and space.get("dir", follow=False).json["kind"] == "symlink"
    space.append("file", "+")
    assert space.text("real.k") == "v+"
    assert space.names(prefix="dir") and space.get("dir", list=True).status == 200
    # Deleting a link deletes the link.
    space.delete("file")
    assert space.text("real.k") == "v+"


def test_links_into_another_namespace(owner, space):
    other = Space(owner)
    other.put("there", "v")
    space.txn([{"op": "symlink", "key": "out", "target": "there", "namespace": other.name}])
    assert space.text("out") == "v"
    assert space.get("out", follow=False).json["namespace"] == other.name
    # Writing stays within the namespace.
    assert_problem(space.append("out", "x", expect=None), 422)
    assert other.text("there") == "v"


def test_links_that_lead_nowhere_or_round(space):
    space.txn([{"op": "symlink", "key": "a", "target": "b"}, {"op": "symlink", "key": "b", "target": "a"},
               {"op": "symlink", "key": "dangling", "target": "absent"}, {"op": "symlink", "key": "self", "target": "self.x"}])
    for key in ("a", "b", "a.x"):
        assert_problem(space.get(key, expect=None), 422, "too_many_links")
    assert space.get("dangling", expect=None).status == 404
    assert space.get("self", expect=None).status in (404, 422)
    space.txn([{"op": "symlink", "key": f"l{number}", "target": f"l{number + 1}"} for number in range(12)])
    space.put("l12", "end")
    assert space.text("l2") == "end"
    assert_problem(space.get("l1", expect=None), 422, "too_many_links")


# MARK: curl and the command line

def test_curl_can_do_it(broker, space):
    """As in the documents: no library, no state of its own."""
    def curl(*arguments, input=None):
        outcome = subprocess.run(
            ["curl", "--silent", "--show-error", "--fail-with-body", "--cacert", f"{broker.state}/ca.pem", "-H", f"Authorization: Bearer {broker.token}",
             *arguments], input=input, capture_output=True, timeout=60, check=False)
        assert outcome.returncode == 0, outcome
        return outcome.stdout
    base = f"https://127.0.0.1:{broker.port}{space.base}"
    assert json.loads(curl("-T", "-", f"{base}/keys/a.b", input=b"y"))["revision"] == space.revision()
    assert curl(f"{base}/keys/a.b") == b"y"
    curl("-X", "PATCH", "--data-binary", "z", "-H", "Content-Type: text/plain", f"{base}/keys/a.b")
    assert curl(f"{base}/keys/a.b") == b"yz"
    answer = json.loads(curl("-H", "Content-Type: application/json", "-d", '{"then":[{"op":"put","key":"c","value":"d"}]}', f"{base}/txn"))
    assert answer["succeeded"]
    assert b'"key":"c"' in curl(f"{base}/keys")
    curl("-X", "DELETE", f"{base}/keys/a?recursive=true")
    assert space.names() == ["c"]
