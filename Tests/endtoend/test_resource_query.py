"""The scripted matcher: each script in resource_query/ must print its transcript, byte for byte.

The first line of a script, `#!`, holds the arguments. UPDATE_TRANSCRIPTS=1 writes the transcripts anew.
"""
import os
import pathlib
import shlex
import subprocess

import pytest

import harness

FOLDER = pathlib.Path(__file__).resolve().parent / "resource_query"
SCRIPTS = sorted(FOLDER.glob("*.query"))


def query(*arguments, input=None):
    """Run beside the scripts, which name files there."""
    return subprocess.run(
        [harness.binary(), "resource-query", *arguments], cwd=FOLDER, input=input, capture_output=True, text=True,
        timeout=harness.PATIENCE, check=False, **({} if input is not None else {"stdin": subprocess.DEVNULL}))


def arguments_of(script):
    first = script.read_text().splitlines()[0]
    assert first.startswith("#! "), script
    return shlex.split(first[3:])


def test_there_are_scripts():
    assert len(SCRIPTS) >= 10


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_prints_its_transcript(script):
    done = query(*arguments_of(script), "--echo", "--script", script.name)
    expected = script.with_suffix(".expected")
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        expected.write_text(done.stdout)
    assert done.stderr == ""
    assert done.stdout == expected.read_text()
    is_wrong = any(line.startswith("error: ") for line in done.stdout.splitlines())
    assert done.returncode == (1 if is_wrong else 0)


def test_standard_input_and_a_script_answer_alike():
    script = FOLDER / "slots.query"
    typed = query(*arguments_of(script), input=script.read_text())
    read = query(*arguments_of(script), "--script", script.name)
    assert typed.stdout == read.stdout != ""
    assert typed.returncode == read.returncode == 0


@pytest.mark.parametrize("arguments", [
    ["--recipe", "cluster/node="], ["--load", "nothing-here.json"], ["--recipe", "cluster/node", "--script", "none"],
    ["--load", "jobspec.yaml"]])
def test_resources_and_scripts_that_cannot_be_read_are_errors(arguments):
    done = query(*arguments, input="stat\n")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["--recipe", "cluster/node", "--load", "hosts.json"], ["--recipe", "cluster/node", "--policy", "best"]])
def test_a_command_line_that_makes_no_sense_is_refused(arguments):
    assert query(*arguments, input="stat\n").returncode == 64
