"""Proofs of keys, verified by what the documents say alone; and blobs, which are named by their digests."""
import copy
import hashlib
import random

import pytest

import harness
import proofs
from harness import assert_problem
from kvs import Space, put_of


MEBIBYTE = 1 << 20


@pytest.fixture
def space(owner):
    return Space(owner)


# MARK: proofs

def test_a_proof_leads_from_the_value_to_the_root(space):
    generator = harness.seed("proofs")
    keys = ["a", "a!", "d.one", "d.two", "d.two-more", "é.x", "d.deep." + ".".join("abcdef"), "empty", "large"]
    space.txn([put_of(key, f"of {key}") for key in keys[:-2]] + [put_of("empty", ""), {"op": "symlink", "key": "link", "target": "d.one"}, {"op": "mkdir", "key": "m"}])
    space.put("large", generator.randbytes(100_000), headers={"Content-Type": "application/x-large"})
    for number in range(0, 300, 100):
        space.txn([put_of(f"many.k{number + index}", "v") for index in range(100)])
    root = space.info()["root"]
    for key in keys + ["many.k7", "many.k299"]:
        answer = space.get(key, proof=True).json
        assert answer["root"] == root
        assert proofs.verify(answer, root), key
    assert proofs.verify(space.get("link", proof=True).json, root)
    assert proofs.verify(space.get("link", proof=True, follow=False).json, root)
    for size in (0, 1, 16_383, 16_384, 16_385, 32_768, 32_769, MEBIBYTE):
        space.put("sized", generator.randbytes(size))
        answer = space.get("sized", proof=True).json
        assert proofs.verify(answer, answer["root"]), size
    root, revision = space.info()["root"], space.revision()
    space.put("a", "changed")
    assert space.get("a", proof=True).json["root"] != root
    past = space.get("a", proof=True, at=revision).json
    assert past["value"] == "of a" and proofs.verify(past, root)


def test_a_proof_that_was_tampered_with_proves_nothing(space):
    space.txn([put_of(f"d.k{number}", f"v{number}") for number in range(50)])
    space.put("d.k1.below", "replaces d.k1")
    answer = space.get("d.k17", proof=True).json
    root = answer["root"]
    assert proofs.verify(answer, root)
    changed = []
    for field, value in (("value", "v18"), ("revision", answer["revision"] + 1), ("media_type", "text/html"), ("proved_key", "d.k18"), ("kind", "directory")):
        changed.append({**answer, field: value})
    for number, step in enumerate(answer["proof"]["steps"]):
        for place in range(0, len(step["label"]), 2):
            tampered = copy.deepcopy(answer)
            flipped = int(step["label"][place:place + 2], 16) ^ 1
            tampered["proof"]["steps"][number]["label"] = step["label"][:place] + f"{flipped:02x}" + step["label"][place + 2:]
            changed.append(tampered)
        for index, child in enumerate(step["children"]):
            tampered = copy.deepcopy(answer)
            tampered["proof"]["steps"][number]["children"][index]["digest"] = f"{int(child['digest'], 16) ^ 1:064x}"
            changed.append(tampered)
            tampered = copy.deepcopy(answer)
            tampered["proof"]["steps"][number]["children"].pop(index)
            changed.append(tampered)
        tampered = copy.deepcopy(answer)
        tampered["proof"]["steps"][number]["entry"] = "00" * 32 if step["entry"] is None else None
        changed.append(tampered)
    changed.append({**answer, "proof": {"steps": answer["proof"]["steps"][:-1]}})
    changed.append({**answer, "proof": {"steps": answer["proof"]["steps"][1:]}})
    assert len(changed) > 20
    for tampered in changed:
        assert not proofs.verify(tampered, root)
    other = f"sha256-{int(root[7:], 16) ^ 1:064x}"
    assert not proofs.verify(answer, other)


# MARK: blobs

def put_blob(client, data, digest=None, expect=(200, 201)):
    digest = digest or f"sha256-{hashlib.sha256(data).hexdigest()}"
    answer = client.call("PUT", f"/v1/blobs/{digest}", body=data, headers={"Content-Type": "application/octet-stream"})
    assert answer.status in expect, answer
    return digest


def test_blobs_are_stored_by_their_digest_and_read_in_ranges(owner):
    data = random.Random(5).randbytes(5 * MEBIBYTE)
    digest = put_blob(owner, data)
    put_blob(owner, data)
    path = f"/v1/blobs/{digest}"
    answer = owner.get(path)
    assert answer.status == 200 and answer.body == data and answer.headers["content-length"] == str(len(data))
    tag = answer.headers["etag"]
    assert owner.get(path, headers={"If-None-Match": tag}).status == 304
    for text, start, end in (("bytes=0-9", 0, 10), ("bytes=1000000-1999999", 1_000_000, 2_000_000), ("bytes=-5", len(data) - 5, len(data)),
                             (f"bytes={len(data) - 3}-", len(data) - 3, len(data)), (f"bytes={len(data) - 3}-{len(data) + 10}", len(data) - 3, len(data))):
        part = owner.get(path, headers={"Range": text})
        assert part.status == 206 and part.body == data[start:end], (text, part.status, len(part.body))
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(data)}"
    assert owner.get(path, headers={"Range": f"bytes={len(data)}-"}).status == 416
    for text in ("bytes=5-1", "lines=1-2", "bytes=x-y"):
        assert owner.get(path, headers={"Range": text}).status == 200


def test_blobs_that_are_not_what_they_say(owner):
    data = b"not this"
    wrong = "sha256-" + "0" * 64
    assert_problem(owner.call("PUT", f"/v1/blobs/{wrong}", body=data), (400, 409, 422))
    assert_problem(owner.get(f"/v1/blobs/{wrong}"), 404)
    for name in ("md5-00", "sha256-" + "0" * 63, "sha256-" + "G" * 64, "sha256-" + "A" * 64, "x", "sha256-" + "0" * 65):
        assert_problem(owner.call("PUT", f"/v1/blobs/{name}", body=data), (400, 404, 422))
        assert_problem(owner.get(f"/v1/blobs/{name}"), (400, 404))


def test_keys_name_blobs(broker, owner, space):
    data = random.Random(6).randbytes(2 * MEBIBYTE)
    digest = put_blob(owner, data)
    space.txn([{"op": "put", "key": "big", "blob": digest, "media_type": "application/x-big"}])
    answer = space.get("big")
    assert answer.body == data and answer.headers["content-type"] == "application/x-big"
    shown = space.object("big")
    assert shown["kind"] == "blob" and shown["size"] == len(data) and shown["blob"] == digest
    item, = space.items()
    assert item["kind"] == "blob" and item["size"] == len(data)
    assert proofs.verify(space.get("big", proof=True, format="json").json, space.info()["root"])
    assert_problem(space.txn([{"op": "put", "key": "none", "blob": "sha256-" + "1" * 64}], expect=None), 422)
    assert_problem(space.append("big", "x", expect=None), 409)
    space.delete("big")
    space.get("big", expect=404)


def test_another_users_blob_is_not_there(broker, owner):
    data = b"a secret that bob knows the digest of"
    alice, bob = broker.as_user("alice"), broker.as_user("bob")
    digest = put_blob(alice, data)
    assert_problem(bob.get(f"/v1/blobs/{digest}"), 404)
    space = Space(bob)
    answer = space.txn([{"op": "put", "key": "stolen", "blob": digest}], expect=None)
    assert_problem(answer, (404, 422))
    put_blob(bob, data)
    assert bob.get(f"/v1/blobs/{digest}").body == data


def test_blobs_survive_a_crash(fresh):
    broker = fresh(nodes=1)
    data = random.Random(7).randbytes(MEBIBYTE + 17)
    space = Space(broker.client())
    digest = put_blob(broker.client(), data)
    space.txn([{"op": "put", "key": "big", "blob": digest}])
    broker.kill()
    broker.start()
    assert space.seen_by(broker.client()).get("big").body == data
