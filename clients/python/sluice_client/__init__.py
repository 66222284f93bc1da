"""A small client for a Sluice broker: submit, wait, stream. Needs nothing but Python 3.9.

    from sluice_client import Client

    sluice = Client.local()                        # the broker of $SLUICE_STATE, or
    sluice = Client("https://broker.example:8443", token="…", ca_file="ca.pem")

    job = sluice.submit({"command": ["hostname"]})
    print(sluice.wait(job["id"])["result"], sluice.output(job["id"]))
    for event in sluice.events(job=job["id"]):
        print(event["name"])

Everything else of the API is in the generated client (see regenerate.sh) and in `Client.call`.
"""

import http.client
import json
import os
import socket
import ssl
import time
import urllib.parse
import uuid

__all__ = ["Client", "Problem"]

# The longest that one request may wait for a job; the broker's own limit.
WAIT_SECONDS = 60
# A stream is silent for at most 15 s (bookmarks); after this long it is dead.
STREAM_SILENCE_SECONDS = 45
# Between attempts to reach a broker that is away or overloaded.
RETRY_SECONDS = 1.0
# Retried calls give up after this long.
PATIENCE_SECONDS = 120


class Problem(Exception):
    """Why the broker did not do what was asked (RFC 9457)."""

    def __init__(self, status, problem):
        self.status = status
        self.code = problem.get("code", "")
        self.detail = problem.get("detail", "")
        self.errors = problem.get("errors", [])
        self.request_id = problem.get("request_id")
        self.problem = problem
        super().__init__(f"{status} {self.code}: {self.detail}")


class Client:
    """One broker and one caller. May be used by one thread at a time; streams have connections of their own."""

    def __init__(self, uri, token=None, ca_file=None, socket_path=None):
        self._uri = urllib.parse.urlsplit(uri)
        self._token = token
        self._socket_path = socket_path
        self._context = None
        if socket_path is None:
            self._context = ssl.create_default_context(cafile=ca_file)
            self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._connection = None

    @classmethod
    def local(cls, state=None):
        """The broker that announced itself in a state directory, as its owner."""
        state = state or os.environ.get("SLUICE_STATE") or os.path.join(
            os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state"), "sluice")
        with open(os.path.join(state, "broker.json"), encoding="utf-8") as file:
            uri = json.load(file)["uri"]
        with open(os.path.join(state, "owner.token"), encoding="utf-8") as file:
            token = file.read().strip()
        return cls(uri, token, os.path.join(state, "ca.pem"))

    # Jobs

    def submit(self, job, key=None):
        """Submits one job; safe to repeat, and repeated by itself, because it carries an idempotency key."""
        return self.call("POST", "/v1/jobs", job, headers={"Idempotency-Key": key or str(uuid.uuid4())})

    def submit_many(self, jobs, key=None):
        """Submits an iterable of jobs in one request; gives one result for each of them, in order."""
        body = "".join(json.dumps(job) + "\n" for job in jobs).encode()
        answer = self._answer(
            "POST", "/v1/jobs/bulk", body,
            {"Content-Type": "application/x-ndjson", "Idempotency-Key": key or str(uuid.uuid4())}, retries=True)
        return [json.loads(line) for line in answer[1].splitlines()]

    def job(self, job_id):
        return self.call("GET", f"/v1/jobs/{job_id}")

    def wait(self, job_id, state="inactive", timeout=None):
        """The job, once it has reached `state`; raises TimeoutError after `timeout` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = WAIT_SECONDS if deadline is None else max(0, min(WAIT_SECONDS, deadline - time.monotonic()))
            query = urllib.parse.urlencode({"wait": state, "timeout": f"{left:.3f}"})
            status, body, _ = self._answer("GET", f"/v1/jobs/{job_id}?{query}", retries=True)
            if status == 200:
                return json.loads(body)
            if deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError(f"{job_id} has not reached {state}")

    def jobs(self, **filters):
        """All jobs that match, newest first: state, result, user, tenant, queue, name, since."""
        query = {name: value for name, value in filters.items() if value is not None}
        while True:
            page = self.call("GET", "/v1/jobs?" + urllib.parse.urlencode({"limit": 1000, **query}))
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def cancel(self, job_id, note=""):
        return self.call("POST", f"/v1/jobs/{job_id}/cancel", {"note": note})

    def output(self, job_id, stream="stdout"):
        """Everything that the job wrote so far, as text."""
        parts, offset = [], 0
        while True:
            path = f"/v1/jobs/{job_id}/output?stream={stream}&offset={offset}"
            _, body, headers = self._answer("GET", path, headers={"Accept": "*/*"}, retries=True)
            parts.append(body)
            offset = int(headers["Sluice-Next-Offset"])
            if not body:
                return b"".join(parts).decode(errors="replace")

    def position(self):
        """Where the log stands: list or submit, then stream from here, and nothing is missed."""
        return self.call("GET", "/v1/jobs?limit=1")["position"]

    # Events

    def events(self, job=None, since=None):
        """Events as they become durable, each a dict with its `position`; reconnects by itself and misses nothing.

        Those of one job end with the job.
        """
        path = "/v1/jobs/events" if job is None else f"/v1/jobs/{job}/events"
        last = since
        while True:
            connection = self._connect(STREAM_SILENCE_SECONDS)
            try:
                headers = self._headers({"Accept": "text/event-stream"})
                if last is not None:
                    headers["Last-Event-ID"] = last
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                if answer.status == 204:
                    return
                if answer.status != 200:
                    raise self._problem(answer.status, answer.read())
                for position, kind, data in _server_sent_events(answer):
                    last = position or last
                    if kind == "auth-expired":
                        raise Problem(401, {"code": "unauthorized", "detail": "the token is not valid any more"})
                    if kind in ("bookmark", "error"):
                        continue
                    event = json.loads(data)
                    event["position"] = position
                    yield event
                    if job is not None and event["name"] == "clean":
                        return
            except (OSError, http.client.HTTPException):
                time.sleep(RETRY_SECONDS)
            finally:
                connection.close()

    # Calls

    def call(self, method, path, body=None, headers=None):
        """One call with JSON in both directions; what is safe to repeat is repeated while the broker is away."""
        headers = dict(headers or {})
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        retries = method == "GET" or "Idempotency-Key" in headers
        _, answer, _ = self._answer(method, path, data, headers, retries)
        return json.loads(answer) if answer else None

    def _answer(self, method, path, body=None, headers=None, retries=False):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            pause = RETRY_SECONDS
            try:
                if self._connection is None:
                    self._connection = self._connect(WAIT_SECONDS + 30)
                self._connection.request(method, path, body, self._headers(headers))
                answer = self._connection.getresponse()
                data = answer.read()
                if answer.status < 400:
                    return answer.status, data, answer.headers
                problem = self._problem(answer.status, data)
                if answer.status not in (429, 503) or not retries:
                    raise problem
                pause = float(answer.headers.get("Retry-After", pause))
            except (OSError, http.client.HTTPException) as error:
                self.close()
                problem = error
                if not retries:
                    raise
            if time.monotonic() + pause > deadline:
                raise problem
            time.sleep(pause)

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _headers(self, headers):
        merged = {"Accept": "application/json, application/x-ndjson", **(headers or {})}
        if self._token:
            merged["Authorization"] = f"Bearer {self._token}"
        return merged

    def _connect(self, timeout):
        if self._socket_path is not None:
            return _UnixConnection(self._socket_path, timeout)
        return http.client.HTTPSConnection(
            self._uri.hostname, self._uri.port or 443, timeout=timeout, context=self._context)

    @staticmethod
    def _problem(status, body):
        try:
            return Problem(status, json.loads(body))
        except ValueError:
            return Problem(status, {"detail": body.decode(errors="replace")[:300]})


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over the broker's socket, where the kernel says who calls."""

    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _server_sent_events(answer):
    """Position, kind and data of each event (WHATWG HTML, 9.2)."""
    position, kind, data = None, "message", []
    for raw in answer:
        line = raw.decode().rstrip("\r\n")
        if not line:
            if data:
                yield position, kind, "\n".join(data)
            kind, data = "message", []
            continue
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "id":
            position = value
        elif name == "event":
            kind = value
        elif name == "data":
            data.append(value)
