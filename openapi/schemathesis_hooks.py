"""What generated requests must not do, wait for long, and what they would hardly do: find something that is there.

The jobs that they submit never start, see verify.py.
"""

import re
import zlib

import schemathesis

NAME = r"[A-Za-z0-9_](?:\.?[A-Za-z0-9_-])*\.?"
KEYS = ["a", "a.b", "c"]


@schemathesis.hook
def before_call(context, case, kwargs):
    parameters = case.path_parameters or {}
    query = case.query or {}
    waits = "wait" in query or re.search(r"/(fences|barriers)/", case.path)
    # A wrong timeout stays wrong: it is there to be refused.
    if waits and re.fullmatch(r"[0-9.]+s?", str(query.get("timeout", "30"))):
        case.query = {**query, "timeout": "0.05"}
    # Most names that are generated are of nothing. Wrong ones stay wrong.
    if re.fullmatch(NAME, str(parameters.get("ns", "-"))) and len(parameters["ns"]) <= 64:
        parameters["ns"] = "primary"
    key = str(parameters.get("key", ""))
    if re.fullmatch(r"[A-Za-z0-9]+", key) and len(key) <= 1024 and (chance := zlib.crc32(key.encode())) % 4 > 0:
        parameters["key"] = KEYS[chance % len(KEYS)]
