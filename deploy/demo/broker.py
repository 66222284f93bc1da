"""Starts a broker for a while: in a temporary directory, on a free port, with nothing left behind."""

import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "clients" / "python"))

from sluice_client import Client  # noqa: E402

START_SECONDS = 60
STOP_SECONDS = 30


class TemporaryBroker:
    """`with TemporaryBroker("sluice") as broker: broker.client.submit(…)`; `keep()` leaves it running."""

    def __init__(self, sluice, nodes=4, cores_per_node=4):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="sluice-"))
        self.state = self.directory / "state"
        self._is_kept = False
        self._log = open(self.directory / "broker.log", "wb")
        self._process = subprocess.Popen(
            [str(sluice), "start", "--state", str(self.state), "--listen", "127.0.0.1:0",
             "--nodes", str(nodes), "--cores-per-node", str(cores_per_node)],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True)
        try:
            self.uri = self._await_ready()
            self.client = Client.local(str(self.state))
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self):
        return self._process.pid

    def _await_ready(self):
        deadline = time.monotonic() + START_SECONDS
        announcement = self.state / "broker.json"
        while True:
            if self._process.poll() is not None:
                raise RuntimeError(f"the broker ended with {self._process.returncode}:\n{self.log_text()}")
            if announcement.exists() and announcement.stat().st_size > 0:
                uri = json.loads(announcement.read_text())["uri"]
                if self._is_ready():
                    return uri
            if time.monotonic() > deadline:
                raise RuntimeError(f"the broker was not ready after {START_SECONDS} s:\n{self.log_text()}")
            time.sleep(0.02)

    def _is_ready(self):
        # The client waits and repeats by itself while the broker says 503.
        return Client.local(str(self.state)).call("GET", "/readyz")["status"] == "ready"

    def log_text(self):
        return (self.directory / "broker.log").read_text(errors="replace")

    def keep(self):
        self._is_kept = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self._is_kept:
            self.stop()

    def stop(self):
        """Stops the broker, then what it leaves running on purpose: the shepherd, and with it its tasks."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()
        end_shepherd(self.state)
        shutil.rmtree(self.directory, ignore_errors=True)


def end_shepherd(state):
    """Ends the shepherd of a state directory whose broker is gone, and with it whatever it still runs."""
    shepherd = _peer_of(state / "shepherd.sock")
    if shepherd is not None:
        os.kill(shepherd, signal.SIGKILL)
        _await_end(shepherd)


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


def _await_end(pid):
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
