"""The kept connection over TLS, as it is with LINE: one handshake for many calls, and never to somebody else."""

from __future__ import annotations

import ipaddress
import select
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.line import wire
from bot.line.wire import Answered, Wire, WireError, first_lines

PLACE = "127.0.0.1"
DAY = timedelta(days=1)


def certificate(folder: Path, address: str) -> Path:
    """A certificate of its own authority for this address, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{address}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


class Line(ThreadingHTTPServer):
    """Answers every POST with what it was sent; knows how many handshakes were done."""

    daemon_threads = False

    def __init__(self, pem: Path) -> None:
        super().__init__((PLACE, 0), Echo)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.handshakes = 0
        self.bodies: list[bytes] = []
        self.address = f"https://{PLACE}:{self.server_address[1]}"


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Line

    def setup(self) -> None:
        self.request.settimeout(10)
        try:
            self.request.do_handshake()
            self.server.handshakes += 1
        except OSError:  # the client has hung up, as it should with a stranger
            self.request.close()
        super().setup()

    def handle(self) -> None:
        if self.request.fileno() >= 0:
            super().handle()

    def finish(self) -> None:
        if self.request.fileno() >= 0:
            super().finish()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.bodies.append(body)
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def pem(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return certificate(tmp_path, getattr(request, "param", PLACE))


@pytest.fixture
def line(pem: Path) -> Iterator[Line]:
    with Line(pem) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


@pytest.fixture
def trusted(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This authority is one of those that we trust."""
    context = ssl.create_default_context(cafile=str(pem))
    monkeypatch.setattr(wire, "_certificates", lambda: context)


def post(connection: Wire, line: Line, body: bytes) -> Answered:
    head = f"{first_lines(line.address, '/v2/bot/message/multicast')}Content-Length: {len(body)}\r\n\r\n"
    answered = connection.begin(head.encode() + body)
    poll = select.poll()
    while answered is None:
        poll.register(connection, connection.waits_for)
        poll.poll(5000)
        answered = connection.go_on()
    return answered


def test_many_calls_share_one_handshake(line: Line, trusted: None) -> None:
    connection = Wire(line.address, 3.0, 5.0)
    connection.open()
    large = b"x" * 300_000  # more than the socket's buffers and TLS's records hold at once
    for number in range(5):
        body = large + str(number).encode()
        answered = post(connection, line, body)
        assert (answered.status, answered.body) == (200, body)
    connection.close()
    assert line.handshakes == 1
    assert len(line.bodies) == 5


def test_a_stranger_gets_nothing(line: Line) -> None:
    """Without the authority among those we trust, nothing is said: no token, no recipient."""
    connection = Wire(line.address, 3.0, 5.0)
    with pytest.raises(WireError, match="CertVerification"):
        connection.open()
    with pytest.raises(WireError, match="closed"):
        post(connection, line, b"[]")
    assert line.bodies == []


@pytest.mark.parametrize("pem", ["127.0.0.2"], indirect=True)
def test_a_certificate_of_another_address_is_refused(line: Line, trusted: None) -> None:
    connection = Wire(line.address, 3.0, 5.0)
    with pytest.raises(WireError, match="CertVerification"):
        connection.open()
    with pytest.raises(WireError, match="closed"):
        post(connection, line, b"[]")
    assert line.bodies == []
