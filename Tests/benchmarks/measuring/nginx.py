"""What a job's description and a key's value are compared with: nginx and a static file, over TLS, with the same kind of key."""

import shutil
import socket
import subprocess
import time

from .certificate import mint
from .failure import Failure
from .ports import free_port
from .tools import CIPHER

CONFIGURATION = """
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
worker_processes 2;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  open_file_cache max=16;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {directory}/server.pem;
    ssl_certificate_key {directory}/key.pem;
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites {cipher};
    root {directory}/root;
    default_type application/json;
  }}
}}
"""


class Nginx:
    """Serves `body` as `/job`."""

    token_file = None

    def __init__(self, directory, body):
        self.program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        if self.program is None:
            raise Failure("nginx, which this is compared with, is not installed")
        (directory / "root").mkdir(parents=True)
        (directory / "root" / "job").write_bytes(body)
        # Its workers give up root's rights: they must find the file.
        for folder in (directory, directory / "root"):
            folder.chmod(0o755)
        self.directory = directory
        self.authority, _ = mint(directory)
        self.port = free_port()
        (directory / "nginx.conf").write_text(
            CONFIGURATION.format(directory=directory, port=self.port, cipher=CIPHER))

    def __enter__(self):
        command = [self.program, "-p", self.directory, "-c", self.directory / "nginx.conf",
                   "-e", self.directory / "error.log"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.02)
        self.__exit__()
        raise Failure(f"nginx did not start: {(self.directory / 'error.log').read_text()}")

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(10)
