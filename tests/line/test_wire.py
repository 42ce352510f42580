"""The kept connection for multicasts, against a server that says exactly what the test wants."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.line.wire import Answered, Wire, WireError, first_lines

OK = b"HTTP/1.1 200 OK\r\nX-Line-Request-Id: r1\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Plays one script a connection: an answer for each request, cut into pieces; then it hangs up."""

    def __init__(self, scripts: list[list[list[bytes]]]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._play, args=(scripts,), daemon=True)
        self._thread.start()

    def _play(self, scripts: list[list[list[bytes]]]) -> None:
        for script in scripts:
            connection, _ = self.listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection:
                for pieces in script:
                    self.requests.append(self._request(connection))
                    for piece in pieces:
                        connection.sendall(piece)

    @staticmethod
    def _request(connection: socket.socket) -> bytes:
        text = b""
        while b"\r\n\r\n" not in text or not text.endswith(b"[end]"):
            text += connection.recv(65536)
        return text

    def over(self) -> None:
        self._thread.join(5)


@contextmanager
def served(*scripts: list[list[bytes]], seconds: float = 5.0) -> Iterator[tuple[Server, Line]]:
    server = Server(list(scripts))
    line = Line(server.address, seconds)
    try:
        yield server, line
    finally:
        line.wire.close()
        server.listener.close()


class Line:
    """One call after another, as delivery makes them: on the kept connection, on another one when that is over."""

    def __init__(self, address: str, seconds: float) -> None:
        self._address, self._seconds = address, seconds
        self.wire = Wire(address, 3.0, seconds)

    def post(self, body: bytes = b"[1,2][end]") -> tuple[int, bytes]:
        answered = self.ask(body)
        return answered.status, answered.body

    def ask(self, body: bytes) -> Answered:
        if self.wire.over:
            self.wire.close()
            self.wire = Wire(self._address, 3.0, self._seconds)
        if self.wire.fileno() < 0:
            self.wire.open()
        head = f"{first_lines(self._address, '/v2/bot/message/multicast')}Content-Length: {len(body)}\r\n\r\n"
        answered = self.wire.begin(head.encode() + body)
        while answered is None:
            self.await_(self._seconds / 5)
            answered = self.wire.go_on()
        return answered

    def await_(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self.wire, self.wire.waits_for)
        return bool(poll.poll(seconds * 1000))


def test_one_connection_serves_call_after_call():
    with served([[OK], [OK], [OK]]) as (server, line):
        assert [line.post() for _ in range(3)] == [(200, b"{}")] * 3
        server.over()
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v2/bot/message/multicast HTTP/1.1\r\nHost: 127.0.0.1:")
    assert body == b"[1,2][end]"


def test_headers_are_found_whatever_their_case():
    with served([[OK]]) as (_, line):
        answered = line.ask(b"[end]")
    assert [answered.header(name) for name in (b"x-line-request-id", b"x-line", b"via")] == ["r1", None, None]


@pytest.mark.parametrize(
    "pieces",
    [
        [bytes([byte]) for byte in OK],
        [b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", OK],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"1;x=y\r\n}\r\n0\r\nTrailer: t\r\n\r\n"],
    ],
    ids=["byte by byte", "hints first", "chunked"],
)
def test_an_answer_is_read_however_it_comes(pieces: list[bytes]):
    with served([pieces, [OK]]) as (server, line):
        assert [line.post(), line.post()] == [(200, b"{}")] * 2
        server.over()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        OK[:-1],
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{}",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_answer_is_an_error_and_the_next_call_has_a_connection_of_its_own(answer: bytes):
    with served([[answer]], [[OK]]) as (server, line):
        with pytest.raises(WireError):
            line.post()
        with pytest.raises(WireError, match="closed"):
            line.wire.begin(b"")
        assert line.post() == (200, b"{}")
        server.over()
    assert len(server.requests) == 2, "never sent twice by itself"


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"Content-Length", b"Connection: Close\r\nContent-Length"),
        OK + OK,
        b"HTTP/1.1 200 OK\r\n\r\n{}",
    ],
    ids=["says so", "more than asked", "body without a length"],
)
def test_after_an_answer_that_ends_the_connection_nothing_more_is_asked_on_it(answer: bytes):
    """What is left over on it would be taken for the next request's answer."""
    with served([[answer]], [[OK]]) as (server, line):
        assert line.post() == (200, b"{}")
        assert line.wire.over
        assert line.post() == (200, b"{}")
        server.over()


def test_a_connection_that_was_closed_while_idle_can_be_told():
    with served([[OK]]) as (server, line):
        assert line.post()[0] == 200
        assert not line.wire.over
        server.over()
        assert line.await_(5.0)


def test_no_answer_in_time_is_an_error():
    with served([[b"HTTP/1.1 200 OK\r\n"], [b""]], seconds=0.2) as (_, line), pytest.raises(WireError, match="Timeout"):
        line.post()


def test_an_answer_that_trickles_does_not_lengthen_its_time():
    over = threading.Event()

    def trickle(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            while not over.wait(0.02):
                connection.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=trickle, args=(listener,))
        thread.start()
        line = Line(f"http://127.0.0.1:{listener.getsockname()[1]}", 0.2)
        try:
            with pytest.raises(WireError, match="Timeout"):
                line.post()
        finally:
            line.wire.close()
            over.set()
            thread.join()


def test_what_does_not_fit_into_the_socket_waits_until_there_is_room():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Wire(f"http://127.0.0.1:{listener.getsockname()[1]}", 3.0, 5.0)
        wire.open()
        connection, _ = listener.accept()
        request = b"0123456789" * 1_000_000
        assert wire.begin(request) is None
        assert wire.waits_for == select.POLLOUT
        received = bytearray()
        while len(received) < len(request):
            received += connection.recv(1 << 20)
            assert wire.go_on() is None
        assert (bytes(received), wire.waits_for) == (request, select.POLLIN)
        connection.sendall(OK)
        connection.close()
        while (answered := wire.go_on()) is None:
            pass
        assert answered.body == b"{}"
        wire.close()


def test_nobody_there_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(WireError, match="ConnectionRefusedError"):
        Wire(f"http://127.0.0.1:{port}", 3.0, 3.0).open()
