"""Scripts that travel with their job, with options in them."""
import base64
import json

import pytest

import harness


def batch(broker, tmp_path, text, *options, name="script.sh", arguments=()):
    path = tmp_path / name
    path.write_text(text)
    return broker.run("batch", *options, str(path), *arguments)


def test_a_script_runs_once_in_all_that_it_asked_for(broker, owner, tmp_path):
    script = """#!/bin/sh
#flux: -N2 -n4            # four slots on two nodes
#flux: -c2 --job-name='the job'
# Plain comments are fine between directives.
#flux: --setattr=user.conf='''
#flux:   x = 1
#flux:     y = 2
#flux: '''
echo $FLUX_JOB_NNODES $FLUX_JOB_SIZE "$1|$2"
[ "$FLUX_JOB_TMPDIR/script" = "$0" ] && echo here
"""
    done = batch(broker, tmp_path, script, "--wait", arguments=["one", "two words"])
    assert done.returncode == 0, done
    # What is there when the job runs is what was submitted, not what became of the file.
    job = done.stdout.strip()
    assert owner.get(f"/v1/jobs/{job}/output").body.decode() == "2 1 one|two words\nhere\n"
    shown = owner.get(f"/v1/jobs/{job}").json
    assert (shown["name"], shown["nnodes"], shown["ncores"], shown["ntasks"]) == ("the job", 2, 8, 1)
    spec = owner.get(f"/v1/jobs/{job}/jobspec").json
    assert spec["attributes"]["user"]["conf"] == "x = 1\n  y = 2\n"
    assert spec["attributes"]["system"]["files"]["script"]["data"] == script


def test_the_command_line_counts_more(broker, owner, tmp_path):
    script = "#!/bin/sh\n#sluice: --job-name=from-script --urgency=5\ntrue\n"
    job = batch(broker, tmp_path, script, "--job-name", "typed").stdout.strip()
    shown = owner.get(f"/v1/jobs/{job}").json
    assert (shown["name"], shown["urgency"]) == ("typed", 5)


def test_a_script_leaves_with_its_own_code_and_may_change_meanwhile(broker, owner, tmp_path):
    path = tmp_path / "late.sh"
    path.write_text("#!/bin/sh\n#FLUX: --urgency=hold\nexit 7\n")
    job = broker.run("batch", str(path)).stdout.strip()
    path.write_text("#!/bin/sh\nexit 1\n")
    assert owner.call("PATCH", f"/v1/jobs/{job}", json_body={"urgency": 16}).status == 200
    assert owner.wait(job)["exit_code"] == 7


def test_copies_of_a_script_have_their_numbers_where_they_are_asked_for(broker, owner, tmp_path):
    script = "#!/bin/sh\n#flux: -n1 --job-name=part-{cc}\ncc=mine\necho \"$1 $FLUX_JOB_CC ${cc} {cc}\"\nexit $1\n"
    done = batch(
        broker, tmp_path, script, "--cc=0-2", "--wait", "--throttle=2", arguments=["{cc}"])
    jobs = done.stdout.split()
    assert (done.returncode, len(jobs)) == (2, 3), done
    for number, job in enumerate(jobs):
        assert owner.get(f"/v1/jobs/{job}").json["name"] == f"part-{number}"
        assert owner.get(f"/v1/jobs/{job}/output").body.decode() == f"{number} {number} mine {{cc}}\n"
    # The number of copies may stand in the script; --bcc is the same.
    done = batch(broker, tmp_path, "#!/bin/sh\n#flux: --bcc=5,7 --quiet --wait\necho hello\n")
    assert (done.returncode, done.stdout) == (0, ""), done
    done = batch(broker, tmp_path, "#!/bin/sh\n#flux: --cc=0-1\ntrue\n", "--dry-run")
    assert done.returncode == 64 and "leave out --cc" in done.stderr


def test_the_output_of_a_script_can_be_watched(broker, tmp_path):
    done = batch(broker, tmp_path, "#!/bin/sh\necho seen\nexit 3\n", "--watch")
    assert done.returncode == 3 and done.stdout.splitlines()[-1] == "seen", done


@pytest.mark.parametrize("text, complaint", [
    ("echo no interpreter\n", "is no script"),
    ("#!/bin/sh\n#flux: -n2\necho\n#flux: -n3\n", "line 4: a directive after the script has begun"),
    ("#!/bin/sh\n#flux: -n2\n# flux: -n3\n", 'line 3: directives begin with "#flux" above'),
    ("#!/bin/sh\n#flux: --job-name='open\n", "line 2: a ' has no end"),
    ("#!/bin/sh\n#flux: --setattr=a='''\n", "line 2: the ''' has no end"),
    ("#!/bin/sh\n#flux: --nonsense\n", "--nonsense"),
    ("#!/bin/sh\n#flux: -N2 -n3\n", "cannot be spread evenly"),
    pytest.param("#!/bin/sh\n" + "#" * 200_000, "more than 131072 bytes", id="too long"),
])
def test_wrong_scripts_are_refused(broker, tmp_path, text, complaint):
    done = batch(broker, tmp_path, text)
    assert done.returncode == 64 and complaint in done.stderr, done


def test_files_of_any_content_lie_in_the_jobs_folder(owner):
    files = {
        "bytes": {"mode": 0o100600, "encoding": "base64", "data": base64.b64encode(b"\0\xff").decode(), "size": 2},
        "empty": {"mode": 0o100644, "size": 0},
        "config.json": {"mode": 0o100644, "data": {"a": [1]}},
        "tool": {"mode": 0o100755, "encoding": "utf-8", "data": "#!/bin/sh\necho ran from $0\n"},
    }
    command = ["sh", "-c", 'cd "$FLUX_JOB_TMPDIR"; wc -c < bytes; wc -c < empty; cat config.json; echo; stat -c %a tool; $1',
               "sh", "{{tmpdir}}/tool"]
    job = owner.submit({"command": command, "attributes": {"system": {"files": files}}})["id"]
    assert owner.wait(job)["result"] == "COMPLETED"
    lines = owner.get(f"/v1/jobs/{job}/output").body.decode().splitlines()
    assert lines[:4] == ["2", "0", '{"a":[1]}', "755"] and lines[4].endswith("/tool")


@pytest.mark.parametrize("name, file, pointer", [
    ("../x", {"mode": 0o100600}, "/../x"),
    ("a/b", {"mode": 0o100600}, "/a~1b"),
    ("link", {"mode": 0o120777, "data": "/etc/passwd"}, "/link/mode"),
    ("short", {"mode": 0o100600, "encoding": "utf-8", "data": "abc", "size": 4}, "/short/size"),
    ("coded", {"mode": 0o100600, "encoding": "base64", "data": "?"}, "/coded/data"),
    ("blob", {"mode": 0o100600, "encoding": "blobvec", "data": []}, "/blob/encoding"),
    ("odd", {"mode": 0o100600, "path": "x"}, "/odd/path"),
    ("modeless", {}, "/modeless/mode"),
])
def test_wrong_files_are_refused(owner, name, file, pointer):
    answer = owner.post("/v1/jobs", {"command": ["true"], "attributes": {"system": {"files": {name: file}}}})
    assert answer.status == 422, answer
    prefix = "/attributes/system/files"
    found = [error["pointer"].removeprefix(prefix) for error in answer.json["errors"]]
    assert any(one == pointer or one.replace("~1", "/") == pointer for one in found), found
