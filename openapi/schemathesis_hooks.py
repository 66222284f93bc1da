"""What generated requests must not do: wait for long. The jobs that they submit never start, see verify.py."""

import re

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    query = case.query
    # A wrong timeout stays wrong: it is there to be refused.
    if query and "wait" in query and re.fullmatch(r"[0-9.]+s?", str(query.get("timeout", "30"))):
        query["timeout"] = "0.05"
