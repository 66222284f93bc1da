"""What clients asked and were told, and when; one JSON object a line on disk.

Register keys hold one value that no other write ever has; list keys hold values joined by commas. Times are
nanoseconds of one monotonic clock. An operation without an end has an outcome that nobody knows: the broker was
killed before it answered. Operations that certainly did nothing (no connection, 503) are not recorded.
"""
import dataclasses
import json

# Of one register key: get, put, cas, delete; `at` is a get at a revision of the past, on either kind of key.
# Of list keys: txn, whose `steps` are ["append", key, value] and ["get", key, [values read]].
KINDS = ("get", "put", "cas", "delete", "at", "txn")


@dataclasses.dataclass
class Operation:
    kind: str
    client: int
    start: int
    end: int | None = None
    key: str | None = None
    # What is written by put and cas; what was read by get and at, None when the key was absent.
    value: str | None = None
    # What cas compares with, None for "absent".
    expected: str | None = None
    # Whether cas, or the comparison of a transaction, held.
    succeeded: bool | None = None
    # The revision asked for.
    at: int | None = None
    # Of a write: the one it made. Of a read: the namespace's.
    revision: int | None = None
    # Of a read: the revision that last changed the key.
    changed: int | None = None
    steps: list | None = None

    @property
    def is_unknown(self):
        return self.end is None

    @property
    def is_register_write(self):
        return self.kind in ("put", "delete") or self.kind == "cas" and self.succeeded is not False

    def __str__(self):
        fields = {name: value for name, value in dataclasses.asdict(self).items() if value is not None}
        return json.dumps(fields)


def save(operations, path):
    with open(path, "w", encoding="utf-8") as file:
        for operation in operations:
            file.write(f"{operation}\n")


def load(path):
    with open(path, encoding="utf-8") as file:
        return [Operation(**json.loads(line)) for line in file if line.strip()]
