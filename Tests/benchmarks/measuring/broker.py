"""A broker under measurement: started, asked, killed, started again, and cleaned up."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import time

from .failure import Failure

# Longer than the slowest restart that is worth a number.
START_SECONDS = 120
STOP_SECONDS = 60


class Broker:
    def __init__(self, binary, directory, nodes, cores_per_node):
        self.directory = directory
        self.state = directory / "state"
        self.authority = self.state / "ca.pem"
        self.token_file = self.state / "owner.token"
        self.port = 0
        self._command = [str(binary), "start", "--state", str(self.state), "--listen", "127.0.0.1:0",
                         "--nodes", str(nodes), "--cores-per-node", str(cores_per_node)]
        self._process = None
        directory.mkdir()

    def start(self):
        """Returns the seconds from starting the program to the answer that it is ready."""
        self._log = self.directory / "broker.log"
        begin = time.monotonic()
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             start_new_session=True)
        while True:
            announced = re.search(r"ready at https://127\.0\.0\.1:(\d+)", self.log_text())
            if announced and self._is_ready(int(announced[1])):
                return time.monotonic() - begin
            if self._process.poll() is not None or time.monotonic() > begin + START_SECONDS:
                raise Failure(f"the broker did not become ready:\n{self.log_text()}")
            time.sleep(0.002)

    def _is_ready(self, port):
        self.port = port
        try:
            return Caller(self).call("GET", "/readyz", accepted=(200, 503))[0] == 200
        except OSError:
            return False

    def log_text(self):
        return self._log.read_text(errors="replace")

    def kill(self):
        self._process.kill()
        self._process.wait()

    def stop(self):
        """Ends the broker, and the shepherd, which would outlive it; removes what they wrote."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        shepherd = _peer_of(self.state / "shepherd.sock")
        if shepherd is not None:
            os.kill(shepherd, signal.SIGKILL)
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def resident_mib(self):
        with open(f"/proc/{self._process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) / 1024

    def processor_seconds(self):
        with open(f"/proc/{self._process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def settled_mib(self):
        """Resident memory once background work has come to rest: when a second changes nothing much."""
        before = self.resident_mib()
        for _ in range(30):
            busy = self.processor_seconds()
            time.sleep(1)
            after = self.resident_mib()
            if abs(after - before) < 0.5 and self.processor_seconds() - busy < 0.1:
                return after
            before = after
        return after


class Caller:
    """One kept-alive connection, for what is not measured."""

    def __init__(self, broker, token=None):
        context = ssl.create_default_context(cafile=str(broker.authority))
        self._connection = http.client.HTTPSConnection("127.0.0.1", broker.port, context=context, timeout=600)
        self._token = token or broker.token_file.read_text().strip()

    def call(self, method, path, body=None, media_type="application/json", accepted=(200, 201, 202), headers=()):
        headers = {"Authorization": f"Bearer {self._token}", **dict(headers)}
        if body is not None:
            headers["Content-Type"] = media_type
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status not in accepted:
            raise Failure(f"{method} {path}: {answer.status} {data[:400].decode(errors='replace')}")
        return answer.status, data

    def json(self, method, path, value=None):
        body = None if value is None else json.dumps(value).encode()
        return json.loads(self.call(method, path, body)[1])

    def submit(self, lines):
        """Submits in bulk; returns the ids."""
        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        results = [json.loads(line) for line in
                   self.call("POST", "/v1/jobs/bulk", body, "application/x-ndjson")[1].splitlines()]
        refused = [result for result in results if "error" in result]
        if refused:
            raise Failure(f"a line was refused: {refused[0]['error']}")
        return [job for result in results for job in result["ids"]]

    def metrics(self):
        text = self.call("GET", "/metrics")[1].decode()
        return {name: float(value) for name, value in re.findall(r"^([^#\s]\S*) (\S+)$", text, re.MULTILINE)}

    def pending(self):
        return int(self.metrics()['sluice_jobs{state="pending"}'])

    def ended(self):
        metrics = self.metrics()
        return int(sum(value for name, value in metrics.items() if name.startswith("sluice_jobs_ended_total")))

    def await_ended(self, count, seconds, pause=0.02):
        """Waits until so many jobs have ended; returns the moment."""
        deadline = time.monotonic() + seconds
        while (ended := self.ended()) < count:
            if time.monotonic() > deadline:
                raise Failure(f"{ended} of {count} jobs had ended after {seconds} s")
            time.sleep(pause)
        return time.monotonic()


def _peer_of(path):
    """The process that listens on a Unix socket, as the kernel knows it; None when nobody does."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect(str(path))
            credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return struct.unpack("3i", credentials)[0]
    except OSError:
        return None
