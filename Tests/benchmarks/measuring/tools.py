"""The load tools: compiled when they are needed, into the folder of this run."""

import json
import pathlib
import subprocess

from .failure import Failure

SOURCES = pathlib.Path(__file__).resolve().parent.parent / "tools"
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror"]
# What the broker chooses; everything it is compared with uses it too.
CIPHER = "TLS_AES_128_GCM_SHA256"
# Seconds that no single measurement may exceed.
LONGEST = 600


class Tools:
    def __init__(self, directory):
        self.directory = directory
        self._paths = {}

    def path(self, name):
        if name not in self._paths:
            target = self.directory / name
            shared = [] if name == "spawnloop" else [SOURCES / "client.c", "-lssl", "-lcrypto"]
            command = ["cc", *FLAGS, "-o", target, SOURCES / f"{name}.c", *shared]
            subprocess.run(command, check=True)
            self._paths[name] = target
        return self._paths[name]

    def spawn_rate(self, count):
        """Programs per second of a loop that does nothing but start them and wait, two at a time."""
        return float(_output([self.path("spawnloop"), str(count), "2", "/bin/true"]))

    def http_load(self, server, connections, amount, paths, method="GET", body=None, media_type="application/json"):
        """`amount` is seconds, or "100x" for so many requests. A list of bodies is taken in turn, as the paths are."""
        files = self.directory / f"paths-{server.port}", self.directory / f"body-{server.port}"
        files[0].write_text("".join(path + "\n" for path in paths))
        command = [self.path("httpload"), "127.0.0.1", str(server.port), server.authority or "-",
                   server.token_file or "-", CIPHER, str(connections), str(amount), method, files[0]]
        if isinstance(body, list):
            files[1].write_bytes(b"".join(line + b"\n" for line in body))
            command += [media_type, f"@{files[1]}"]
        elif body is not None:
            files[1].write_bytes(body)
            command += [media_type, files[1]]
        return json.loads(_output(command))

    def grpc_puts(self, server, connections, seconds, keys, value_bytes):
        """Puts to etcd over gRPC."""
        result = json.loads(_output([self.path("grpcload"), "127.0.0.1", str(server.port), str(connections),
                                     str(seconds), str(keys), str(value_bytes)]))
        if result["failed"]:
            raise Failure(f"etcd refused {result['failed']} puts")
        return result

    def streams(self, server, count, target, events, seconds, kind="job"):
        """`events` are the `clean` events of jobs, or the events of another kind, that each stream waits for."""
        return Streams([self.path("sseload"), "127.0.0.1", str(server.port), server.authority, server.token_file,
                        CIPHER, str(count), target, str(events), str(seconds), kind])


class Streams:
    """Open streams; `with tools.streams(…) as streams: …; result = streams.result()`."""

    def __init__(self, command):
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self._process.stdout.readline() != "ready\n":
            self.__exit__()
            raise Failure("the streams could not be opened")

    def result(self):
        """Waits for the end that was asked for."""
        line = self._process.stdout.readline()
        if not line:
            raise Failure("the streams broke off")
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def _output(command):
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
    if outcome.returncode != 0:
        raise Failure(f"{pathlib.Path(command[0]).name}: {outcome.stderr.strip() or outcome.returncode}")
    return outcome.stdout
