"""What the shipped server says by itself, before any page of ours is asked."""

from __future__ import annotations

import socket

from bot.web_server import BODY_LIMIT, WebServer
from tests.support.places import free_port


def asked(raw: str) -> str:
    port = free_port()
    server = WebServer(lambda _environ, start: (start("200 OK", []), [b"never asked"])[1], "127.0.0.1", port, 1)
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", port), 10) as line:
            line.sendall(raw.encode())
            return b"".join(iter(lambda: line.recv(65536), b"")).decode()
    finally:
        server.stop()


def test_more_than_any_page_takes_is_refused_in_words():
    said = asked(f"POST /console HTTP/1.1\r\nHost: x\r\nContent-Length: {BODY_LIMIT + 1}\r\n\r\n")
    assert said.startswith("HTTP/1.1 413")
    assert "text/html" in said
    assert "受け取っていません(20MBまで)" in said
    assert "never asked" not in said


def test_what_is_no_request_is_answered_with_the_same_headers():
    said = asked("BAD\r\n\r\n")
    assert said.startswith("HTTP/1.0 400")
    assert "Content-Security-Policy: default-src 'none'" in said
    assert "X-Content-Type-Options: nosniff" in said
