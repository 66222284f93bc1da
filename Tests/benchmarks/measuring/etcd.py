"""What the key-value store is compared with: one etcd, durable as it comes, on the same disk, over loopback."""

import base64
import http.client
import json
import shutil
import subprocess
import time

from .certificate import mint
from .failure import Failure
from .ports import free_port

START_SECONDS = 30
STOP_SECONDS = 30
# 2 GiB is where etcd stops taking writes by default; no benchmark comes near, and none shall.
QUOTA_BYTES = 8 << 30


class OverTLS:
    """The same member, as the load tools reach it over TLS."""

    token_file = None

    def __init__(self, port, authority):
        self.port, self.authority = port, authority


class Etcd:
    """One member, without TLS, which is in its favour, and with, as `tls`; every write is durable before the answer."""

    authority = None
    token_file = None

    def __init__(self, directory):
        self.program = shutil.which("etcd")
        if self.program is None:
            raise Failure("etcd, which this is compared with, is not installed: apt-get install etcd-server")
        self.directory = directory
        directory.mkdir()
        certificate, key = mint(directory)
        self.port, self.tls, peer = free_port(), OverTLS(free_port(), certificate), free_port()
        client_url, peer_url = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{peer}"
        self._command = [
            self.program, "--name", "bench", "--data-dir", str(directory / "data"),
            "--listen-client-urls", f"{client_url},https://127.0.0.1:{self.tls.port}",
            "--advertise-client-urls", client_url, "--cert-file", str(certificate), "--key-file", str(key),
            "--listen-peer-urls", peer_url, "--initial-advertise-peer-urls", peer_url,
            "--initial-cluster", f"bench={peer_url}", "--quota-backend-bytes", str(QUOTA_BYTES),
            "--logger", "zap", "--log-outputs", "stderr"]

    def __enter__(self):
        with open(self.directory / "etcd.log", "wb") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.post("/v3/kv/put", {"key": encoded("ready"), "value": ""})
                return self
            except (OSError, http.client.HTTPException, Failure):
                time.sleep(0.05)
        self.__exit__()
        raise Failure(f"etcd did not start: {(self.directory / 'etcd.log').read_text(errors='replace')[-2000:]}")

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.directory / "data", ignore_errors=True)

    def post(self, path, value):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", path, json.dumps(value))
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise Failure(f"etcd: {path}: {answer.status} {data[:400]}")
        return json.loads(data)

    def count(self, prefix):
        """How many keys begin like this."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        answer = self.post("/v3/kv/range", {"key": encoded(prefix), "range_end": encoded(end), "count_only": True})
        return int(answer.get("count", 0))


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def put_body(key, value):
    """What the gateway's `/v3/kv/put` takes."""
    return json.dumps({"key": encoded(key), "value": encoded(value)}).encode()


def range_body(key):
    return json.dumps({"key": encoded(key)}).encode()
