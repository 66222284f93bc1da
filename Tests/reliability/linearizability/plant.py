"""Plants faults into a history that is right: each makes it wrong for certain, so a checker has to find it."""
import copy


def plant(operations, kind, generator):
    """A changed copy and a sentence about what was changed; None when the history has no place for it."""
    changed = copy.deepcopy(operations)
    note = PLANTS[kind](changed, generator)
    return (changed, note) if note else None


def _writes(operations, key):
    """Acknowledged puts and successful comparisons of one key."""
    return [operation for operation in operations if operation.key == key and not operation.is_unknown
            and (operation.kind == "put" or operation.kind == "cas" and operation.succeeded)]


def _overwritten(operations, reader):
    """A value that was there and certainly was overwritten before the reader began, and what overwrote it."""
    for later in reversed(_writes(operations, reader.key)):
        if later.end >= reader.start:
            continue
        for earlier in reversed(_writes(operations, reader.key)):
            if earlier.end < later.start:
                return earlier
    return None


def _shuffled(operations, generator, wanted):
    candidates = [operation for operation in operations if not operation.is_unknown and wanted(operation)]
    generator.shuffle(candidates)
    return candidates


def _stale_read(operations, generator):
    for reader in _shuffled(operations, generator, lambda one: one.kind == "get"):
        old = _overwritten(operations, reader)
        if old:
            # It looks right in itself: with the revision that the old value had.
            reader.value, reader.changed = old.value, old.revision
            return f"reads an overwritten value: {reader}"
    return None


def _lost_update(operations, generator):
    for writer in _shuffled(operations, generator, lambda one: one.kind == "cas" and not one.succeeded):
        old = _overwritten(operations, writer)
        if old:
            # What was written in between is lost: it compared with an old value and won.
            writer.expected, writer.succeeded = old.value, True
            return f"wins against an overwritten value: {writer}"
    return None


def _lost_append(operations, generator):
    for writer in _shuffled(operations, generator, lambda one: one.kind == "txn"):
        for name, key, value in writer.steps:
            if name == "append":
                for operation in operations:
                    for step in operation.steps or ():
                        if step[0] == "get" and step[1] == key and value in (step[2] or ()):
                            step[2] = [other for other in step[2] if other != value]
                return f"{value} is in no list any more: {writer}"
    return None


def _stale_transaction(operations, generator):
    """Drops what the last writer wrote from one of the lists that a later transaction read."""
    writers = {(step[1], step[2]): operation for operation in operations if operation.kind == "txn"
               for step in operation.steps if step[0] == "append"}
    for reader in _shuffled(operations, generator, lambda one: one.kind == "txn"):
        appended = {step[1] for step in reader.steps if step[0] == "append"}
        for step in reader.steps:
            if step[0] != "get" or not step[2] or step[1] in appended:
                continue
            writer = writers[step[1], step[2][-1]]
            if not writer.is_unknown and writer.end < reader.start:
                read_once = [other for other in reader.steps if other[0] == "get" and other[1] == step[1]]
                for other in read_once:
                    other[2] = other[2][:-1]
                return f"misses an append that was acknowledged before: {reader}"
    return None


def _half_transaction(operations, generator):
    """An append that only one of two transactions at the same time saw, in both directions: a cycle without time."""
    for writer in _shuffled(operations, generator, lambda one: one.kind == "txn"):
        appends = {step[1]: step[2] for step in writer.steps if step[0] == "append"}
        if len(appends) < 2:
            continue
        for reader in operations:
            if reader.kind != "txn" or reader.is_unknown or reader is writer:
                continue
            own = {step[1] for step in reader.steps if step[0] == "append"}
            seen = {step[1] for step in reader.steps if step[0] == "get" and appends.get(step[1]) in step[2]}
            cut = sorted(seen - own)
            if len(seen) < 2 or not cut:
                continue
            for step in reader.steps:
                if step[0] == "get" and step[1] == cut[0]:
                    step[2] = step[2][:step[2].index(appends[cut[0]])]
            return f"sees half of a transaction: {reader}"
    return None


def _stale_past(operations, generator):
    for reader in _shuffled(operations, generator, lambda one: one.kind == "at" and not one.key.startswith("list")):
        before = [one for one in _writes(operations, reader.key) if one.revision <= reader.at]
        before.sort(key=lambda one: one.revision)
        if len(before) >= 2:
            reader.value, reader.changed = before[-2].value, before[-2].revision
            return f"at its revision there was something newer: {reader}"
    return None


PLANTS = {
    "stale read": _stale_read,
    "lost update": _lost_update,
    "lost append": _lost_append,
    "stale transaction": _stale_transaction,
    "half a transaction": _half_transaction,
    "stale read of the past": _stale_past,
}
