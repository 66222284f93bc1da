#!/usr/bin/env python3
"""Fuzzes the API from its own document (schemathesis), for as many cases as asked for.

usage: fuzz_api.py [--cases N] [--seed N]

Checked: no server error; every status, content type and body is one that the document has. Left out, because the
document cannot say it: endless streams (the tests of streams look at those), and that negative data is refused,
which the tables of nasty inputs assert value by value. Needs schemathesis; skipped with a word where there is none.

A fuzzer's jobs run: as root this drops to an unprivileged user, so that an output file named by chance is not
written all over the machine.
"""
import argparse
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

import harness

NOBODY = 65534
# Unknown methods are 501 here, by design; 503 is a broker that is asked for more than it takes.
CONFIGURATION = """
[phases.coverage]
unexpected-methods = ["PUT", "PATCH", "DELETE", "OPTIONS"]

[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 501, 503]
"""
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def find_schemathesis():
    for place in (pathlib.Path(sys.executable).parent, harness.REPOSITORY / ".venv" / "bin"):
        if (place / "schemathesis").exists():
            return str(place / "schemathesis")
    return shutil.which("schemathesis")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or random.randrange(1 << 31)))
    options = parser.parse_args()
    print(f"fuzz_api: SEED={options.seed}, about {options.cases} cases", flush=True)
    program = find_schemathesis()
    if not program:
        return print("skipped: there is no schemathesis")
    with harness.Broker(nodes=64, cores=8) as broker:
        wrapper = ()
        if os.geteuid() == 0:
            os.chown(broker.folder, NOBODY, NOBODY)
            os.chmod(os.path.dirname(harness.binary()), 0o755)
            wrapper = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        broker.start(wrapper=wrapper)
        operations = sum(
            method in ("get", "put", "post", "patch", "delete")
            for item in broker.client().get("/openapi.json").json["paths"].values() for method in item)
        configuration = pathlib.Path(broker.folder, "schemathesis.toml")
        configuration.write_text(CONFIGURATION)
        run = subprocess.run(
            [program, "--config-file", str(configuration), "run", f"{broker.uri}/openapi.json", "--checks", CHECKS, "--seed", str(options.seed),
             "--phases", "examples,coverage,fuzzing,stateful", "--mode", "all", "--workers", "2",
             "--max-examples", str(max(5, options.cases // operations)), "--exclude-path-regex", "events$",
             "--header", f"Authorization: Bearer {broker.token}", "--tls-verify", os.path.join(broker.state, "ca.pem"),
             "--request-timeout", "75", "--continue-on-failure", "--suppress-health-check", "all", "--generation-database", "none"],
            capture_output=True, text=True, cwd=broker.folder, check=False,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "fuzz_hooks", "PYTHONPATH": str(pathlib.Path(__file__).parent)})
        print(run.stdout[-6000:] + run.stderr[-2000:])
        assert broker.process.poll() is None, "the broker has ended: " + broker.log()
        assert broker.client().get("/readyz").status == 200
        found = re.findall(r"(\d+) generated", run.stdout)
        assert run.returncode == 0, f"schemathesis ended with {run.returncode}"
        assert found and int(found[-1]) >= options.cases // 4, f"the floor of the load: {found}"
    print("fuzz_api: passed")


if __name__ == "__main__":
    main()
