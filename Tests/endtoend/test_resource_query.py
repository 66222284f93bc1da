"""The scripted matcher: each script in resource_query/ must print its transcript, byte for byte.

The first line of a script, `#!`, holds the arguments. UPDATE_TRANSCRIPTS=1 writes the transcripts anew.
"""
import json
import os
import pathlib
import re
import shlex
import subprocess
import xml.etree.ElementTree

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
    assert len(SCRIPTS) >= 16


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


SVG = "{http://www.w3.org/2000/svg}"


def drawing(tmp_path, resources, script=""):
    """The parsed drawing of some resources."""
    path = tmp_path / "picture.svg"
    done = query(*resources, input=f"{script}picture svg {path}\n")
    assert done.returncode == 0, done.stdout + done.stderr
    return xml.etree.ElementTree.parse(path).getroot()


@pytest.mark.parametrize("nodes", [4, 64, 400])
def test_a_drawing_is_xml_that_names_every_host_once_and_stays_within_its_frame(nodes, tmp_path):
    root = drawing(tmp_path, ["--recipe", f"cluster/rack=4/[node={nodes // 4}/socket=2/[core=16;gpu=2];power]"],
                   "match allocate --shape 'node=1{x}/slot=1/core=1'\nmatch allocate --shape 'slot=3/core=5'\n")
    names = [re.sub(" [A-Z]$", "", text.text) for text in root.iter(SVG + "text")]
    assert sorted(name for name in names if name.startswith("node")) == sorted(f"node{rank}" for rank in range(nodes))
    # One for each vertex, and one for the picture.
    assert len(list(root.iter(SVG + "title"))) == 1 + 1 + 4 * 2 + nodes * 39
    width, height = (int(number) for number in root.get("viewBox").split()[2:])
    boxes = [box for box in root.iter(SVG + "rect") if box.get("class")]
    assert len(boxes) > nodes * 39
    for box in boxes:
        x, y, w, h = (int(box.get(name)) for name in ("x", "y", "width", "height"))
        assert 0 <= x and x + w <= width and 0 <= y and y + h <= height


def hostile(basename):
    """JGF of one host whose name, the basename and a number, is hard to write down."""
    def vertex(number, kind, basename, path):
        return {"id": str(number), "metadata": {
            "type": kind, "basename": basename, "name": basename + "0", "id": 0, "uniq_id": number, "rank": number - 1,
            "exclusive": False, "unit": "", "size": 1, "paths": {"containment": path}}}
    edge = {"source": "0", "target": "1", "metadata": {"subsystem": "containment"}}
    return {"graph": {"nodes": [vertex(0, "cluster", "cluster", "/cluster0"),
                                vertex(1, "node", basename, f"/cluster0/{basename}0")], "edges": [edge]}}


@pytest.mark.parametrize("basename", ["<a&b>'x'", "]]>", "&#0;", "\"><script>"])
def test_a_drawing_survives_names_that_look_like_markup(basename, tmp_path):
    resources = tmp_path / "hostile.json"
    resources.write_text(json.dumps(hostile(basename)))
    name = basename + "0"
    root = drawing(tmp_path, ["--load", str(resources)])
    assert [text.text for text in root.iter(SVG + "text")].count(name) == 1
    assert any(title.text.startswith(f"/cluster0/{name} ") for title in root.iter(SVG + "title"))


def test_measurements_have_the_form_that_benchmarks_read():
    done = query("--recipe", "cluster/node=2/core=4", input="repeat 9 match allocate --shape 'slot=1/core=1'\n"
                 "attach /cluster0 node\nstat --times\n")
    lines = done.stdout.splitlines()
    assert lines[0] == "8 of 9 matched"
    assert re.fullmatch(r"matches: 9, µs: total [0-9.]+, mean [0-9.]+, min [0-9.]+, max [0-9.]+", lines[-4])
    assert re.fullmatch(r"mutations: 1, µs: total [0-9.]+, mean [0-9.]+, min [0-9.]+, max [0-9.]+", lines[-3])
    assert re.fullmatch(r"load: µs [0-9.]+", lines[-2])
    assert re.fullmatch(r"memory: [0-9]+ bytes, [0-9]+ a vertex", lines[-1])
