"""Fences and barriers: all come, then all go, with one commit or none."""
import time

import pytest

from harness import assert_problem, in_threads
from kvs import Space, put_of


@pytest.fixture
def space(owner):
    return Space(owner)


def test_a_fence_is_one_commit_of_all(broker, space):
    answers = in_threads(5, lambda index: space.seen_by(broker.client()).fence(
        "f", 5, f"p{index}", [put_of(f"k{index}", str(index)), {"op": "append", "key": "log", "value": f"{index},"}]))
    assert all(answer.status == 200 for answer in answers), answers
    assert len({answer.json["revision"] for answer in answers}) == 1
    revision = answers[0].json["revision"]
    items = space.items(values=True)
    assert [item["key"] for item in items] == ["k0", "k1", "k2", "k3", "k4", "log"]
    assert {item["revision"] for item in items} == {revision}
    assert sorted(space.text("log").split(",")[:-1]) == ["0", "1", "2", "3", "4"]
    assert answers[0].json["root"] == space.info()["root"]


def test_a_fence_that_is_not_full_yet(space):
    for _ in range(2):
        answer = space.fence("f", 3, "one", [put_of("a", "1")], timeout=0)
        assert answer.status == 202 and (answer.json["arrived"], answer.json["size"]) == (1, 3), answer
    assert space.fence("f", 3, "two", [put_of("b", "2")], timeout=0).json["arrived"] == 2
    assert space.names() == []
    assert_problem(space.fence("f", 4, "three", [], timeout=0), 409)
    last = space.fence("f", 3, "three", [put_of("c", "3")], timeout=0)
    assert last.status == 200 and space.names() == ["a", "b", "c"]
    for participant in ("one", "two", "three"):
        # Asked again: the answer of its round, and nothing twice.
        assert space.fence("f", 3, participant, [put_of("a", "again")], timeout=0).json["revision"] == last.json["revision"]
    assert space.text("a") == "1"
    # The name is free for others.
    assert space.fence("f", 1, "four", [put_of("d", "4")], timeout=0).status == 200
    assert space.text("d") == "4"


def test_what_has_arrived_survives_a_crash(fresh):
    broker = fresh(nodes=1)
    space = Space(broker.client())
    assert space.fence("f", 2, "one", [put_of("a", "1")], timeout=0).status == 202
    broker.kill()
    broker.start()
    space = space.seen_by(broker.client())
    assert space.fence("f", 2, "two", [put_of("b", "2")], timeout=5).status == 200
    assert space.names() == ["a", "b"]
    broker.kill()
    broker.start()
    answer = space.seen_by(broker.client()).fence("f", 2, "one", [put_of("a", "again")], timeout=0)
    assert answer.status == 200 and answer.json["revision"] == space.seen_by(broker.client()).revision()


@pytest.mark.parametrize("body", [
    {}, {"size": 2}, {"participant": "p"}, {"size": 0, "participant": "p"}, {"size": -1, "participant": "p"}, {"size": 1.5, "participant": "p"},
    {"size": 1 << 40, "participant": "p"}, {"size": 1, "participant": ""}, {"size": 1, "participant": 1}, {"size": 1, "participant": "p" * 1000},
    {"size": 1, "participant": "p", "surprise": 1}, {"size": 1, "participant": "p", "operations": {}},
    {"size": 1, "participant": "p", "operations": [{"op": "get", "key": "a"}]}, {"size": 1, "participant": "p", "operations": [put_of("a..b", "x")]}])
def test_fences_that_make_no_sense(space, body):
    assert_problem(space.client.post(f"{space.base}/fences/f?timeout=0", body), 422)
    assert space.names() == []


def test_a_barrier_lets_all_go_at_once(broker, owner):
    def meet(index):
        time.sleep(0.05 * index)
        answer = broker.client().post("/v1/barriers/all-here?timeout=30", {"size": 4, "participant": f"p{index}"})
        return answer.status, time.monotonic()
    outcome = in_threads(4, meet)
    assert [status for status, _ in outcome] == [200] * 4
    assert max(moment for _, moment in outcome) - min(moment for _, moment in outcome) < 5
    alone = owner.post("/v1/barriers/alone?timeout=0", {"size": 2, "participant": "p"})
    assert alone.status == 202 and alone.json["arrived"] == 1
    # Another user's barrier of that name is another one.
    assert broker.as_user("alice").post("/v1/barriers/alone?timeout=0", {"size": 2, "participant": "q"}).status == 202
    assert_problem(owner.post("/v1/barriers/alone?timeout=0", {"size": 3, "participant": "q"}), 409)
