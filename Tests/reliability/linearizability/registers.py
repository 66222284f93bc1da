"""Whether the operations on one register are linearizable: just-in-time linearization, after Wing and Gong, and Lowe.

Goes through the calls and returns in the order of time, and keeps every configuration that may be: the register's
value, and which of the open operations have taken effect. An operation takes effect at its return at the latest;
before that only if something else needs it. One whose outcome is unknown stays open for ever. Of two configurations
that differ only in that one has used more of those, the one that used fewer can do whatever the other can.
"""
import heapq
import itertools


def check(operations):
    """None, or a sentence about the first operation that fits into no order."""
    relevant = [operation for operation in operations if not (operation.is_unknown and operation.kind == "get")]
    search = _Search(relevant)
    for time, is_return, number in search.events():
        if not is_return:
            search.call(number)
        elif not search.finish(number):
            return search.verdict(number)
    return None


class _Search:
    def __init__(self, operations):
        self.operations = operations
        self.open = set()
        self.unknown = frozenset(number for number, operation in enumerate(operations) if operation.is_unknown)
        self.configurations = {(None, frozenset())}

    def events(self):
        """At equal times calls come first: such operations may overlap."""
        events = []
        for number, operation in enumerate(self.operations):
            events.append((operation.start, 0, number))
            if operation.end is not None:
                events.append((operation.end, 1, number))
        return sorted(events)

    def after(self, value, operation):
        """Whether the operation can happen at this value, and the value then."""
        kind = operation.kind
        if kind == "get":
            return operation.value == value, value
        if kind == "put":
            return True, operation.value
        if kind == "delete":
            return True, None
        holds = operation.expected == value
        if operation.succeeded is None:
            return holds, operation.value
        return holds == operation.succeeded, operation.value if holds else value

    def changes_nothing(self, operation):
        return operation.kind == "get" or operation.kind == "cas" and operation.succeeded is False

    def settled(self, value, done):
        """With all open operations that see this value and change nothing: nobody gains by putting them off."""
        more = [number for number in self.open - done if self.changes_nothing(self.operations[number])
                and self.after(value, self.operations[number])[0]]
        return value, done.union(more) if more else done

    def call(self, number):
        self.open.add(number)
        if self.changes_nothing(self.operations[number]):
            self.configurations = {self.settled(*configuration) for configuration in self.configurations}

    def finish(self, number):
        reached = _Minimal(self.unknown)
        seen = _Minimal(self.unknown)
        queue, ticket = [], itertools.count()
        for value, done in self.configurations:
            heapq.heappush(queue, (len(done), next(ticket), value, done))
        while queue:
            _, _, value, done = heapq.heappop(queue)
            if not seen.add(value, done):
                continue
            if number in done:
                reached.add(value, done - {number})
                continue
            for other in self.open - done:
                happens, then = self.after(value, self.operations[other])
                if happens:
                    then, more = self.settled(then, done | {other})
                    heapq.heappush(queue, (len(more), next(ticket), then, more))
        self.open.discard(number)
        self.before = self.configurations
        self.configurations = reached.configurations()
        return bool(self.configurations)

    def verdict(self, number):
        values = sorted({str(value) for value, _ in self.before})
        return f"fits into no order, where the value could be {', '.join(values[:6])}: {self.operations[number]}"


class _Minimal:
    """Configurations, without those that another one makes superfluous."""

    def __init__(self, unknown):
        self.unknown = unknown
        self.used = {}

    def add(self, value, done):
        """Whether it brings anything."""
        optional = done & self.unknown
        others = self.used.setdefault((value, done - self.unknown), [])
        if any(other <= optional for other in others):
            return False
        others[:] = [other for other in others if not optional <= other]
        others.append(optional)
        return True

    def configurations(self):
        return {(value, required | optional) for (value, required), sets in self.used.items() for optional in sets}
