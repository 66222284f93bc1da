"""Watches of the key-value store: every commit, alone, in order, from anywhere that is retained."""
import json
import subprocess
import threading
import time

import pytest

import harness
from harness import assert_problem, in_threads, until
from kvs import TEXT, Space, commits, number_of, put_of, question, value_of


@pytest.fixture
def space(owner):
    return Space(owner)


# MARK: watching

def test_every_commit_is_told_alone_and_in_order(broker, space):
    space.put("before", "x")
    with space.watch() as stream, space.watch(prefix="d") as below, space.watch(key="d.0") as one, space.watch(values=False) as bare:
        for each in (stream, below, one, bare):
            assert each.status == 200 and each.headers["content-type"] == harness.EVENT_STREAM
            each.take(1, kinds=("bookmark",))

        def write(index):
            own = space.seen_by(broker.client())
            return [own.write(f"d.{index}" if number % 2 else f"e.{index}", str(number)) for number in range(100)]
        revisions = sorted(revision for part in in_threads(4, write) for revision in part)
        seen = commits(stream, 400)
        assert [commit["revision"] for commit in seen] == revisions
        assert all(len(commit["changes"]) == 1 for commit in seen)
        times = [commit["timestamp"] for commit in seen]
        assert times == sorted(times)
        of_d = [commit["revision"] for commit in seen if commit["changes"][0]["key"].startswith("d.")]
        assert [commit["revision"] for commit in commits(below, 200)] == of_d
        # A key that was put fifty times is told fifty times: nothing is merged.
        assert [commit["changes"][0]["value"] for commit in commits(one, 50)] == [str(number) for number in range(1, 100, 2)]
        assert all("value" not in change and "size" in change for commit in commits(bare, 400) for change in commit["changes"])


def test_changes_say_what_happened(space):
    with space.watch() as stream:
        stream.take(1, kinds=("bookmark",))
        space.put("k", "one")
        space.append("k", ",two")
        space.delete("k")
        space.put("binary", b"\xff")
        space.txn([put_of("a", "1"), put_of("b", "2"), {"op": "append", "key": "new", "value": "x"}])
        put, append, delete, binary, several = commits(stream, 5)
    change, = put["changes"]
    assert (change["key"], change["op"], change["size"], change["media_type"], change["value"]) == ("k", "put", 3, TEXT, "one")
    change, = append["changes"]
    assert change["op"] == "append" and change["offset"] == 3 and change["value"] == ",two"
    assert [(change["key"], change["op"]) for change in delete["changes"]] == [("k", "delete")]
    assert value_of(binary["changes"][0]) == b"\xff"
    assert [change["key"] for change in several["changes"]] == ["a", "b", "new"]


def test_a_parent_that_was_replaced_is_told(space):
    """The trap of Flux's plain watch: a key vanishes with its parent, and nobody says so."""
    for how in ("put", "delete", "txn"):
        space.put("p.q.k", "v")
        with space.watch(key="p.q.k") as stream, space.watch(prefix="p.q") as below:
            stream.take(1, kinds=("bookmark",))
            below.take(1, kinds=("bookmark",))
            if how == "put":
                space.put("p", "a value now")
            elif how == "delete":
                space.delete("p", recursive=True)
            else:
                space.txn([put_of("p.q", "a value now")])
            change, = commits(stream, 1)[0]["changes"]
            assert (change["key"], change["op"]) == ("p.q.k", "delete"), how
            assert ("p.q.k", "delete") in [(change["key"], change["op"]) for change in commits(below, 1)[0]["changes"]], how
        space.delete("p", recursive=True)


def test_a_watch_begins_with_the_present_when_asked(space):
    space.txn([put_of("d.a", "1"), put_of("d.b", "2"), put_of("other", "3")])
    revision = space.revision()
    with space.watch(prefix="d", initial=True) as stream:
        state = stream.take(1, kinds=("state", "commit"))[0]
        assert state.kind == "state" and state.json["revision"] == revision
        assert [(change["key"], change["value"]) for change in state.json["changes"]] == [("d.a", "1"), ("d.b", "2")]
        following = space.write("d.c", "4")
        assert commits(stream, 1)[0]["revision"] == following


def test_initial_contents_and_what_follows_make_the_whole(broker, space):
    """Nothing falls between the two, under writes."""
    generator = harness.seed("initial")
    stop, own = threading.Event(), space.seen_by(broker.client())

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            key = f"k{generator.randrange(400)}"
            own.delete(key) if number % 4 == 0 else own.txn([put_of(key, str(number)), put_of("n", str(number))])
    writer = threading.Thread(target=write, daemon=True)
    for at in range(0, 400, 100):
        space.txn([put_of(f"k{number}", "0") for number in range(at, at + 100)])
    writer.start()
    try:
        for _ in range(5):
            with space.watch(initial=True) as stream:
                mirror, revision = {}, 0
                begin = time.monotonic()
                for event in stream:
                    if event.kind == "bookmark":
                        continue
                    data = event.json
                    for change in data["changes"]:
                        if change["op"] == "delete":
                            mirror.pop(change["key"], None)
                        elif change["op"] == "append":
                            mirror[change["key"]] = mirror[change["key"]][:change["offset"]] + change["value"]
                        else:
                            mirror[change["key"]] = change["value"]
                    revision = data["revision"]
                    if not data.get("partial") and time.monotonic() - begin > 0.5:
                        break
            found = {item["key"]: item["value"] for item in space.items(at=revision, values=True)}
            assert found == mirror
    finally:
        stop.set()
        writer.join(10)


def test_a_watch_resumes_anywhere_by_both_ways(space):
    revisions = [space.write(f"k{number % 7}", str(number)) for number in range(60)]
    with space.watch(since=revisions[0]) as stream:
        whole = commits(stream, 59)
    assert [commit["revision"] for commit in whole] == revisions[1:]
    for index in range(0, 58, 3):
        for options in ({"since": revisions[index]}, {"last": whole[index - 1]["id"] if index else f"1-{revisions[0]}"}, {"since": f"1-{revisions[index]}"}):
            with space.watch(**options) as stream:
                assert commits(stream, 5 if index < 50 else 2) == whole[index:index + (5 if index < 50 else 2)], (index, options)
    with space.watch(since=revisions[10], key="k3") as stream:
        assert [commit["revision"] for commit in commits(stream, 7)] == [revision for number, revision in enumerate(revisions) if number % 7 == 3 and number > 10][:7]


def test_a_late_watch_of_a_rare_key_catches_up_at_once(space):
    """Behind one that is up to date, over many commits that are none of its business, while nothing else happens."""
    begin = space.write("often", "0")
    for number in range(300):
        space.put("often", str(number))
    rare = space.write("rare", "here")
    for number in range(300):
        space.put("often", str(number))
    with space.watch(key="rare") as current:
        current.take(1, kinds=("bookmark",))
        asked = time.monotonic()
        with space.watch(key="rare", since=begin) as late:
            assert commits(late, 1)[0]["revision"] == rare
        took = time.monotonic() - asked
    assert took < 5, f"after {took:.1f} s"


def test_a_watch_as_lines_tells_the_same(space):
    first = space.write("k", "0")
    revisions = [space.write("k", str(number)) for number in range(1, 10)]
    with space.watch(since=first, lines=True) as stream:
        assert stream.headers["content-type"] == harness.NDJSON
        text = b""
        while text.count(b'"revision"') < 9 or not text.endswith(b"\n"):
            text += stream.read()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["revision"] for line in lines if "changes" in line] == revisions


def test_a_watch_survives_a_crash_of_the_broker(fresh):
    """Resumed by its last id after kill -9: every acknowledged commit once, in order, none that was not made."""
    broker = fresh(nodes=1)
    space = Space(broker.client())
    acknowledged, seen = [space.write("k", "begin")], []
    last = f"1-{acknowledged[0]}"
    for life in range(4):
        own, stop = space.seen_by(broker.client()), threading.Event()

        def write():
            number = 0
            while not stop.is_set():
                number += 1
                try:
                    acknowledged.append(own.write(f"d.k{number % 5}", f"{life}-{number}"))
                except Exception:
                    return
        writer = threading.Thread(target=write, daemon=True)
        with space.seen_by(broker.client()).watch(last=last) as stream:
            writer.start()
            for commit in commits(stream, 100):
                seen.append(commit["revision"])
                last = commit["id"]
            broker.kill()
        stop.set()
        writer.join(10)
        broker.start()
    final = space.seen_by(broker.client()).write("end", "x")
    with space.seen_by(broker.client()).watch(last=last) as stream:
        while not seen or seen[-1] != final:
            seen.append(commits(stream, 1)[0]["revision"])
    assert seen == sorted(set(seen))
    assert set(acknowledged[1:]) <= set(seen), "an acknowledged commit was never told"
    assert len(seen) - len(acknowledged) <= 4, "more than the ones under way at each kill"


def test_history_that_is_gone_is_410_and_says_where_to_begin(owner):
    space = Space(owner, retention={"revisions": 10})
    revisions = [space.write("k", str(number)) for number in range(40)]
    for options in ({"since": revisions[0]}, {"last": f"1-{revisions[5]}"}):
        answer = owner.get(f"{space.base}/watch" + question({"since": revisions[0]}) if "since" in options else f"{space.base}/watch",
                           headers={"Last-Event-ID": options["last"]} if "last" in options else None)
        problem = assert_problem(answer, 410)
        oldest = problem["oldest_revision"]
        assert revisions[25] <= oldest <= revisions[-1]
    with space.watch(since=oldest) as stream:
        assert commits(stream, 3)
    assert_problem(owner.get(space.path("k", at=revisions[3])), 410)
    assert space.text("k", at=oldest)


def test_a_large_commit_comes_in_parts(space):
    parts = [[put_of(f"d.k{at + number:04}", "v") for number in range(120)] for at in range(0, 960, 120)]
    for part in parts:
        space.txn(part)
    before = space.revision()
    with space.watch(since=before) as stream:
        space.put("d", "a value instead of 960 keys")
        events, revision = [], None
        for event in stream:
            if event.kind == "bookmark":
                continue
            events.append(event)
            revision = event.json["revision"]
            if not event.json.get("partial"):
                break
    assert len(events) >= 4 and all(event.id is None for event in events[:-1]) and number_of(events[-1].id) == revision
    assert all(len(event.json["changes"]) <= 256 for event in events) and {event.json["revision"] for event in events} == {revision}
    changes = [change for event in events for change in event.json["changes"]]
    assert len(changes) == 961 and sum(change["op"] == "delete" for change in changes) == 960
    assert len({change["key"] for change in changes}) == 961
    # Cut off between the parts and resumed: the whole commit again.
    with space.watch(last=f"1-{before}") as stream:
        assert len(commits(stream, 1)[0]["changes"]) == 961


def test_many_watchers_of_different_scopes(broker, owner):
    """Each sees exactly what is in its scope, while others come and go."""
    generator = harness.seed("watchers")
    space = Space(owner)
    scopes = [{}] + [{"prefix": f"d{number}"} for number in range(3)] + [{"key": f"d{number}.k{other}"} for number in range(3) for other in range(2)]
    first = space.write("begin", "x")
    streams = [(scope, space.watch(since=first, **scope)) for scope in scopes for _ in range(2)]
    written, made = [], []
    for number in range(200):
        keys = sorted({f"d{generator.randrange(3)}.k{generator.randrange(3)}" for _ in range(generator.randrange(1, 4))})
        written.append((space.txn([put_of(key, str(number)) for key in keys]).json["revision"], keys))
        if number % 40 == 0:
            space.watch(prefix="d1").close()
    made.append(space.txn([put_of(f"d{number}.k{other}", "end") for number in range(3) for other in range(2)]).json["revision"])
    for scope, stream in streams:
        def is_in(key, scope=scope):
            return key == scope["key"] if "key" in scope else key.startswith(scope["prefix"] + ".") if "prefix" in scope else True
        expected = [(revision, [key for key in keys if is_in(key)]) for revision, keys in written]
        expected = [(revision, keys) for revision, keys in expected if keys]
        seen = commits(stream, len(expected) + 1)
        assert [(commit["revision"], [change["key"] for change in commit["changes"]]) for commit in seen[:-1]] == expected, scope
        assert seen[-1]["revision"] == made[0]
        stream.close()


def test_a_removed_namespace_ends_its_watches(owner):
    space = Space(owner)
    space.put("k", "v")
    with space.watch() as stream:
        stream.take(1, kinds=("bookmark",))
        assert owner.call("DELETE", space.base).status == 204
        kinds = [event.kind for event in stream]
    assert kinds[-1] == "end"


def test_bookmarks_come_and_can_be_resumed_at(owner, space):
    revision = space.write("k", "v")
    with space.watch(key="other") as stream:
        bookmark = stream.take(1, kinds=("bookmark",))[0]
    assert number_of(bookmark.id) >= revision
    following = space.write("k", "w")
    with space.watch(last=bookmark.id) as stream:
        assert commits(stream, 1)[0]["revision"] == following


@pytest.mark.slow
def test_bookmarks_come_at_least_every_15_seconds(space):
    with space.watch(key="silent") as stream:
        begin = time.monotonic()
        stream.take(3, kinds=("bookmark",))
    assert time.monotonic() - begin < 45


# MARK: history

def test_many_versions_of_one_key_leave_a_bounded_history(broker):
    """K37: the oldest go; what is retained can be read, what is not is 410."""
    space = Space(broker.client(), retention={"revisions": 100})

    def write(index):
        own = Space(broker.client(), space.name)
        return [own.write("k", f"{index}-{number}") for number in range(125)]
    written = sorted(revision for revisions in in_threads(8, write) for revision in revisions)
    assert len(set(written)) == 1000
    info = space.info()
    assert info["revision"] == written[-1]
    assert written[-101] <= info["oldest_revision"] <= written[-90], (info, written[-101:-89])
    assert space.get("k", at=written[-90]).headers["etag"].strip('"').endswith(f"-{written[-90]}")
    answer = space.get("k", at=written[0], expect=410)
    assert answer.json["oldest_revision"] == info["oldest_revision"]
    with space.watch(since=written[0]) as stream:
        assert stream.status == 410


def test_a_watch_opened_while_its_revision_is_compacted(broker):
    """K33: either the stream with all that follows, or 410; never a stream with a hole."""
    space = Space(broker.client(), retention={"revisions": 20})
    stop, revisions = threading.Event(), [space.write("k", "0")]
    own = Space(broker.client(), space.name)

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            revisions.append(own.write("k", str(number)))
    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    opened = gone = 0
    try:
        while opened + gone < 60:
            since = revisions[max(0, len(revisions) - 15 - (opened + gone) % 12)]
            with space.watch(since=since) as stream:
                if stream.status == 410:
                    gone += 1
                    continue
                seen = [event.json["revision"] for event in stream.take(5, kinds=("commit",))]
                place = revisions.index(since)
                # The writer notes a revision a moment after the watch may have told it.
                until(lambda place=place: len(revisions) > place + 5, what="more commits")
                assert seen == revisions[place + 1:place + 6], (since, seen)
                opened += 1
    finally:
        stop.set()
        writer.join(10)
    print(f"{opened} opened, {gone} gone")
    assert opened


def test_a_delete_is_seen_by_a_watch_from_before_it(space):
    """K33: the event is there when the stream begins right before it."""
    before = space.write("k", "v")
    space.delete("k")
    with space.watch(since=before, key="k") as stream:
        assert [change["op"] for change in stream.take(1)[0].json["changes"]] == ["delete"]


def test_history_survives_restarts(fresh):
    """By SIGKILL and by SIGTERM: heads, old revisions, quotas, watches from before."""
    broker = fresh(nodes=1)
    space = Space(broker.client(), quota={"keys": 100}, retention={"revisions": 50})
    generator, states, keys = harness.seed("history"), [], [f"d{number}.k" for number in range(6)]
    for number in range(80):
        key = generator.choice(keys)
        space.append(key, f"{number},") if generator.random() < 0.5 else space.put(key, str(number))
        states.append((space.revision(), {item["key"]: item["value"] for item in space.items(recursive=True, values=True)}, space.info()["root"]))
    for how in ("kill", "stop", "kill"):
        assert broker.kill() is None if how == "kill" else broker.stop() == 0
        broker.start()
        space = space.seen_by(broker.client())
        info = space.info()
        assert info["root"] == states[-1][2] and info["quota"]["keys"] == 100 and info["retention"]["revisions"] == 50
        for revision, contents, _ in states[-45:]:
            assert {item["key"]: item["value"] for item in space.items(at=revision, recursive=True, values=True)} == contents
        with space.watch(since=states[-45][0]) as stream:
            assert [commit["revision"] for commit in commits(stream, 44)] == [revision for revision, _, _ in states[-44:]]
        assert_problem(space.get(keys[0], expect=None, at=states[0][0]), 410)


def test_the_log_passes_its_check(fresh):
    broker = fresh(nodes=1)
    space = Space(broker.client())
    for number in range(30):
        space.txn([put_of(f"d.k{number}", "v" * 100), {"op": "append", "key": "log", "value": "line\n"}])
    space.delete("d", recursive=True)
    broker.kill()
    check = subprocess.run([harness.binary(), "admin", "check", broker.state], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr
