#!/usr/bin/env python3
"""Steers simulations towards a minimum: starts some, watches their results, starts finer ones around the best.

Runs as a job itself, and uses nothing but the command line. Each generation is an ensemble of jobs over an
interval; the next interval lies around the best result so far. Everything that is known stands in the key-value
store, so that a driver which is started again goes on where the one before it was.
"""

import json
import os
import pathlib
import subprocess
import sys

CAMPAIGN = os.environ["CAMPAIGN"]
SIMULATE = pathlib.Path(__file__).resolve().with_name("simulate")
MEMBERS = 8
TOLERANCE = 5e-3


def sluice(*arguments):
    return subprocess.run(["sluice", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def kvs(command, *arguments):
    return sluice("kvs", command, "-N", CAMPAIGN, *arguments)


def results():
    """What the members have written so far: (energy, x, member), best first."""
    found = {}
    for item in json.loads(kvs("dir", "--json", "members"))["items"]:
        member, _, name = item["key"].removeprefix("members.").partition(".")
        found.setdefault(member, {})[name] = item["value"]
    done = [(float(each["energy"]), float(each["x"]), member) for member, each in found.items() if "energy" in each]
    return sorted(done)


def start(generation, low, high):
    """Submits one generation in one request; its members' names."""
    step = (high - low) / (MEMBERS - 1)
    sluice("submit", "--job-name", f"generation-{generation}", f"--cc=0-{MEMBERS - 1}",
           str(SIMULATE), f"g{generation}-{{cc}}", "{cc}", repr(low), repr(step))
    return [f"g{generation}-{number}" for number in range(MEMBERS)]


def await_results(members, since):
    """Watches the store until all members are done; commits since the submission are told too, so none is missed."""
    missing = set(members)
    watch = subprocess.Popen(
        ["sluice", "kvs", "watch", "-N", CAMPAIGN, "--json", "--prefix", "members", "--since", since],
        stdout=subprocess.PIPE, text=True)
    with watch:
        for line in watch.stdout:
            for change in json.loads(line)["changes"]:
                member, _, name = change["key"].removeprefix("members.").partition(".")
                if name == "energy":
                    missing.discard(member)
            if not missing:
                watch.kill()
                break
    if missing:
        sys.exit(f"no results of {', '.join(sorted(missing))}")


def main():
    plan = json.loads(kvs("get", "plan"))
    while plan["high"] - plan["low"] > TOLERANCE:
        since = kvs("getroot", "-s").strip()
        await_results(start(plan["generation"], plan["low"], plan["high"]), since)
        energy, x, member = results()[0]
        step = (plan["high"] - plan["low"]) / (MEMBERS - 1)
        print(f"generation {plan['generation']}: best is {member}, E({x:.6f}) = {energy:.9f}", flush=True)
        plan = {"generation": plan["generation"] + 1, "low": x - step, "high": x + step}
        # The plan and the best so far change together.
        kvs("put", "--json", f"plan={json.dumps(plan)}", f"best={json.dumps({'x': x, 'energy': energy})}")
    print(f"minimum near {results()[0][1]:.3f}")


if __name__ == "__main__":
    main()
