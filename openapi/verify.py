#!/usr/bin/env python3
"""Compares openapi/sluice.yaml with the source and with a running broker.

    verify.py --sluice PATH [--examples N]

1. Every route of the source is in the document and the other way round.
2. Every path refuses the methods that the document does not have (405 and `Allow`), and callers without a token (401).
3. The document's own examples are accepted.
4. Schemathesis: requests made from the schemas, right and wrong ones, get the answers that the document promises.

What the generated requests submit never starts: the only core is held by a job without processes, which belongs to
somebody else.
"""

import argparse
import http.client
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "deploy" / "demo"))

import schemathesis_hooks  # noqa: E402
from broker import TemporaryBroker  # noqa: E402

METHODS = ["get", "post", "put", "patch", "delete"]
# Generated cases of one operation in one phase.
EXAMPLES = 15
# One worker: CPython 3.11 fails at times when several threads parse Python, as the generator does.
WORKERS = 1
# A fixed seed: what fails once fails again. Another one now and then is for people to choose.
SEED = 20_260_101
# Streams do not end, and output may be one; the document itself and its page are no JSON that could be checked; lines have no schema.
EXCLUDED = r"/events$|/watch$|/output$|^/openapi\.json$|^/docs$|/bulk$"
# Who else but the owner may call these is a question of roles, not of schemas; `primary` is the owner's.
OWNERS = r"^/v1/tokens|^/metrics$|^/v1/kvs.*(?<!/watch)$"
CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection",
]


def routes_of_source():
    pattern = re.compile(r'Route\(\s*"([A-Z]+)",\s*(?:"([^"]+)"|path\b)')
    for path in sorted((ROOT / "Sources/RESTAPI/Routes").glob("*.swift")):
        text = path.read_text()
        # Several routes of one path may give it a name.
        named = re.search(r'let path = "([^"]+)"', text)
        yield from ((method, literal or named[1]) for method, literal in pattern.findall(text))


def check_routes(document):
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in METHODS if method in item}
    built = set(routes_of_source())
    assert built, "no route was found in the source"
    for method, path in sorted(described - built):
        yield f"{method} {path} is in the document, but not in the source"
    for method, path in sorted(built - described):
        yield f"{method} {path} is in the source, but not in the document"


class Caller:
    """Plain requests over HTTPS, with or without a token."""

    def __init__(self, broker):
        self.address = broker.uri.removeprefix("https://")
        self.context = ssl.create_default_context(cafile=str(broker.state / "ca.pem"))
        self.token = (broker.state / "owner.token").read_text().strip()

    def __call__(self, method, path, body=None, headers=None, token=True):
        connection = http.client.HTTPSConnection(self.address, context=self.context, timeout=30)
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {self.token}"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        is_stream = answer.headers.get("Content-Type", "").startswith("text/event-stream")
        data = b"" if is_stream else answer.read()
        connection.close()
        return answer.status, answer.headers, data


def filled(document, path, job_id="f1"):
    """The path with the examples of its parameters."""
    examples = {one["name"]: one.get("example") for one in document["components"]["parameters"].values()}
    return re.sub(r"\{(\w+)\}", lambda match: job_id if match[1] == "id" else examples[match[1]], path)


def check_methods(document, call):
    for path, item in document["paths"].items():
        target = filled(document, path)
        described = {method.upper() for method in METHODS if method in item}
        allowed = described | ({"HEAD"} if "GET" in described else set())
        for method in METHODS + ["options"]:
            if method in item:
                is_open = item[method].get("security") == []
                status, _, _ = call(method.upper(), target, token=False)
                if (status == 401) == is_open:
                    yield f"{method.upper()} {path} without a token: {status}"
                continue
            status, headers, _ = call(method.upper(), target)
            found = {one.strip() for one in headers.get("Allow", "").split(",")}
            if status != 405 or found != allowed:
                yield f"{method.upper()} {path}: {status} with Allow {sorted(found)}, not 405 with {sorted(allowed)}"


def examples_of(media):
    if "example" in media:
        yield media["example"]
    yield from (one["value"] for one in media.get("examples", {}).values())


def check_examples(document, call, job_id):
    count = 0
    for path, item in document["paths"].items():
        for method in METHODS:
            body = item.get(method, {}).get("requestBody", {"content": {}})
            for kind, media in body["content"].items():
                for example in examples_of(media):
                    count += 1
                    data = example if isinstance(example, str) else json.dumps(example)
                    # What was cancelled by one example cannot be changed by the next.
                    has_preview = {"$ref": "#/components/parameters/DryRun"} in item[method].get("parameters", [])
                    query = "?dry_run=true" if has_preview and not path.endswith("bulk") else ""
                    headers = {"Content-Type": kind}
                    if {"$ref": "#/components/parameters/GraphIfMatch"} in item[method].get("parameters", []):
                        headers["If-Match"] = "*"
                    status, _, answer = call(
                        method.upper(), filled(document, path, job_id) + query, data.encode(), headers)
                    # 404 and 409 are about what there is here, not about the form that the example shows.
                    if status >= 300 and status not in (404, 409):
                        yield f"{method.upper()} {path}: its example is answered with {status}: {answer.decode()}"
                    if kind.endswith("ndjson") and b'"error"' in answer:
                        yield f"{method.upper()} {path}: its example has a line that fails: {answer.decode()[-500:]}"
    assert count >= 5, "no example was found"


def run_schemathesis(broker, token, selection, examples):
    with tempfile.TemporaryDirectory() as scratch:
        settings = {**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(ROOT / "openapi")}
        return subprocess.run(
            [str(pathlib.Path(sys.executable).parent / "schemathesis"),
             "--config-file", str(ROOT / "openapi/schemathesis.toml"), "run", str(ROOT / "openapi/sluice.yaml"),
             "--url", broker.uri, "--tls-verify", str(broker.state / "ca.pem"),
             "--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS),
             "--exclude-operation-id", "subscribe", "--exclude-operation-id", "takeCall",
             "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", str(examples), "--seed", str(SEED),
             "--workers", str(WORKERS), "--request-timeout", "20", "--continue-on-failure", "--warnings", "off",
             "--generation-database", "none", "--no-color",
             # A slow machine is no disagreement.
             "--suppress-health-check", "too_slow", *selection],
            env=settings, cwd=scratch).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sluice", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="generated cases of one operation; 0: none")
    options = parser.parse_args()
    document = yaml.safe_load((ROOT / "openapi/sluice.yaml").read_text())
    failures = list(check_routes(document))
    with TemporaryBroker(options.sluice, nodes=1, cores_per_node=4) as broker:
        call = Caller(broker)
        holder = broker.client.submit({
            "command": ["true"], "nnodes": 1, "cores_per_task": 4, "exclusive": True, "urgency": 31,
            "attributes": {"system": {"exec": {"test": {"run_duration": "1d"}}}}})
        broker.client.wait(holder["id"], "run")
        failures += check_methods(document, call)
        failures += check_examples(document, call, holder["id"])
        for failure in failures:
            print(failure, file=sys.stderr)
        status = 0
        if options.examples > 0:
            visitor = broker.client.call("POST", "/v1/tokens", {"user": "visitor"})["token"]
            everyone = ["--exclude-path-regex", f"{EXCLUDED}|{OWNERS}"]
            for key in schemathesis_hooks.KEYS[1:]:
                call("PUT", f"/v1/kvs/primary/keys/{key}", b"x", {"Content-Type": "text/plain"})
            status = run_schemathesis(broker, visitor, everyone, options.examples)
            status |= run_schemathesis(broker, call.token, ["--include-path-regex", OWNERS], options.examples)
    print("the document and the broker agree" if not failures and status == 0 else "they do not agree")
    sys.exit(1 if failures else status)


if __name__ == "__main__":
    main()
