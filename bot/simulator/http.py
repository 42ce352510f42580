"""A small HTTP/1.1 server: keep-alive, no Nagle, one write an answer, and full control of the socket.

Python's own http.server writes headers and body apart, which costs 40 ms a call on a kept-alive
connection; faults (a dropped connection, half a body) need the socket itself.
"""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

MAX_HEADER_LINES = 100
MAX_LINE = 65_536
IDLE_SECONDS = 120


class Connection:
    """One client's connection. `open` tells whether the client can still have heard our last answer."""

    __slots__ = ("open",)

    def __init__(self) -> None:
        self.open = True


@dataclass(slots=True)
class Request:
    """One request as read from the socket; header names are lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    connection: Connection

    def json(self) -> Any:
        """The body as JSON ({} when empty). Raises ValueError."""
        return json.loads(self.body) if self.body else {}


@dataclass(slots=True)
class Response:
    """One answer. `cut` names a fault of the transport: "drop" (no answer), "half" (half the body)."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: str = ""
    stream: Iterator[bytes] | None = None

    @classmethod
    def of(cls, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """An answer holding `value` as JSON."""
        return cls(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers or {})

    def head(self) -> bytes:
        """The status line and headers."""
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}", f"content-type: {self.content_type}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines.append("connection: close" if self.stream else f"content-length: {len(self.body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"


def _text(line: bytes) -> str:
    """A request line; clients that do not percent-encode send UTF-8."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


class BadRequestError(Exception):
    """What came over the socket is not HTTP as we understand it."""


Handler = Callable[[Request], Response]


class HttpServer(socketserver.ThreadingTCPServer):
    """Serves `handler` on 127.0.0.1; a thread for each connection."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, handler: Handler) -> None:
        self.handler = handler
        self.live: set[socket.socket] = set()
        self._live_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Session)

    def track(self, sock: socket.socket, *, live: bool) -> None:
        """Remembers open connections, so that stopping also ends the idle ones."""
        with self._live_lock:
            (self.live.add if live else self.live.discard)(sock)

    def close_all(self) -> None:
        """Stops listening and ends every connection."""
        self.server_close()
        with self._live_lock:
            for sock in list(self.live):
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Broken connections are the clients' affair; they are not printed."""


class _Session(socketserver.StreamRequestHandler):
    """The requests of one connection, one after another."""

    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: HttpServer

    def handle(self) -> None:
        connection = Connection()
        self.server.track(self.connection, live=True)
        try:
            while (request := self._read(connection)) is not None:
                response = self.server.handler(request)
                if not self._write(request, response):
                    break
        except BadRequestError:
            with contextlib.suppress(OSError):
                self.connection.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        except OSError:
            pass  # the client went away: nothing to tell anybody
        finally:
            connection.open = False
            self.server.track(self.connection, live=False)

    def _read(self, connection: Connection) -> Request | None:
        line = self.rfile.readline(MAX_LINE)
        if not line.strip():
            return None
        try:
            method, target, _version = _text(line).split()
        except ValueError:
            raise BadRequestError from None
        headers = self._headers()
        if headers.get("expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        return Request(method, unquote(parts.path), query, headers, self._body(headers), connection)

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(MAX_HEADER_LINES):
            line = self.rfile.readline(MAX_LINE)
            if line in (b"\r\n", b"\n", b""):
                return headers
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon:
                raise BadRequestError
            headers[name.strip().lower()] = value.strip()
        raise BadRequestError

    def _body(self, headers: dict[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._chunks()
        try:
            length = int(headers.get("content-length") or 0)
        except ValueError:
            raise BadRequestError from None
        if length < 0:
            raise BadRequestError
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            raise BadRequestError
        return body

    def _chunks(self) -> bytes:
        parts: list[bytes] = []
        while True:
            try:
                size = int(self.rfile.readline(MAX_LINE).split(b";")[0], 16)
            except ValueError:
                raise BadRequestError from None
            parts.append(self.rfile.read(size))
            self.rfile.readline(MAX_LINE)
            if not size:
                return b"".join(parts)

    def _write(self, request: Request, response: Response) -> bool:
        """Writes the answer in one piece; False ends the connection."""
        if response.cut == "drop":
            return False
        if response.stream is not None:
            self.connection.sendall(response.head())
            for piece in response.stream:
                self.connection.sendall(piece)
            return False
        whole = response.head() + (b"" if request.method == "HEAD" else response.body)
        if response.cut == "half":
            self.connection.sendall(whole[: len(whole) - (len(response.body) + 1) // 2])
            return False
        self.connection.sendall(whole)
        return request.headers.get("connection", "").lower() != "close"
