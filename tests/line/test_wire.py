"""The kept connection for multicasts, against a server that says exactly what the test wants."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.line.wire import Wire, WireError

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
def wire_to(*scripts: list[list[bytes]], seconds: float = 5.0) -> Iterator[tuple[Server, Wire]]:
    server = Server(list(scripts))
    wire = Wire(server.address, 3.0, seconds)
    try:
        yield server, wire
    finally:
        wire.close()
        server.listener.close()


def post(wire: Wire) -> tuple[int, bytes]:
    answered = wire.post("/v2/bot/message/multicast", "Authorization: Bearer t\r\n", b"[1,2][end]")
    return answered.status, answered.body


def test_one_connection_serves_call_after_call():
    with wire_to([[OK], [OK], [OK]]) as (server, wire):
        assert [post(wire) for _ in range(3)] == [(200, b"{}")] * 3
        server.over()
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v2/bot/message/multicast HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"Content-Length: 10" in head
    assert body == b"[1,2][end]"


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
    with wire_to([pieces, [OK]]) as (_, wire):
        assert [post(wire), post(wire)] == [(200, b"{}")] * 2


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
    with wire_to([[answer]], [[OK]]) as (server, wire):
        with pytest.raises(WireError):
            post(wire)
        assert post(wire) == (200, b"{}")
        server.over()
    assert len(server.requests) == 2, "never sent twice by itself"


def test_a_body_without_a_length_ends_with_its_connection():
    with wire_to([[b"HTTP/1.1 200 OK\r\n\r\n{", b"}"]], [[OK]]) as (_, wire):
        assert [post(wire), post(wire)] == [(200, b"{}")] * 2


def test_a_connection_that_was_closed_while_idle_is_not_used_again():
    with wire_to([[OK]], [[OK]]) as (server, wire):
        assert post(wire)[0] == 200
        while not wire._idle.poll(100):
            pass
        assert post(wire)[0] == 200
        server.over()


def test_no_answer_in_time_is_an_error():
    with wire_to([[b"HTTP/1.1 200 OK\r\n"], [b""]], seconds=0.2) as (_, wire), pytest.raises(WireError):
        post(wire)


def test_nobody_there_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(WireError, match="ConnectionRefusedError"):
        post(Wire(f"http://127.0.0.1:{port}", 3.0, 3.0))
