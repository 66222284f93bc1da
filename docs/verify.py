#!/usr/bin/env python3
"""Runs what the documents tell people to type, and follows their links.

    verify.py --sluice PATH README.md docs

All ```sh blocks of a file run in one shell, in order, as a reader would type them; any command that fails fails the
file. Ports and state directories that the text names are replaced by free ones. Blocks of other kinds are not run.
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "deploy" / "demo"))

from broker import end_shepherd  # noqa: E402

SECONDS = 180


def markdown_files(paths):
    for path in map(pathlib.Path, paths):
        yield from sorted(path.rglob("*.md")) if path.is_dir() else [path]


def dead_links(path):
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
            yield f"{path}: nothing is at {target}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_blocks(path, sluice, shows_output):
    """What went wrong, or None."""
    blocks = re.findall(r"^```sh\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)
    if not blocks:
        return None
    directory = pathlib.Path(tempfile.mkdtemp(prefix="sluice-docs-"))
    state = directory / "state"
    (directory / "bin").mkdir()
    (directory / "bin" / "sluice").symlink_to(sluice)
    script = "set -eo pipefail\n" + "\n".join(blocks)
    script = script.replace("/tmp/sluice-tour", str(state)).replace("8443", str(free_port()))
    environment = {**os.environ, "PATH": f"{directory / 'bin'}:{os.environ['PATH']}", "NO_COLOR": "1"}
    environment.pop("SLUICE_URI", None)
    shell = subprocess.Popen(
        ["bash", "-c", script], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        output, _ = shell.communicate(timeout=SECONDS)
        status = shell.returncode
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        output, _ = shell.communicate()
        status = "none after %d s" % SECONDS
    finally:
        try:
            os.killpg(shell.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        end_shepherd(state)
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{path}: {len(blocks)} blocks, exit status {status}")
    if shows_output:
        print(output)
    return None if status == 0 else f"{path}: exit status {status} of:\n{output}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sluice", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--show", action="store_true", help="print what the commands print")
    parser.add_argument("paths", nargs="+")
    options = parser.parse_args()
    failures = []
    for path in markdown_files(options.paths):
        failures += dead_links(path)
        failure = run_blocks(path, options.sluice, options.show)
        if failure:
            failures.append(failure)
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
