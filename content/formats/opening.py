"""A file that somebody dropped in -> its rows of text, or a clear word why not. Nothing here knows columns.

Read as a stream: encodings are told by BOM, NULs and trying (UTF-8, then cp932); the separator by the first lines.
Every limit is checked before the work it limits. Rows are numbered as people count them in a spreadsheet.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from bot.errors import BadInputError

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_COLUMNS: Final = 1000
MAX_LINE: Final = 1_000_000  # characters of one line
MAX_CELL: Final = 100_000  # characters
MAX_ROWS: Final = 500_000
_CHUNK: Final = 1 << 20
_HEAD: Final = 4096
_DELIMITERS: Final = (",", "\t", ";")
_MAGIC: Final = (
    (b"%PDF", "PDFです。表のもとになったCSVかExcelを入れてください。"),
    (b"\xd0\xcf\x11\xe0", "古い形のExcel(.xls)です。Excelで開き、「.xlsx」か「CSV UTF-8」で保存し直してください。"),
    (b"\x89PNG", "画像です。CSVかExcelを入れてください。"),
    (b"\xff\xd8\xff", "画像です。CSVかExcelを入れてください。"),
    (b"GIF8", "画像です。CSVかExcelを入れてください。"),
    (b"\x1f\x8b", "圧縮されたファイルです。ほどいてから入れてください。"),
    (b"7z\xbc\xaf", "圧縮されたファイルです。ほどいてから入れてください。"),
    (b"Rar!", "圧縮されたファイルです。ほどいてから入れてください。"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `number` counts rows from 1 as a spreadsheet shows them; `wrong` says why it cannot be used."""

    number: int
    cells: list[str]
    wrong: str = ""


def size_of(stream: BinaryIO) -> int:
    """Bytes in a seekable stream."""
    here = stream.tell()
    size = stream.seek(0, io.SEEK_END)
    stream.seek(here)
    return size


def check_size(size: int, most: int = MAX_BYTES) -> None:
    """Refuse before reading. Raises BadInputError."""
    if size > most:
        raise BadInputError(
            f"ファイルが大きすぎます({size // 1048576}MB)。{most // 1048576}MBまでです。分けて入れてください。"
        )
    if size == 0:
        raise BadInputError("ファイルが空です。")


def head_of(stream: BinaryIO) -> bytes:
    """The first bytes; the stream stays at its beginning."""
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(0)
    return head


def is_excel(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04")


def refuse_other_files(head: bytes) -> None:
    """Raises BadInputError for what is no table by its first bytes."""
    for magic, why in _MAGIC:
        if head.startswith(magic):
            raise BadInputError(why)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise BadInputError("ウェブページ(HTML)です。ページから、CSVかExcelのファイルを保存して入れてください。")


def encoding_of(stream: BinaryIO) -> str:
    """utf-8-sig, utf-16 or cp932. Raises BadInputError for bytes that are no text."""
    head = head_of(stream)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in head:
        return _utf16_without_bom(head)
    if b"\x1b$" in head:
        raise BadInputError("古い文字の種類(JIS、ISO-2022-JP)です。「CSV UTF-8」で保存し直してください。")
    utf8, cp932, cut = _tries(stream)
    stream.seek(0)
    if utf8:
        return "utf-8-sig"
    if cp932:
        return "cp932"
    if cut:
        return "utf-8-sig"
    raise BadInputError("文字の種類が分かりません。「CSV UTF-8」で保存し直してください。")


def _tries(stream: BinaryIO) -> tuple[bool, bool, bool]:
    """Whether the whole stream is UTF-8, is cp932, and is UTF-8 but for a letter cut at the end."""
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp932")}
    good = dict.fromkeys(decoders, True)
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        if b"\0" in chunk:
            raise BadInputError(
                "文字ではないデータ(NUL)が入っています。表計算ソフトで開き、CSVで保存し直してください。"
            )
        for name, decoder in decoders.items():
            if good[name]:
                good[name] = _decodes(decoder, chunk)
    cut = good["utf-8"]
    for name, decoder in decoders.items():
        if good[name]:
            good[name] = _decodes(decoder, b"", final=True)
    return good["utf-8"], good["cp932"] and not cut, cut


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _utf16_without_bom(head: bytes) -> str:
    """UTF-16 of mostly ASCII separators has its NULs on one side; anything else is a binary file."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    name = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = head[: len(head) // 2 * 2].decode(name, errors="strict")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text or min(even, odd) * 4 > max(even, odd) or not set(text) & set(",\t;\r\n"):
        raise BadInputError("文字のファイルではありません。CSVかExcelを入れてください。")
    return name


def lines_of_csv(stream: BinaryIO) -> Iterator[Line]:
    """The rows of a CSV, TSV or semicolon-separated file. Raises BadInputError for a file that is no table at all."""
    encoding = encoding_of(stream)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    try:
        yield from _records(text)
    finally:
        text.detach()  # the stream is the caller's


def _records(text: io.TextIOWrapper) -> Iterator[Line]:
    first = text.read(_HEAD)
    delimiter = max(_DELIMITERS, key=lambda one: _outside_quotes(first, one))
    text.seek(0)
    source = _Lines(text)
    previous = csv.field_size_limit()
    csv.field_size_limit(max(previous, MAX_CELL * 10))
    reader = csv.reader(source, delimiter=delimiter)
    number = 0
    while True:
        number += 1
        source.quotes = 0
        try:
            cells = next(reader, None)
        except csv.Error:
            yield Line(number, [], _UNCLOSED)
            return
        if cells is None:
            return
        if len(cells) > MAX_COLUMNS:
            raise BadInputError(f"列が多すぎます({len(cells)}列)。{MAX_COLUMNS}列までです。")
        if number > MAX_ROWS:
            raise BadInputError(f"行が多すぎます。{MAX_ROWS}行までです。分けて入れてください。")
        yield Line(number, cells, _UNCLOSED if source.quotes % 2 and source.ended else "")


_UNCLOSED: Final = '引用符(")が閉じていません。ファイルが途中で切れていないか確かめて、閉じる引用符を入れてください。'


class _Lines:
    """The lines of a text, none longer than MAX_LINE; counts the quotes it has given out."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.quotes = 0
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_LINE + 1)
        if not line:
            self.ended = True
            raise StopIteration
        if len(line) > MAX_LINE:
            raise BadInputError("1行が長すぎます。表のファイルか、引用符が閉じているかを確かめてください。")
        self.quotes += line.count('"')
        return line


def _outside_quotes(text: str, sign: str) -> int:
    return sum(part.count(sign) for part in text.split('"')[::2])
