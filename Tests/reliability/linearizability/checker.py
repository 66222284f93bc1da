#!/usr/bin/env python3
"""Judges recorded histories of the key-value store: `checker.py FILE …`; exit status 1 when one is wrong.

Independent of the broker: it knows what clients were told, and nothing else.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import history  # noqa: E402
import lists  # noqa: E402
import registers  # noqa: E402
import revisions  # noqa: E402


def check(operations):
    """Sentences about what is wrong; empty when the history is linearizable and its transactions serializable."""
    problems = []
    keys = {operation.key for operation in operations if operation.key and operation.kind not in ("txn", "at")}
    for key in sorted(keys):
        own = [operation for operation in operations if operation.key == key and operation.kind not in ("txn", "at")]
        verdict = registers.check(own)
        if verdict:
            problems.append(f"{key}: {verdict}")
    return problems + lists.check(operations) + revisions.check(operations)


def main():
    status = 0
    for path in sys.argv[1:]:
        operations = history.load(path)
        problems = check(operations)
        print(f"{path}: {len(operations)} operations, {len(problems)} problems")
        for problem in problems[:10]:
            print(f"  {problem[:1000]}")
        status |= bool(problems)
    return status


if __name__ == "__main__":
    sys.exit(main())
