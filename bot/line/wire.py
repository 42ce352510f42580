"""POST over a kept connection with as little CPU as the way to LINE allows: for multicasts, 200 a second.

Measured at LINE's pace (20 threads, 80 ms an answer, 20 kB): requests 1,050 us of CPU a call, urllib3 550, http.client
365, this 200 (docs/decisions/0021-delivery-speed.md). Only what LINE's API needs: HTTP/1.1, no redirects, no proxies,
no compression. An answer of any other form is an error; whether the request was accepted is then not known.
"""

from __future__ import annotations

import http.client
import select
import socket
import ssl
import time
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

LONGEST_HEAD = 65_536
LONGEST_BODY = 1_048_576
CHUNK = 65_536


class WireError(Exception):
    """No usable answer: no connection, no answer in time, or not HTTP."""


@dataclass(frozen=True)
class Answered:
    """Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """One connection to one address, kept open between calls. For one thread."""

    def __init__(self, address: str, connect_seconds: float, answer_seconds: float) -> None:
        parts = urlsplit(address)
        self._secure, self._host, self._prefix = parts.scheme == "https", parts.netloc, parts.path
        self._connect_seconds, self._answer_seconds = connect_seconds, answer_seconds
        self._socket: socket.socket | None = None
        self._idle = select.poll()
        self._buffer = b""

    def post(self, path: str, headers: str, body: bytes) -> Answered:
        """One request; `headers` are whole lines, each ended by CR LF. Raises WireError; it is never sent twice."""
        head = f"POST {self._prefix}{path} HTTP/1.1\r\nHost: {self._host}\r\n{headers}"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        try:
            connection = self._connection()
            connection.settimeout(self._answer_seconds)
            connection.sendall(head.encode("latin-1") + body)
            answer = self._read(connection, time.monotonic() + self._answer_seconds)
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.close()
            raise WireError(type(error).__name__) from error
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    def close(self) -> None:
        """End the connection; the next call opens another."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._buffer = None, b""

    def _connection(self) -> socket.socket:
        # An idle connection that has something to read was closed by the other side (or is out of step).
        if self._socket is not None and self._idle.poll(0):
            self.close()
        if self._socket is None:
            made = _client(self._host, self._connect_seconds, secure=self._secure)
            made.connect()
            self._socket = made.sock
            self._idle = select.poll()
            self._idle.register(self._socket, select.POLLIN)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    # --- reading ---------------------------------------------------------------------------------

    def _read(self, connection: socket.socket, end: float) -> Answered:
        while True:
            status, headers = self._read_head(connection, end)
            if status >= http.client.OK:  # what comes before (100 Continue, 103 Early Hints) is no answer
                break
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return Answered(status, headers, self._read_chunks(connection, end))
        if status == http.client.NO_CONTENT:
            return Answered(status, headers, b"")
        if "content-length" not in headers:
            return Answered(status, headers, self._read_rest(connection, end))
        return Answered(status, headers, self._take(connection, int(headers["content-length"]), end))

    def _read_head(self, connection: socket.socket, end: float) -> tuple[int, dict[str, str]]:
        head = self._until(connection, b"\r\n\r\n", end).decode("latin-1")
        first, *lines = head.split("\r\n")
        version, status = first.split(" ", 2)[:2]
        if version != "HTTP/1.1":
            raise http.client.BadStatusLine(version[:20])
        pairs = (line.partition(":") for line in lines)
        return int(status), {name.strip().lower(): value.strip() for name, _, value in pairs}

    def _read_chunks(self, connection: socket.socket, end: float) -> bytes:
        parts: list[bytes] = []
        while size := int(self._until(connection, b"\r\n", end).split(b";")[0], 16):
            parts.append(self._take(connection, size, end))
            self._take(connection, 2, end)
        while self._until(connection, b"\r\n", end):
            pass  # trailers
        return b"".join(parts)

    def _read_rest(self, connection: socket.socket, end: float) -> bytes:
        """A body without a length ends with its connection."""
        try:
            while len(self._buffer) <= LONGEST_BODY:
                self._more(connection, end)
        except http.client.RemoteDisconnected:
            found = self._buffer
            self.close()
            return found
        raise http.client.IncompleteRead(b"")

    def _until(self, connection: socket.socket, mark: bytes, end: float) -> bytes:
        while (at := self._buffer.find(mark)) < 0:
            if len(self._buffer) > LONGEST_HEAD:
                raise http.client.LineTooLong("head")
            self._more(connection, end)
        found, self._buffer = self._buffer[:at], self._buffer[at + len(mark) :]
        return found

    def _take(self, connection: socket.socket, size: int, end: float) -> bytes:
        if not 0 <= size <= LONGEST_BODY:
            raise http.client.IncompleteRead(b"")
        while len(self._buffer) < size:
            self._more(connection, end)
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    def _more(self, connection: socket.socket, end: float) -> None:
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        if not (piece := connection.recv(CHUNK)):
            raise http.client.RemoteDisconnected("closed")
        self._buffer += piece


def _client(host: str, seconds: float, *, secure: bool) -> http.client.HTTPConnection:
    """Only its connecting is used: names, addresses, certificates."""
    if secure:
        return http.client.HTTPSConnection(host, timeout=seconds, context=_certificates())
    return http.client.HTTPConnection(host, timeout=seconds)


@cache
def _certificates() -> ssl.SSLContext:
    """The same authorities as requests trusts."""
    return ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
