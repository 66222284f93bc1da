"""Whether transactions on lists are strictly serializable: the list-append check, after Kingsbury and Alvaro (Elle).

Every value is appended once, so the longest list of a key tells in which order its writers came. That gives edges
between transactions: who wrote before whom, who read whose write, who read before whose write; and from each that
ended before another began. There must be no cycle.
"""
import bisect


def check(operations):
    """Sentences about what is wrong; empty when nothing is."""
    transactions = [operation for operation in operations if operation.kind == "txn"]
    problems, writers, lists = [], {}, {}
    for number, transaction in enumerate(transactions):
        for name, key, value in transaction.steps:
            if name == "append":
                if (key, value) in writers:
                    problems.append(f"{value} was appended twice by the clients: the history is no good")
                writers[key, value] = number
    for transaction in transactions:
        if not transaction.is_unknown:
            problems += _read(transaction, lists)
    problems += _check_lists(transactions, writers, lists)
    if problems:
        return problems
    return _check_cycles(transactions, writers, lists)


def _read(transaction, lists):
    """Notes the longest list of each key; what a transaction read must agree with its own appends."""
    own, before = {}, {}
    for name, key, value in transaction.steps:
        if name == "append":
            own.setdefault(key, []).append(value)
            continue
        mine = own.get(key, [])
        if mine and value[-len(mine):] != mine:
            return [f"does not see its own append to {key}: {transaction}"]
        theirs = value[:len(value) - len(mine)]
        if before.setdefault(key, theirs) != theirs:
            return [f"reads {key} twice and differently: {transaction}"]
        longest = lists.get(key, [])
        shorter, longer = sorted((longest, value), key=len)
        if longer[:len(shorter)] != shorter:
            return [f"two orders of {key}: {longest} and {value}"]
        lists[key] = longer
    return []


def _check_lists(transactions, writers, lists):
    problems = []
    for key, values in lists.items():
        if len(set(values)) != len(values):
            problems.append(f"{key} holds a value twice: {[value for value in values if values.count(value) > 1][:3]}")
        problems += [f"{key} holds {value}, which nobody appended" for value in values if (key, value) not in writers]
    present = {(key, value) for key, values in lists.items() for value in values}
    for transaction in transactions:
        appends = [(key, value) for name, key, value in transaction.steps if name == "append"]
        missing = [append for append in appends if append not in present]
        if missing and not transaction.is_unknown:
            problems.append(f"the append of {missing[0][1]} to {missing[0][0]} was lost: {transaction}")
        elif missing and len(missing) != len(appends):
            problems.append(f"happened in part: {transaction}")
    return problems


def _check_cycles(transactions, writers, lists):
    edges = {number: set() for number in range(len(transactions))}
    places = {key: {value: place for place, value in enumerate(values)} for key, values in lists.items()}
    for key, values in lists.items():
        for earlier, later in zip(values, values[1:]):
            edges[writers[key, earlier]].add(writers[key, later])
    for number, transaction in enumerate(transactions):
        if transaction.is_unknown:
            continue
        own = {(key, value) for name, key, value in transaction.steps if name == "append"}
        for name, key, value in transaction.steps:
            if name != "get":
                continue
            seen = [one for one in value if (key, one) not in own]
            values = lists.get(key, [])
            if seen:
                edges[writers[key, seen[-1]]].add(number)
            following = places[key][seen[-1]] + 1 if seen else 0
            if following < len(values):
                edges[number].add(writers[key, values[following]])
    for number, followers in edges.items():
        followers.discard(number)
    _add_real_time(transactions, edges)
    cycle = _cycle(edges)
    return [f"a cycle: {' → '.join(cycle_text(transactions, cycle))}"] if cycle else []


def cycle_text(transactions, cycle):
    return [str(transactions[node]) for node in cycle if node < len(transactions)]


def _add_real_time(transactions, edges):
    """Through one node a return, so that there are few edges: a transaction leads to the node of its return, that to
    the next return's, and the last one before a call to the transaction that was called."""
    ends = sorted((transaction.end, number) for number, transaction in enumerate(transactions)
                  if transaction.end is not None)
    first = len(transactions)
    for place, (_, number) in enumerate(ends):
        edges[first + place] = {first + place + 1} if place + 1 < len(ends) else set()
        edges[number].add(first + place)
    times = [end for end, _ in ends]
    for number, transaction in enumerate(transactions):
        before = bisect.bisect_left(times, transaction.start)
        if before:
            edges[first + before - 1].add(number)


def _cycle(edges):
    """Nodes of one cycle, None when there is none: a search in depth without recursion."""
    state, path = {}, []
    for root in edges:
        if root in state:
            continue
        stack = [(root, iter(edges[root]))]
        state[root] = "open"
        path.append(root)
        while stack:
            node, followers = stack[-1]
            follower = next(followers, None)
            if follower is None:
                state[node] = "done"
                stack.pop()
                path.pop()
            elif follower not in state:
                state[follower] = "open"
                path.append(follower)
                stack.append((follower, iter(edges[follower])))
            elif state[follower] == "open":
                return path[path.index(follower):] + [follower]
    return None
