"""What the tests of the key-value store share."""
import base64
import itertools
import urllib.parse

import harness

TEXT = "text/plain"
_numbers = itertools.count()


class Space:
    """A namespace, as one client sees it."""

    def __init__(self, client, name=None, **fields):
        self.client = client
        if name is None:
            name = f"test-{next(_numbers)}"
            answer = client.post("/v1/kvs", {"name": name, **fields})
            assert answer.status == 201, answer
        self.name, self.base = name, f"/v1/kvs/{name}"

    def seen_by(self, client):
        return Space(client, self.name)

    def path(self, key, **query):
        return f"{self.base}/keys/{urllib.parse.quote(key, safe='')}" + question(query)

    # MARK: requests; what is not wanted fails, `expect` says what is

    def call(self, method, path, expect=200, **options):
        answer = self.client.call(method, path, **options)
        if expect is not None:
            assert answer.status == expect, answer
        return answer

    def put(self, key, value, expect=200, headers=None, **query):
        fields = {"Content-Type": TEXT, **(headers or {})}
        return self.call("PUT", self.path(key, **query), expect, body=value, headers=fields)

    def write(self, key, value, **options):
        """The revision that the put made."""
        return self.put(key, value, **options).json["revision"]

    def append(self, key, value, expect=200, headers=None):
        return self.call("PATCH", self.path(key), expect, body=value, headers={"Content-Type": TEXT, **(headers or {})})

    def get(self, key, expect=200, headers=None, **query):
        return self.call("GET", self.path(key, **query), expect, headers=headers)

    def text(self, key, **query):
        return self.get(key, **query).body.decode()

    def object(self, key, **query):
        return self.get(key, format="json", **query).json

    def delete(self, key, expect=204, headers=None, **query):
        return self.call("DELETE", self.path(key, **query), expect, headers=headers)

    def page(self, expect=200, **query):
        return self.call("GET", f"{self.base}/keys" + question(query), expect)

    def items(self, **query):
        """Of all pages."""
        found, cursor = [], None
        while True:
            page = self.page(**query, **({"cursor": cursor} if cursor else {})).json
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def names(self, **query):
        return [item["key"] for item in self.items(**query)]

    def read(self, keys, expect=200, **fields):
        return self.call("POST", f"{self.base}/read", expect, json_body={"keys": keys, **fields})

    def txn(self, then, compare=(), otherwise=(), expect=200):
        body = {"compare": list(compare), "then": list(then), "else": list(otherwise)}
        return self.call("POST", f"{self.base}/txn", expect, json_body=body)

    def info(self):
        return self.call("GET", self.base).json

    def revision(self):
        return self.info()["revision"]

    def fence(self, name, size, participant, operations=(), expect=None, timeout=None):
        body = {"size": size, "participant": participant, "operations": list(operations)}
        query = question({"timeout": timeout} if timeout is not None else {})
        return self.call("POST", f"{self.base}/fences/{name}{query}", expect, json_body=body)

    def watch(self, since=None, last=None, lines=False, **query):
        """An open stream; `since` goes into the query, `last` into Last-Event-ID."""
        if since is not None:
            query["since"] = since
        headers = {"Accept": harness.NDJSON} if lines else None
        return self.client.stream(f"{self.base}/watch" + question(query), since=last, headers=headers)


def question(query):
    shown = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
    return "?" + urllib.parse.urlencode(shown) if shown else ""


def put_of(key, value, **fields):
    return {"op": "put", "key": key, "value": value, **fields}


def value_of(thing):
    """The bytes in an object, a result or a change."""
    return base64.b64decode(thing["base64"]) if "base64" in thing else thing["value"].encode()


def number_of(identity):
    return int(str(identity).rpartition("-")[2])


def commits(stream, count):
    """That many commits from a stream; the parts of a large one are put together."""
    found, parts = [], []
    while len(found) < count:
        event = stream.take(1)[0]
        assert event.kind == "commit", event
        data = event.json
        parts += data["changes"]
        if data.get("partial"):
            assert event.id is None, event
            continue
        assert number_of(event.id) == data["revision"], event
        found.append({**data, "changes": parts, "id": event.id})
        parts = []
    return found


def raw(broker, method, target, body=b"", headers=(), token=None, length=True):
    """One request as it is written here; nothing in the target is changed or escaped."""
    head = f"{method} ".encode() + (target if isinstance(target, bytes) else target.encode()) + b" HTTP/1.1\r\n"
    fields = [("Host", "localhost"), ("Authorization", f"Bearer {token or broker.token}"), *headers]
    if length:
        fields.append(("Content-Length", str(len(body))))
    head += b"".join(f"{name}: {value}\r\n".encode() for name, value in fields) + b"\r\n"
    answer, _ = harness.raw_exchange(broker, head + body)
    return answer
