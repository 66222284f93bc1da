"""Clients that use one namespace at the same time and note what they asked and were told."""
import json
import random
import threading
import time

from connection import Connection, Lost, NotSent
from history import Operation

REGISTERS = [f"register{number}" for number in range(5)]
LISTS = [f"list{number}" for number in range(5)]
JSON = "Content-Type: application/json\r\n"
TEXT = "Content-Type: text/plain\r\n"
STEPS_OF_TXN = 4
KINDS = {"get": 25, "put": 20, "cas": 20, "delete": 5, "txn": 20, "at": 10}


class Refused(Exception):
    """Busy, or just starting: nothing happened."""


def number_in(tag):
    """The revision in an entity tag, `"1-8123"`."""
    return int(tag.strip('"').rpartition("-")[2]) if tag else None


class Shared:
    """What the clients of one history have in common."""

    def __init__(self, broker, namespace, count):
        self.broker, self.base = broker, f"/v1/kvs/{namespace}"
        self.count, self.lock = count, threading.Lock()
        self.started = 0
        self.operations, self.problems = [], []
        self.is_up, self.is_over = threading.Event(), threading.Event()
        # What some client was told last: where reads of the past go.
        self.newest = None

    def take(self):
        """The number of the next operation; None when there are enough."""
        with self.lock:
            if self.started == self.count or self.problems or self.is_over.is_set():
                return None
            self.started += 1
            return self.started

    def note(self, operation):
        with self.lock:
            self.operations.append(operation)
            if operation.revision:
                self.newest = max(self.newest or 0, operation.revision)


class Client(threading.Thread):
    def __init__(self, shared, number, seed):
        super().__init__(daemon=True)
        self.shared, self.number, self.random = shared, number, random.Random(f"{seed}:{number}")
        self.connection = Connection(shared.broker)
        # What it saw last: of each register the value and its tag.
        self.seen = {}
        self.past = []

    def run(self):
        try:
            while (number := self.shared.take()) is not None:
                self.perform(number)
        except Exception as failure:
            self.shared.problems.append(f"client {self.number}: {failure!r}")
        finally:
            self.connection.close()

    def perform(self, number):
        """One operation, tried until the broker has certainly seen it or may have."""
        kind = self.random.choices(list(KINDS), KINDS.values())[0]
        while not self.shared.is_over.is_set():
            self.shared.is_up.wait(1)
            operation = Operation(kind, self.number, time.monotonic_ns())
            try:
                getattr(self, kind)(operation, f"v{number}")
                operation.end = time.monotonic_ns()
            except (NotSent, Refused):
                time.sleep(0.005)
                continue
            except Lost:
                if kind in ("get", "at"):
                    return
                operation.revision = operation.succeeded = None
                for step in operation.steps or ():
                    step[2] = step[2] if step[0] == "append" else None
            return self.shared.note(operation)

    def call(self, method, path, body=b"", headers="", accepted=(200, 201, 204)):
        status, fields, body = self.connection.call(method, self.shared.base + path, body, headers)
        # Nothing was changed, but for "timeout": then nobody knows.
        if status in (429, 503):
            if b'"timeout"' in body:
                raise Lost("timeout")
            raise Refused(body)
        if status not in accepted:
            raise AssertionError(f"{method} {path}: {status} {body[:300]}")
        return status, fields, body

    # MARK: the kinds

    def read(self, operation, query=""):
        status, fields, body = self.call("GET", f"/keys/{operation.key}{query}", accepted=(200, 404, 410))
        if status == 410:
            raise AssertionError(f"{query} is gone, of {self.shared.newest}: {body[:200]}")
        operation.revision = number_in(fields.get("sluice-revision"))
        if status == 200:
            operation.value, operation.changed = body.decode(), number_in(fields["etag"])
        return fields.get("etag")

    def get(self, operation, _):
        operation.key = self.random.choice(REGISTERS)
        tag = self.read(operation)
        self.seen[operation.key] = operation.value, tag

    def at(self, operation, _):
        operation.key = self.random.choice(REGISTERS + LISTS)
        # One of its own, another's newest, or one in between.
        choices = self.past[-20:] + ([self.shared.newest] if self.shared.newest else [])
        if not choices:
            raise Refused("nothing is past")
        operation.at = self.random.choice(choices)
        self.read(operation, f"?at={operation.at}")

    def put(self, operation, value):
        operation.key, operation.value = self.random.choice(REGISTERS), value
        answer = json.loads(self.call("PUT", f"/keys/{operation.key}", value.encode(), TEXT)[2])
        self.wrote(operation, answer["revision"])

    def wrote(self, operation, revision):
        operation.revision = revision
        self.past.append(revision)

    def delete(self, operation, _):
        operation.key = self.random.choice(REGISTERS)
        self.call("DELETE", f"/keys/{operation.key}")

    def cas(self, operation, value):
        """In one of its two forms: a precondition of a put, or a comparison of a transaction."""
        operation.key, operation.value = self.random.choice(REGISTERS), value
        operation.expected, tag = self.seen.get(operation.key, (None, None))
        if self.random.random() < 0.5:
            condition = f"If-Match: {tag}\r\n" if tag else "If-None-Match: *\r\n"
            status, _, body = self.call("PUT", f"/keys/{operation.key}", value.encode(), condition + TEXT,
                                        (200, 201, 412))
            operation.succeeded = status != 412
            if operation.succeeded:
                self.wrote(operation, json.loads(body)["revision"])
        else:
            compare = {"key": operation.key, "exists": False} if operation.expected is None \
                else {"key": operation.key, "value": operation.expected}
            answer = self.txn_call([{"op": "put", "key": operation.key, "value": value}], [compare])
            operation.succeeded = answer["succeeded"]
            if operation.succeeded:
                self.wrote(operation, answer["revision"])
        if not operation.succeeded:
            self.seen.pop(operation.key, None)

    def txn_call(self, then, compare=()):
        body = json.dumps({"compare": list(compare), "then": then, "else": []}).encode()
        return json.loads(self.call("POST", "/txn", body, JSON)[2])

    def txn(self, operation, value):
        keys = self.random.choices(LISTS, k=STEPS_OF_TXN)
        operation.steps, appended = [], set()
        for key in keys:
            # A branch may write a key once.
            if key not in appended and self.random.random() < 0.5:
                operation.steps.append(["append", key, value])
                appended.add(key)
            else:
                operation.steps.append(["get", key, None])
        self.run_steps(operation)
        if appended:
            self.past.append(operation.revision)

    def run_steps(self, operation):
        answer = self.txn_call([{"op": name, "key": key, **({"value": value + ","} if name == "append" else {})}
                                for name, key, value in operation.steps])
        assert answer["succeeded"], answer
        for step, result in zip(operation.steps, answer["results"], strict=True):
            if step[0] == "get":
                step[2] = [one for one in result.get("value", "").split(",") if one]
        operation.revision = answer["revision"]

    def final(self, past_reads):
        """Everything, read by one more transaction and by plain gets, when all others have ended; and the past."""
        operation = Operation("txn", self.number, time.monotonic_ns(), steps=[["get", key, None] for key in LISTS])
        self.run_steps(operation)
        operation.end = time.monotonic_ns()
        self.shared.note(operation)
        for key in REGISTERS:
            operation = Operation("get", self.number, time.monotonic_ns(), key=key)
            self.read(operation)
            operation.end = time.monotonic_ns()
            self.shared.note(operation)
        known = sorted({operation.revision for operation in self.shared.operations if operation.revision})
        for revision in self.random.sample(known, min(len(known), past_reads)):
            operation = Operation("at", self.number, time.monotonic_ns(), key=self.random.choice(REGISTERS + LISTS))
            operation.at = revision
            self.read(operation, f"?at={revision}")
            operation.end = time.monotonic_ns()
            self.shared.note(operation)
