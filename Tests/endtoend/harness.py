"""Starts brokers and talks to them, for the end-to-end and the reliability tests.

Only the standard library. Brokers listen on loopback at a free port, in a directory of their own below the
temporary folder; whatever a test started, its broker, its shepherd and the shepherd's tasks, is ended by process
id when the test is over.
"""
import atexit
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# A machine under load is slow, not broken: how long anything that is not measured may take.
PATIENCE = 60.0
JSON = "application/json"
NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"

_brokers = []


def seed(name):
    """A generator whose seed is printed; SEED=n repeats a run."""
    number = int(os.environ.get("SEED") or random.randrange(1 << 31))
    print(f"{name}: SEED={number}", flush=True)
    return random.Random(number)


def binary():
    """The program under test, copied so that a rebuild under way changes nothing."""
    global _binary
    if _binary is None:
        wanted = os.environ.get("SLUICE_BINARY")
        if wanted:
            source = pathlib.Path(wanted)
        else:
            built = [REPOSITORY / ".build" / kind / "sluice" for kind in ("release", "debug")]
            source = max((path for path in built if path.exists()), key=lambda path: path.stat().st_mtime)
        folder = tempfile.mkdtemp(prefix="sluice-binary-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _binary = shutil.copy2(source, folder)
    return _binary


_binary = None


class Response:
    """A whole answer."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def lines(self):
        return [json.loads(line) for line in self.body.splitlines()]

    @property
    def code(self):
        """Of a problem; empty for anything else."""
        if (self.headers.get("content-type") or "").startswith("application/problem+json"):
            return self.json["code"]
        return ""

    def __repr__(self):
        return f"<{self.status} {dict(self.headers)} {self.body[:400]!r}>"


class Client:
    """One keep-alive connection, and who it speaks for. Not for several threads at once."""

    def __init__(self, broker, token=None, timeout=PATIENCE):
        self.broker, self.token, self.timeout = broker, token, timeout
        self.connection = None

    def connect(self):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(
                "127.0.0.1", self.broker.port, context=self.broker.tls, timeout=self.timeout)
            self.connection.connect()
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.connection

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def start(self, method, path, body=None, headers=None, json_body=None):
        """Sends a request; returns the response object, its body unread."""
        fields = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if json_body is not None:
            body = json.dumps(json_body)
            fields["Content-Type"] = JSON
        fields.update(headers or {})
        if isinstance(body, str):
            body = body.encode()
        connection = self.connect()
        connection.request(method, path, body=body, headers=fields)
        return connection.getresponse()

    def call(self, method, path, body=None, headers=None, json_body=None):
        """One exchange. A connection that the server had closed while idle is opened anew, once."""
        for attempt in (0, 1):
            was_open = self.connection is not None
            try:
                response = self.start(method, path, body, headers, json_body)
                answer = Response(response.status, response.headers, response.read())
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.close()
                # An idempotent request on an old connection: the server's idle time was over.
                if attempt == 0 and was_open and method in ("GET", "HEAD"):
                    continue
                raise
            except BaseException:
                self.close()
                raise
            if (response.headers.get("connection") or "").lower() == "close":
                self.close()
            return answer

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, json_body=None, **options):
        return self.call("POST", path, json_body=json_body, **options)

    def submit(self, json_body, query="", headers=None):
        """The job's object; fails on anything but 201."""
        answer = self.post("/v1/jobs" + query, json_body, headers=headers)
        assert answer.status == 201, answer
        return answer.json

    def wait(self, job, state="inactive", seconds=PATIENCE):
        """The job when it has reached the state."""
        deadline = time.monotonic() + seconds
        while True:
            left = max(1, min(50, deadline - time.monotonic()))
            answer = self.get(f"/v1/jobs/{job}?wait={state}&timeout={left:.0f}")
            if answer.status == 200:
                return answer.json
            assert answer.status == 202, answer
            assert time.monotonic() < deadline, f"{job} is still {answer.json['state']}"

    def bulk(self, lines, query="", headers=None):
        body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        return self.call("POST", "/v1/jobs/bulk" + query, body=body, headers={"Content-Type": NDJSON, **(headers or {})})

    def all_jobs(self, query=""):
        """Every page of a list."""
        jobs, cursor = [], None
        while True:
            arguments = [part for part in (query, "limit=1000", f"cursor={cursor}" if cursor else "") if part]
            answer = self.get("/v1/jobs?" + "&".join(arguments))
            assert answer.status == 200, answer
            jobs += answer.json["items"]
            cursor = answer.json["next_cursor"]
            if cursor is None:
                return jobs

    def stream(self, path, since=None, headers=None, timeout=PATIENCE):
        return Stream(self.broker, self.token, path, since, headers, timeout)


class Event:
    """One event of a stream: its id, its kind, its data as text."""

    __slots__ = ("id", "kind", "data")

    def __init__(self, identity, kind, data):
        self.id, self.kind, self.data = identity, kind, data

    @property
    def json(self):
        return json.loads(self.data)

    def __eq__(self, other):
        return (self.id, self.kind, self.data) == (other.id, other.kind, other.data)

    def __repr__(self):
        return f"<{self.id} {self.kind} {self.data}>"


class EventParser:
    """Server-sent events from bytes as they come; an event that was cut off is none."""

    def __init__(self):
        self.rest = b""

    def feed(self, data):
        self.rest += data
        *blocks, self.rest = self.rest.split(b"\n\n")
        for block in blocks:
            fields = {}
            for line in block.decode().split("\n"):
                name, _, value = line.partition(":")
                if name:
                    fields[name] = value.removeprefix(" ")
            if fields:
                yield Event(fields.get("id"), fields.get("event", "message"), fields.get("data", ""))


class Stream:
    """An open event stream on a connection of its own."""

    def __init__(self, broker, token, path, since=None, headers=None, timeout=PATIENCE):
        self.client = Client(broker, token, timeout)
        fields = dict(headers or {})
        if since is not None:
            fields["Last-Event-ID"] = since
        self.response = self.client.start("GET", path, headers=fields)
        self.status, self.headers = self.response.status, self.response.headers
        self.parser, self.pending = EventParser(), []

    def read(self):
        """What has come; empty at the end."""
        return self.response.read1(65536)

    def __iter__(self):
        """Events until the stream ends; `TimeoutError` when it is silent for too long."""
        while True:
            while self.pending:
                yield self.pending.pop(0)
            data = self.read()
            if not data:
                return
            self.pending += self.parser.feed(data)

    def take(self, count, kinds=None, seconds=PATIENCE):
        """That many events, bookmarks aside unless asked for."""
        taken, deadline = [], time.monotonic() + seconds
        for event in self:
            if (event.kind in kinds) if kinds else event.kind != "bookmark":
                taken.append(event)
            if len(taken) == count:
                break
            assert time.monotonic() < deadline, f"{len(taken)} of {count} events came in {seconds} s"
        return taken

    def close(self):
        self.client.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Broker:
    """A broker process with a state directory of its own."""

    def __init__(self, nodes=4, cores=4, state=None, options=(), folder=None):
        self.folder = tempfile.mkdtemp(prefix="sluice-test-", dir=folder)
        self.state = state or os.path.join(self.folder, "state")
        self.nodes, self.cores, self.options = nodes, cores, list(options)
        self.process = self.tls = self.port = self.token = None
        _brokers.append(self)

    def start(self, failpoint=None, wrapper=(), environment=None, seconds=PATIENCE, ready=True):
        """Starts it; returns the seconds until it answered that it is ready, None when it ended before."""
        environment = {**os.environ, "SLUICE_STATE": self.state, **(environment or {})}
        environment.pop("SLUICE_FAILPOINT", None)
        if failpoint:
            environment["SLUICE_FAILPOINT"] = failpoint
        command = [*wrapper, binary(), "start", "--state", self.state, "--listen", "127.0.0.1:0"]
        if self.nodes:
            command += ["--nodes", str(self.nodes), "--cores-per-node", str(self.cores)]
        begin = time.monotonic()
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                command + self.options, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                env=environment, cwd=self.folder)
        line = self.process.stdout.readline().decode()
        found = re.search(r"ready at (https://\S+?),? ", line)
        if not found:
            self.process.wait()
            if ready:
                raise AssertionError(f"the broker did not start: {line!r}\n{self.log()}")
            return None
        self.uri = found.group(1)
        self.port = int(self.uri.rsplit(":", 1)[1])
        self.tls = ssl.create_default_context(cafile=os.path.join(self.state, "ca.pem"))
        self.token = pathlib.Path(self.state, "owner.token").read_text().strip()
        if not ready:
            return time.monotonic() - begin
        while True:
            try:
                if self.client(token="").get("/readyz").status == 200:
                    return time.monotonic() - begin
            except OSError:
                if self.process.poll() is not None:
                    raise AssertionError(f"the broker ended: {self.process.returncode}\n{self.log()}") from None
            assert time.monotonic() - begin < seconds, f"not ready in {seconds} s\n{self.log()}"
            time.sleep(0.01)

    def client(self, token=None, timeout=PATIENCE):
        return Client(self, self.token if token is None else token or None, timeout)

    def issue(self, user, **fields):
        """A token for a user; its id is kept as `.id` of the text's own kind."""
        answer = self.client().post("/v1/tokens", {"user": user, **fields})
        assert answer.status == 201, answer
        return answer.json

    def as_user(self, user):
        return self.client(token=self.issue(user)["token"])

    def log(self):
        return pathlib.Path(self.folder, "log").read_text(errors="replace")[-4000:]

    def run(self, *arguments, input=None, environment=None, seconds=PATIENCE):
        """A command of the command line, aimed at this broker."""
        settings = {key: value for key, value in os.environ.items() if not key.startswith("SLUICE_")}
        return subprocess.run(
            [binary(), *arguments], input=input, capture_output=True, text=True, timeout=seconds, check=False,
            cwd=self.folder, env={**settings, "SLUICE_STATE": self.state, **(environment or {})})

    def kill(self):
        """SIGKILL, as a crash."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
            self.process.stdout.close()
        self.process = None

    def stop(self, seconds=PATIENCE):
        """SIGTERM; returns the exit status."""
        process, self.process = self.process, None
        process.terminate()
        try:
            return process.wait(seconds)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    # MARK: what it left running

    def shepherds(self):
        """The process ids of this directory's shepherds."""
        wanted = [b"shepherd", b"--state", self.state.encode()]
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                words = pathlib.Path("/proc", entry, "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if all(word in words for word in wanted):
                found.append(int(entry))
        return found

    def tasks(self):
        """The process ids that carry the mark of this directory's shepherd."""
        try:
            mark = pathlib.Path(self.state, "shepherd.lock").read_text().strip()
        except OSError:
            return []
        if not mark:
            return []
        prefix = f"SLUICE_SHEPHERD={mark}.".encode()
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            try:
                environment = pathlib.Path("/proc", entry, "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if any(value.startswith(prefix) for value in environment):
                found.append(int(entry))
        return found

    def kill_shepherds(self):
        """SIGKILL; returns how many there were."""
        pids = self.shepherds()
        for pid in pids:
            _signal(pid)
        return len(pids)

    def close(self):
        """Ends everything that this broker caused, and removes its folder."""
        if self in _brokers:
            _brokers.remove(self)
        self.kill()
        # A shepherd that was just starting may appear once more: until none is left.
        for _ in range(50):
            pids = self.shepherds() + self.tasks()
            if not pids:
                break
            for pid in pids:
                _signal(pid)
            time.sleep(0.02)
        if not os.environ.get("KEEP_STATE"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _signal(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


@atexit.register
def close_all():
    for broker in list(_brokers):
        broker.close()


def _on_terminate(*_):
    # As if by Ctrl-C: what was started is taken down.
    raise KeyboardInterrupt


if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGTERM, _on_terminate)


# MARK: raw bytes

class RawConnection:
    """A TLS connection that sends whatever bytes it is told to."""

    def __init__(self, broker, timeout=15.0, context=None):
        plain = socket.create_connection(("127.0.0.1", broker.port), timeout=timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = (context or broker.tls).wrap_socket(plain, server_hostname="127.0.0.1")
        self.buffer, self.closed = b"", False

    def send(self, data):
        """Whether all of it went out; a server that has refused may have closed."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def receive_more(self):
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            raise
        except OSError:
            data = b""
        if not data:
            self.closed = True
        self.buffer += data
        return bool(data)

    def response(self, is_head=False):
        """The next answer; None when the connection was closed before one."""
        while b"\r\n\r\n" not in self.buffer:
            if not self.receive_more():
                return None
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = http.client.HTTPMessage()
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name] = value.strip()
        body = b""
        if not (is_head or status in (100, 204, 304)):
            length = int(headers.get("content-length", "0"))
            while len(self.buffer) < length:
                if not self.receive_more():
                    break
            body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Response(status, headers, body)

    def is_closed(self, seconds=5.0):
        """Whether the server closes the connection, sending nothing more."""
        self.socket.settimeout(seconds)
        try:
            while not self.closed:
                if self.receive_more():
                    return False
        except TimeoutError:
            return False
        return True

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def raw_exchange(broker, data, timeout=15.0, is_head=False):
    """Sends bytes; returns the first final answer and whether the connection was closed behind it."""
    with RawConnection(broker, timeout) as connection:
        connection.send(data)
        answer = connection.response(is_head)
        while answer is not None and answer.status == 100:
            answer = connection.response(is_head)
        if answer is None:
            return None, True
        closes = (answer.headers.get("connection") or "").lower() == "close"
        return answer, closes and connection.is_closed()


# MARK: checks that many tests share

def assert_problem(answer, status, code=None):
    """The answer is a problem document (RFC 9457) with everything that the API promises."""
    statuses = status if isinstance(status, (tuple, set, list)) else (status,)
    assert answer.status in statuses, answer
    assert answer.headers["content-type"] == "application/problem+json", answer
    problem = answer.json
    assert problem["status"] == answer.status, answer
    for name in ("type", "title", "detail", "code", "request_id"):
        assert isinstance(problem.get(name), str) and problem[name], (name, answer)
    assert answer.headers["x-request-id"] == problem["request_id"], answer
    if answer.status in (429, 503):
        assert answer.headers["retry-after"], answer
    if answer.status == 401:
        assert answer.headers["www-authenticate"] == "Bearer", answer
    if answer.status == 405:
        assert answer.headers["allow"], answer
    for fault in problem.get("errors", ()):
        assert set(fault) == {"pointer", "message"}, answer
    if code:
        assert problem["code"] == code, answer
    return problem


def mock_job(seconds, **fields):
    """A job that takes its time without any process."""
    return {
        "command": ["mock"], "attributes": {"system": {"exec": {"test": {"run_duration": f"{seconds}s"}}}}, **fields}


def in_threads(count, body):
    """Runs `body(index)` in that many threads at once; returns the results, raises the first failure."""
    results, failures, barrier = [None] * count, [], threading.Barrier(count)

    def run(index):
        try:
            barrier.wait()
            results[index] = body(index)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


def until(condition, seconds=PATIENCE, pause=0.02, what="the condition"):
    """Waits until the condition gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come true in {seconds} s"
        time.sleep(pause)
