"""POST over a kept connection that never makes its thread wait: for multicasts, 200 a second (docs/decisions/0021).

One thread keeps many of these going: it begins a request on one and goes on with whichever is ready. Only what LINE's
API needs: HTTP/1.1, no redirects, no proxies, no compression. An answer of any other form is an error; whether the
request was accepted is then not known.
"""

from __future__ import annotations

import http.client
import select
import socket
import ssl
import time
from collections.abc import Generator
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

LONGEST_HEAD = 65_536
LONGEST_BODY = 1_048_576
CHUNK = 65_536  # more than a TLS record: none is left half read where poll() does not see it

_NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class WireError(Exception):
    """No usable answer: no connection, no answer in time, or not HTTP."""


@dataclass(frozen=True)
class Answered:
    """`head` as it came: the status line and the headers."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> str | None:
        """A header's value, by its name in lower case."""
        value = _header(self.head, name)
        return None if value is None else value.decode("latin-1")


Found = TypeVar("Found")
Waiting: TypeAlias = Generator[None, None, Found]  # yields whenever the socket must be waited for


def first_lines(address: str, path: str) -> str:
    """How a POST to this path of an address begins."""
    parts = urlsplit(address)
    return f"POST {parts.path}{path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"


class Wire:
    """One connection to one address: opened once, then for one request after another. Every WireError is its end."""

    def __init__(self, address: str, connect_seconds: float, answer_seconds: float) -> None:
        parts = urlsplit(address)
        self._secure, self._host = parts.scheme == "https", parts.netloc
        self._connect_seconds, self._answer_seconds = connect_seconds, answer_seconds
        self._socket: socket.socket | None = None
        self._call: Waiting[Answered] | None = None
        self._buffer = b""
        self.end = 0.0  # of the time (monotonic) for the request under way
        self.waits_for = select.POLLIN  # what poll() is to tell before `go_on`; idle, it would mean that LINE closed it
        self.over = False  # no further request may be made on it

    def open(self) -> None:
        """Name, address, certificate; this alone waits (any thread may do it). Raises WireError."""
        try:
            made = _client(self._host, self._connect_seconds, secure=self._secure)
            made.connect()
            self._socket = made.sock
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setblocking(False)
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.close()
            raise WireError(type(error).__name__) from error

    def fileno(self) -> int:
        """For poll(); -1 when it is not open."""
        return -1 if self._socket is None else self._socket.fileno()

    def begin(self, request: bytes) -> Answered | None:
        """Send this request, all of it or what fits; then as `go_on`. It is never sent twice."""
        if self._socket is None or self.over:
            raise WireError("closed")
        self.end = time.monotonic() + self._answer_seconds
        self._call = self._exchange(self._socket, request)
        return self.go_on()

    def go_on(self) -> Answered | None:
        """The answer, or None while it is not there: call again when `waits_for` has come, and at `end`.

        Raises WireError.
        """
        if self._call is None:
            raise WireError("nothing was asked")
        try:
            next(self._call)
        except StopIteration as done:
            answered: Answered = done.value
            self._call = None
            # What came after the answer belongs to no request: the next one would get it for its own.
            last = _header(answered.head, b"connection")
            self.over = self.over or bool(self._buffer) or (last is not None and last.lower() == b"close")
            return answered
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.close()
            raise WireError(type(error).__name__) from error
        return None

    def close(self) -> None:
        """End the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._call, self._buffer, self.over = None, None, b"", True

    def _exchange(self, connection: socket.socket, request: bytes) -> Waiting[Answered]:
        rest = memoryview(request)
        while rest:
            try:
                rest = rest[connection.send(rest) :]
            except _NOT_YET as reason:
                self.waits_for = select.POLLIN if isinstance(reason, ssl.SSLWantReadError) else select.POLLOUT
                yield from self._pause()
        self.waits_for = select.POLLIN
        return (yield from self._read(connection))

    # --- reading ---------------------------------------------------------------------------------

    def _read(self, connection: socket.socket) -> Waiting[Answered]:
        status = 0
        while status < http.client.OK:  # what comes before (100 Continue, 103 Early Hints) is no answer
            head = yield from self._until(connection, b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 "):
                raise http.client.BadStatusLine(head[:20].decode("latin-1"))
            status = int(head[9:12])
        if b"chunked" in (_header(head, b"transfer-encoding") or b"").lower():
            body = yield from self._read_chunks(connection)
        elif status == http.client.NO_CONTENT:
            body = b""
        elif (length := _header(head, b"content-length")) is not None:
            body = yield from self._take(connection, int(length))
        else:
            body = yield from self._read_rest(connection)
        return Answered(status, head, body)

    def _read_chunks(self, connection: socket.socket) -> Waiting[bytes]:
        parts: list[bytes] = []
        while size := int((yield from self._until(connection, b"\r\n")).split(b";")[0], 16):
            parts.append((yield from self._take(connection, size)))
            yield from self._take(connection, 2)
        while (yield from self._until(connection, b"\r\n")):
            pass  # trailers
        return b"".join(parts)

    def _read_rest(self, connection: socket.socket) -> Waiting[bytes]:
        """A body without a length ends with its connection."""
        self.over = True
        try:
            while len(self._buffer) <= LONGEST_BODY:
                yield from self._more(connection)
        except http.client.RemoteDisconnected:
            return self._buffer
        raise http.client.IncompleteRead(b"")

    def _until(self, connection: socket.socket, mark: bytes) -> Waiting[bytes]:
        while (at := self._buffer.find(mark)) < 0:
            if len(self._buffer) > LONGEST_HEAD:
                raise http.client.LineTooLong("head")
            yield from self._more(connection)
        found, self._buffer = self._buffer[:at], self._buffer[at + len(mark) :]
        return found

    def _take(self, connection: socket.socket, size: int) -> Waiting[bytes]:
        if not 0 <= size <= LONGEST_BODY:
            raise http.client.IncompleteRead(b"")
        while len(self._buffer) < size:
            yield from self._more(connection)
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    def _more(self, connection: socket.socket) -> Waiting[None]:
        """One piece at a time, however many there are: the others have their turn in between."""
        while True:
            yield from self._pause()
            try:
                piece = connection.recv(CHUNK)
            except _NOT_YET:
                continue
            if not piece:
                raise http.client.RemoteDisconnected("closed")
            self._buffer += piece
            return

    def _pause(self) -> Waiting[None]:
        """The time is reckoned for all of the answer: bytes that trickle do not lengthen it."""
        if time.monotonic() >= self.end:
            raise TimeoutError
        yield


def _header(head: bytes, name: bytes) -> bytes | None:
    begin = b"\r\n" + name + b":"
    if (at := head.lower().find(begin)) < 0:
        return None
    return head[at + len(begin) :].partition(b"\r\n")[0].strip()


def _client(host: str, seconds: float, *, secure: bool) -> http.client.HTTPConnection:
    """Only its connecting is used: names, addresses, certificates."""
    if secure:
        return http.client.HTTPSConnection(host, timeout=seconds, context=_certificates())
    return http.client.HTTPConnection(host, timeout=seconds)


@cache
def _certificates() -> ssl.SSLContext:
    """The same authorities as requests trusts."""
    return ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
