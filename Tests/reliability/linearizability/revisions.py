"""What revisions promise: each commit has its own, they rise with time, and a read at one shows what was there then.

Shares nothing with the searches in registers.py and lists.py, which do not look at revisions.
"""
import bisect


def check(operations):
    """Sentences about what is wrong; empty when nothing is."""
    writers = {}
    for operation in operations:
        if operation.kind in ("put", "cas") and operation.is_register_write:
            writers[operation.key, operation.value] = operation
    return (_check_commits(operations) + _check_reads(operations, writers) + _check_past(operations, writers)
            + _check_past_lists(operations))


def _commits(operations):
    """The operations that certainly made a revision and know which."""
    for operation in operations:
        if operation.is_unknown or operation.revision is None:
            continue
        if operation.kind == "put" or operation.kind == "cas" and operation.succeeded:
            yield operation
        elif operation.kind == "txn" and any(step[0] == "append" for step in operation.steps):
            yield operation


def _check_commits(operations):
    problems, seen = [], {}
    for operation in _commits(operations):
        if operation.revision in seen:
            problems.append(f"one revision, two commits: {seen[operation.revision]} and {operation}")
        seen[operation.revision] = operation
    # Going back from the newest: no revision may be above that of something that began after its end.
    ordered = sorted(seen.values(), key=lambda operation: operation.start)
    starts = [operation.start for operation in ordered]
    lowest, least = [], None
    for operation in reversed(ordered):
        least = operation if least is None or operation.revision < least.revision else least
        lowest.append(least)
    lowest.reverse()
    for operation in ordered:
        later = bisect.bisect_right(starts, operation.end)
        if later < len(ordered) and lowest[later].revision < operation.revision:
            problems.append(f"revisions against time: {operation} was over before {lowest[later]} began")
    return problems


def _check_reads(operations, writers):
    problems = []
    acknowledged = sorted((operation.end, operation.revision) for operation in _commits(operations))
    ends, highest, most = [end for end, _ in acknowledged], [], 0
    for _, revision in acknowledged:
        most = max(most, revision)
        highest.append(most)
    for operation in operations:
        if operation.kind not in ("get", "at") or operation.is_unknown:
            continue
        before = bisect.bisect_left(ends, operation.start)
        if operation.kind == "get" and operation.revision is not None and before \
                and operation.revision < highest[before - 1]:
            problems.append(f"a read of the past, {highest[before - 1]} was acknowledged before: {operation}")
        writer = writers.get((operation.key, operation.value))
        if operation.value is None or writer is None:
            continue
        if writer.revision is not None and not writer.is_unknown and writer.revision != operation.changed:
            problems.append(f"{operation} does not name the revision of {writer}")
        if operation.revision is not None and operation.changed > operation.revision:
            problems.append(f"changed after the revision that was read: {operation}")
    return problems


def _check_past(operations, writers):
    """A get at a revision: nothing newer than it, and nothing older than what was the newest then."""
    problems, writes, vague_deletes = [], {}, {}
    for operation in operations:
        if operation.key is None or not operation.is_register_write:
            continue
        if operation.revision is not None and not operation.is_unknown:
            writes.setdefault(operation.key, []).append((operation.revision, operation.value, operation))
        elif operation.kind == "delete":
            vague_deletes.setdefault(operation.key, []).append(operation)
    for entries in writes.values():
        entries.sort(key=lambda entry: entry[0])
    for operation in operations:
        if operation.kind != "at" or operation.is_unknown or operation.key.startswith("list"):
            continue
        entries = writes.get(operation.key, [])
        place = bisect.bisect_right([revision for revision, _, _ in entries], operation.at)
        newest = entries[place - 1] if place else None
        if operation.value is None:
            was_deleted = any(delete.start < operation.end for delete in vague_deletes.get(operation.key, []))
            if newest and newest[1] is not None and not was_deleted:
                problems.append(f"{newest[2]} should have been seen: {operation}")
            continue
        if (operation.key, operation.value) not in writers:
            problems.append(f"nobody wrote this: {operation}")
        if operation.changed > operation.at:
            problems.append(f"from the future of the revision asked for: {operation}")
        if newest and newest[0] > operation.changed:
            problems.append(f"{newest[2]} should have been seen: {operation}")
    return problems


def _check_past_lists(operations):
    problems, revision_of = [], {}
    for operation in operations:
        if operation.kind == "txn" and not operation.is_unknown and operation.revision is not None:
            for name, key, value in operation.steps:
                if name == "append":
                    revision_of.setdefault(key, {})[value] = operation.revision
    for operation in operations:
        if operation.kind != "at" or operation.is_unknown or not operation.key.startswith("list"):
            continue
        known = revision_of.get(operation.key, {})
        values = set(operation.value.split(",")) - {""} if operation.value is not None else set()
        late = [value for value in values if known.get(value, 0) > operation.at]
        missing = [value for value, revision in known.items() if revision <= operation.at and value not in values]
        if late:
            problems.append(f"{late[0]} is of revision {known[late[0]]}: {operation}")
        if missing:
            problems.append(f"{missing[0]} of revision {known[missing[0]]} is missing: {operation}")
    return problems
