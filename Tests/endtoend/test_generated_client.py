"""A client that openapi-python-client makes from the document, used as its users would: submit, stream, wait."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Generators are no part of what a test needs: without one the test says so and is skipped.
GENERATOR = shutil.which("openapi-python-client", path=f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}")
OVERRIDES = {
    "application/x-ndjson": "application/octet-stream",
    "text/event-stream": "text/plain",
    "application/problem+json": "application/json",
    "application/vnd.flux.jobspec+json": "application/json",
}


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    if GENERATOR is None:
        pytest.skip("openapi-python-client is not installed")
    folder = tmp_path_factory.mktemp("generated")
    settings = folder / "settings.json"
    settings.write_text(json.dumps({"package_name_override": "sluice_api", "content_type_overrides": OVERRIDES}))
    environment = dict(os.environ, PATH=f"{pathlib.Path(GENERATOR).parent}:{os.environ['PATH']}")
    subprocess.run(
        [GENERATOR, "generate", "--meta", "none", "--path", ROOT / "openapi/sluice.yaml",
         "--output-path", folder / "sluice_api", "--config", settings],
        check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))


def test_a_generated_client_submits_streams_and_waits(broker, generated):
    import ssl

    from sluice_api import AuthenticatedClient
    from sluice_api.api.jobs import get_job, list_jobs, submit_job
    from sluice_api.models import ShortSubmission

    context = ssl.create_default_context(cafile=os.path.join(broker.state, "ca.pem"))
    client = AuthenticatedClient(base_url=broker.uri, token=broker.token, verify_ssl=context)

    job = submit_job.sync(client=client, body=ShortSubmission(command=["sh", "-c", "sleep 0.3; exit 7"], name="gen"))
    assert job.name == "gen" and job.id.startswith("f")

    names = []
    with client.get_httpx_client().stream("GET", f"/v1/jobs/{job.id}/events", timeout=30) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            if line.startswith("data: ") and "name" in (data := json.loads(line[6:])):
                names.append(data["name"])
    expected = ["submit", "validate", "depend", "priority", "alloc", "start", "finish", "release", "free", "clean"]
    assert names == expected

    ended = get_job.sync(job.id, client=client)
    assert (ended.state.value, ended.result.value, ended.exit_code) == ("INACTIVE", "FAILED", 7)
    assert any(item.id == job.id for item in list_jobs.sync(client=client, name="gen").items)
