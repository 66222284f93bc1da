"""Histories of a made-up store, right or with a fault of a known kind; for the tests of the checker."""
import random

from history import Operation

CLIENTS = 8
REGISTERS = [f"register{number}" for number in range(5)]
LISTS = [f"list{number}" for number in range(5)]
FAULTS = ("stale get", "late put", "blind cas", "lost put", "repeated append", "lost append", "torn transaction",
          "wrong past", "reused revision")


class Store:
    """Everything that ever was, by revision; a fault strikes now and then."""

    def __init__(self, generator, fault=None):
        self.random, self.fault = generator, fault
        self.revision, self.states = 0, [({}, 0)]
        self.struck = 0

    def strikes(self, fault):
        happens = self.fault == fault and self.revision > 50 and self.random.random() < 0.05
        self.struck += happens
        return happens

    def at(self, revision):
        return self.states[revision][0]

    def commit(self, changes):
        state = dict(self.at(self.revision))
        self.revision += 1
        for key, value in changes.items():
            if value is None:
                state.pop(key, None)
            else:
                state[key] = (value, self.revision)
        self.states.append((state, self.revision))
        return self.revision

    def perform(self, operation):
        getattr(self, operation.kind)(operation)

    def get(self, operation):
        shown = self.revision
        if self.strikes("stale get"):
            shown = max(0, self.revision - self.random.randrange(20, 40))
        operation.revision = self.revision
        operation.value, operation.changed = self.at(shown).get(operation.key, (None, None))

    def at_(self, operation):
        shown = operation.at
        if self.strikes("wrong past"):
            shown = max(0, operation.at - 30)
        operation.revision = self.revision
        operation.value, operation.changed = self.at(shown).get(operation.key, (None, None))

    def put(self, operation):
        if self.strikes("lost put"):
            operation.revision = self.revision + 1
            self.commit({"elsewhere": "x"})
            return
        operation.revision = self.commit({operation.key: operation.value})
        if self.strikes("reused revision"):
            operation.revision -= 1

    def delete(self, operation):
        if operation.key in self.at(self.revision):
            self.commit({operation.key: None})

    def cas(self, operation):
        present = self.at(self.revision).get(operation.key, (None, None))[0]
        operation.succeeded = present == operation.expected or self.strikes("blind cas")
        if operation.succeeded:
            operation.revision = self.commit({operation.key: operation.value})

    def txn(self, operation):
        changes, state = {}, self.at(self.revision)
        past = self.at(max(0, self.revision - 30))
        for index, step in enumerate(operation.steps):
            name, key, value = step
            before = changes.get(key, state.get(key, ("", 0))[0])
            # What the first step reads is of another time than the rest.
            is_torn = index == 0 and name == "get" and before != past.get(key, ("", 0))[0]
            if is_torn and self.strikes("torn transaction"):
                before = past.get(key, ("", 0))[0]
            if name == "get":
                step[2] = [one for one in before.split(",") if one]
            elif self.strikes("lost append"):
                continue
            else:
                changes[key] = before + value + ("," + value if self.strikes("repeated append") else "") + ","
        operation.revision = self.commit(changes) if changes else self.revision


def history(seed, count=1500, fault=None, unknown=0.01):
    """The operations, and how often the fault struck."""
    generator = random.Random(seed)
    store, operations = Store(generator, fault), []
    ready = [(generator.randrange(100), client) for client in range(CLIENTS)]
    last = {}
    # Calls, effects and returns are put into the order of time: an effect lies between its call and its return.
    effects = []
    for number in range(count):
        ready.sort()
        start, client = ready.pop(0)
        while effects and effects[0][0] <= start:
            _perform(store, effects.pop(0)[1], last, generator)
        operation = _choose(generator, client, number, start, last, store)
        effect = start + generator.randrange(1, 100)
        end = effect + generator.randrange(1, 100)
        if store.strikes("late put") and operation.kind == "put":
            effect = end + 2000
        operation.end = end
        if operation.kind not in ("get", "at") and generator.random() < unknown:
            operation.end = None
            effect += generator.randrange(3000)
        if operation.end is not None or generator.random() < 0.5:
            effects.append((effect, operation))
            effects.sort(key=lambda entry: entry[0])
        ready.append((end + generator.randrange(1, 50), client))
        operations.append(operation)
    for _, operation in effects:
        _perform(store, operation, last, generator)
    final = max(operation.end or operation.start for operation in operations) + 10_000
    reading = Operation("txn", 0, final, final + 10, steps=[["get", key, None] for key in LISTS])
    store.txn(reading)
    operations.append(reading)
    for operation in operations:
        if operation.is_unknown:
            operation.revision = operation.succeeded = None
            for step in operation.steps or ():
                step[2] = step[2] if step[0] == "append" else None
    return operations, store.struck


def _perform(store, operation, last, generator):
    (store.at_ if operation.kind == "at" else store.perform)(operation)
    if operation.kind in ("get", "put") and operation.value:
        last[operation.client, operation.key] = operation.value


def _choose(generator, client, number, start, last, store):
    kind = generator.choices(["get", "put", "cas", "delete", "txn", "at"], [25, 20, 20, 5, 20, 10])[0]
    operation = Operation(kind, client, start)
    if kind == "txn":
        keys = generator.sample(LISTS, generator.randrange(1, 5))
        operation.steps = [["append", key, f"v{number}"] if generator.random() < 0.5 else ["get", key, None]
                           for key in keys]
        return operation
    operation.key = generator.choice(REGISTERS + (LISTS if kind == "at" else []))
    if kind in ("put", "cas"):
        operation.value = f"v{number}"
    if kind == "cas":
        operation.expected = last.get((client, operation.key))
    if kind == "at":
        operation.at = generator.randrange(store.revision + 1)
    return operation
