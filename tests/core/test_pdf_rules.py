"""PDFs that go on to residents' phones, and those that do not."""

from __future__ import annotations

import zlib

import pytest

from bot.core import pdf_rules
from bot.services import printing


@pytest.fixture(scope="module")
def honest() -> bytes:
    """A PDF as we make them ourselves."""
    sheet = {
        "city": "見本市",
        "sender": "",
        "title": "用紙",
        "questions": [],
        "until": "",
        "hand_in": "",
        "promises": [],
    }
    return printing.pdf("poll_ballot.typ", sheet | {"word": "", "link": "", "qr": "", "sample": False})


def with_stream(data: bytes, head: bytes = b"/Filter /FlateDecode") -> bytes:
    body = b"1 0 obj\n<< " + head + b" /Length %d >>\nstream\n" % len(data) + data + b"\nendstream\nendobj\n"
    return b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"


def test_an_honest_one_passes(honest):
    assert pdf_rules.problem(honest) is None
    assert pdf_rules.problem(with_stream(zlib.compress(b"BT (hello) Tj ET"))) is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<html>not a pdf</html>", pdf_rules.NOT_A_PDF),
        (b"MZ\x90\x00" + b"\0" * 100, pdf_rules.NOT_A_PDF),
        (b"%PDF-1.7\ncut off", pdf_rules.BROKEN),
        (b"%PDF-" + b"x" * pdf_rules.MOST_BYTES, pdf_rules.TOO_LARGE),
        (with_stream(b"", b"/S /JavaScript /JS (app.alert(1))"), pdf_rules.ACTIVE),
        (with_stream(b"", b"/S /Java#53cript"), pdf_rules.ACTIVE),
        (with_stream(b"", b"/EmbeddedFiles 2 0 R"), pdf_rules.ACTIVE),
        (with_stream(zlib.compress(b"<< /S /Launch >>"), b"/Type /ObjStm /Filter /FlateDecode"), pdf_rules.ACTIVE),
        (with_stream(b"", b"/Encrypt 5 0 R"), pdf_rules.LOCKED),
        (with_stream(b"", b"/Filter [/FlateDecode /FlateDecode]"), pdf_rules.BOMB),
        (with_stream(b"", b"/Type /Page " * 41), pdf_rules.TOO_MANY),
    ],
)
def test_what_is_refused_is_said(content, why):
    assert pdf_rules.problem(content) == why


def test_a_bomb_is_refused_before_it_is_unfolded():
    """400 MB of nothing in 400 KB: counted in pieces of a megabyte, never held."""
    folding = zlib.compressobj(9)
    nothing = bytes(1024 * 1024)
    data = b"".join(folding.compress(nothing) for _ in range(400)) + folding.flush()
    assert len(data) < 500_000
    assert pdf_rules.problem(with_stream(data)) == pdf_rules.BOMB
