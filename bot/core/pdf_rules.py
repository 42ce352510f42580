"""Whether a PDF may be handed on to residents' phones: what it is, what it does when opened, how large it unfolds.

We never show or print a PDF ourselves; it is read here as bytes, with a bound on everything that is unfolded. A PDF
that runs scripts, opens programs, carries other files, is locked, or is small and unfolds to something huge (a bomb)
is refused. Source of the names: ISO 32000-1, 7.3.5 (names and #xx), 7.5.7 (object streams), 12.6.4 (actions).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_UNFOLDED: Final = 300 * 1024 * 1024  # about ten A4 pages scanned in colour without loss
MOST_STREAMS: Final = 20_000
MOST_PAGES: Final = 40
_CHUNK: Final = 1024 * 1024
_SCANNED: Final = 4 * 1024 * 1024  # bytes of an object stream that are read for names

_STREAM = re.compile(rb"stream\r?\n")
_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
# Long names only: /JS stands by chance in half of all scanned pages, and no script runs without one of these.
_ACTIVE = re.compile(
    rb"/(?:JavaScript|Rendition|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|XFA)(?![A-Za-z])"
)
_LOCKED = re.compile(rb"/Encrypt(?![A-Za-z])")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")

NOT_A_PDF: Final = "PDFではないファイルです。PDF(.pdf)か、写真(JPEG・PNG)を選んでください。"
BROKEN: Final = "PDFがこわれているようです。もう一度PDFにするか、写真に撮って付けてください。"
LOCKED: Final = "パスワードや制限の付いたPDFです。制限のないPDFにして、付け直してください。"
ACTIVE: Final = (
    "動く仕組み(スクリプトや、ほかのファイル)が入ったPDFです。「印刷」から「PDFに保存」したものを付けてください。"
)
BOMB: Final = "開くととても大きくなるPDFです。写真を小さくしてからPDFにするか、ページを分けてください。"
TOO_LARGE: Final = f"PDFは{MOST_BYTES // 1024 // 1024}MBまでです。スキャンの細かさを下げるか、ページを分けてください。"
TOO_MANY: Final = f"PDFは{MOST_PAGES}ページまでです。要るページだけにしてください。"


def problem(content: bytes) -> str | None:
    """What keeps this file from being handed on, in the words of the console; None when nothing does."""
    if len(content) > MOST_BYTES:
        return TOO_LARGE
    if not content.startswith(b"%PDF-"):
        return NOT_A_PDF
    if b"%%EOF" not in content[-2048:] or b"startxref" not in content[-4096:]:
        return BROKEN
    plain = _names(content)
    if _LOCKED.search(plain):
        return LOCKED
    if _ACTIVE.search(plain):
        return ACTIVE
    return _unfold(content, len(_PAGE.findall(plain)))


def _unfold(content: bytes, pages: int) -> str | None:
    """Unfold every stream within bounds; names inside object streams count like those outside."""
    left, seen = MOST_UNFOLDED, 0
    for head, at in _streams(content):
        seen += 1
        if seen > MOST_STREAMS:
            return BOMB
        if head.count(b"FlateDecode") + head.count(b"/Fl ") > 1 or head.count(b"LZWDecode") > 1:
            return BOMB  # folded twice: nothing that people make
        if b"FlateDecode" not in head:
            continue
        kept, size = _inflate(content, at, left, keep=b"/ObjStm" in head)
        left -= size
        if left <= 0:
            return BOMB
        names = _names(kept)
        if _ACTIVE.search(names):
            return ACTIVE
        pages += len(_PAGE.findall(names))
    return TOO_MANY if pages > MOST_PAGES else None


def _streams(content: bytes) -> Iterator[tuple[bytes, int]]:
    """The dictionary before each stream (its last 2,000 bytes) and where its bytes begin."""
    end = 0
    for match in _STREAM.finditer(content):
        if content[match.start() - 3 : match.start()] == b"end":
            continue
        start = max(end, match.start() - 2000)
        begin = content.rfind(b" obj", start, match.start())
        yield _names(content[max(begin, start) : match.start()]), match.end()
        end = match.end()


def _inflate(content: bytes, at: int, most: int, *, keep: bool) -> tuple[bytes, int]:
    """The first bytes of an unfolded stream (when kept) and how many it has, counting no further than `most`."""
    unfolding, size, kept = zlib.decompressobj(), 0, bytearray()
    data = content[at : at + _CHUNK]
    at += len(data)
    while data and size <= most and not unfolding.eof:
        try:
            part = unfolding.decompress(data, _CHUNK)
        except zlib.error:
            break  # a damaged stream: what a reader cannot unfold does nothing
        size += len(part)
        if keep and len(kept) < _SCANNED:
            kept += part
        data = unfolding.unconsumed_tail
        if not data:
            data = content[at : at + _CHUNK]
            at += len(data)
    return bytes(kept), size


def _names(content: bytes) -> bytes:
    """With names written out: /J#53 is /JS."""
    return _NAME.sub(lambda match: bytes([int(match[1], 16)]), content) if b"#" in content else content
