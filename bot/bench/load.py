"""A load of prepared HTTP requests over keep-alive connections, one selector loop, no HTTP library in the way."""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class LoadResult:
    """Seconds for the whole load, and each request's time in milliseconds."""

    seconds: float
    times_ms: list[float]
    statuses: dict[int, int]

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.times_ms) / self.seconds

    def percentile(self, share: float) -> float:
        """The time in milliseconds that this share (0..1) of requests did not exceed."""
        ordered = sorted(self.times_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass
class _Connection:
    socket: socket.socket
    sent_at: float = 0.0
    buffer: bytearray = field(default_factory=bytearray)


def run(port: int, requests: Sequence[bytes], connections: int = 16, limit_s: float = 60.0) -> LoadResult:
    """Send every request once over `connections` connections to 127.0.0.1:port; ends by itself after `limit_s`."""
    waiting = deque(requests)
    times: list[float] = []
    statuses: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            _open(selector, port, waiting)
        started = time.perf_counter()
        while len(times) < len(requests):
            if time.perf_counter() - started > limit_s:
                raise TimeoutError(f"{len(requests) - len(times)} requests were not answered within {limit_s} s")
            for key, _ in selector.select(1.0):
                connection: _Connection = key.data
                chunk = connection.socket.recv(65536)
                if not chunk:
                    selector.unregister(connection.socket)
                    connection.socket.close()
                    _open(selector, port, waiting)
                    continue
                connection.buffer += chunk
                status = _complete(connection.buffer)
                if status:
                    times.append((time.perf_counter() - connection.sent_at) * 1000)
                    statuses[status] = statuses.get(status, 0) + 1
                    connection.buffer.clear()
                    _next(connection, waiting)
        seconds = time.perf_counter() - started
        for key in list(selector.get_map().values()):
            key.data.socket.close()
    return LoadResult(seconds, times, statuses)


def _open(selector: selectors.BaseSelector, port: int, waiting: deque[bytes]) -> None:
    made = socket.create_connection(("127.0.0.1", port), timeout=10)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = _Connection(made)
    selector.register(made, selectors.EVENT_READ, connection)
    _next(connection, waiting)


def _next(connection: _Connection, waiting: deque[bytes]) -> None:
    if waiting:
        connection.sent_at = time.perf_counter()
        connection.socket.sendall(waiting.popleft())


def _complete(buffer: bytearray) -> int:
    """The status once headers and body have arrived, else 0."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = bytes(buffer[:end]).lower()
    mark = head.find(b"content-length:")
    length = int(head[mark + 15 :].split(b"\r\n", 1)[0]) if mark >= 0 else 0
    return int(head.split(b" ", 2)[1]) if len(buffer) >= end + 4 + length else 0
