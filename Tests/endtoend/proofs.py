"""Verifies a key's proof as a client would that knows nothing but the documented format and the root digest."""
import base64
import hashlib
import struct

BLOCK = 16_384


def digest(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def content(answer):
    """The bytes that stand for what a key holds; `answer` is the object of `format=json`."""
    if answer["kind"] == "value":
        value = answer["value"].encode() if "value" in answer else base64.b64decode(answer["base64"])
        return b"\0" + struct.pack(">Q", len(value)) + shown(value)
    if answer["kind"] == "blob":
        return b"\1" + struct.pack(">Q", answer["size"]) + bytes.fromhex(answer["blob"].removeprefix("sha256-"))
    if answer["kind"] == "symlink":
        target, namespace = stored(answer["target"]), answer.get("namespace", "").encode()
        return b"\2" + struct.pack(">H", len(target)) + target + struct.pack(">H", len(namespace)) + namespace
    return b"\3"


def shown(value):
    """Small values stand for themselves, larger ones are the digests of their blocks."""
    if len(value) <= BLOCK:
        return value
    return b"".join(digest(b"sluice kvs block\0", value[at:at + BLOCK]) for at in range(0, len(value), BLOCK))


def stored(key):
    """Segments joined by a zero byte."""
    return key.encode().replace(b".", b"\0")


def entry_digest(answer):
    media_type = answer.get("media_type", "application/octet-stream").encode()
    return digest(b"sluice kvs entry\0", struct.pack(">QH", answer["revision"], len(media_type)), media_type,
                  content(answer))


def node_digest(label, entry, children):
    own = b"\0" if entry is None else b"\1" + entry
    pairs = b"".join(bytes([byte]) + child for byte, child in children)
    return digest(b"sluice kvs node\0", struct.pack(">H", len(label)), label, own, struct.pack(">H", len(children)), pairs)


def verify(answer, root):
    """Whether the key holds what the answer says, under a root `sha256-…` that is trusted."""
    left = stored(answer.get("proved_key", answer["key"]))
    below = None
    steps = answer["proof"]["steps"]
    for number, step in enumerate(steps):
        label = bytes.fromhex(step["label"])
        if not left.endswith(label) or (number == 0) != (below is None):
            return False
        left = left[:len(left) - len(label)]
        if number == 0:
            if step["entry"] is not None:
                return False
            entry = entry_digest(answer)
        else:
            entry = None if step["entry"] is None else bytes.fromhex(step["entry"])
        children = [(child["byte"], bytes.fromhex(child["digest"])) for child in step["children"]]
        if below is not None:
            children.append(below)
        children.sort()
        if len({byte for byte, _ in children}) != len(children):
            return False
        node = node_digest(label, entry, children)
        if not label:
            return number == len(steps) - 1 and number > 0 and not left and root == f"sha256-{node.hex()}"
        below = (label[0], node)
    return False
