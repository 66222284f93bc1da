"""A kept-alive connection that costs little: the clients share one interpreter, and are to be quick together."""
import socket

READ_BYTES = 65536


class NotSent(Exception):
    """The request certainly did not reach the broker."""


class Lost(Exception):
    """The request may have reached the broker; its answer did not come."""


class Connection:
    def __init__(self, broker, timeout=20):
        self.broker, self.timeout = broker, timeout
        self.socket, self.rest = None, b""

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket, self.rest = None, b""

    def connect(self):
        try:
            plain = socket.create_connection(("127.0.0.1", self.broker.port), timeout=self.timeout)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket = self.broker.tls.wrap_socket(plain, server_hostname="127.0.0.1")
        except OSError as failure:
            raise NotSent(str(failure)) from None
        self.head = f"Host: localhost\r\nAuthorization: Bearer {self.broker.token}\r\n"

    def call(self, method, path, body=b"", headers=""):
        """The status, the fields by their names in small letters, the body; `headers` are lines."""
        if self.socket is None:
            self.connect()
        head = f"{method} {path} HTTP/1.1\r\n{self.head}{headers}Content-Length: {len(body)}\r\n\r\n"
        try:
            self.socket.sendall(head.encode() + body)
            return self._answer()
        except OSError as failure:
            self.close()
            raise Lost(str(failure)) from None

    def _more(self):
        data = self.socket.recv(READ_BYTES)
        if not data:
            raise ConnectionResetError("closed")
        self.rest += data

    def _answer(self):
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = {}
        for line in lines:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        count = int(fields.get("content-length", "0"))
        while len(self.rest) < count:
            self._more()
        body, self.rest = self.rest[:count], self.rest[count:]
        if fields.get("connection", "").lower() == "close":
            self.close()
        return int(first.split(" ")[1]), fields, body
