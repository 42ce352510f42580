"""An Excel workbook (.xlsx) -> rows of text. Nothing in it is run: formulas count with the value that was saved.

A workbook is a zip of XML: its sizes are added up before anything is unpacked, and a document type (the way to XML
bombs) is refused before any parser sees it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any, BinaryIO, Final

from bot.errors import BadInputError
from content.formats.opening import MAX_COLUMNS, MAX_ROWS, Line

MAX_UNPACKED: Final = 300 * 1024 * 1024
MAX_PARTS: Final = 2000
MAX_BLANK: Final = 2000  # rows without a cell, one after another: the sheet has ended
_BROKEN: Final = "Excelのファイルが壊れているか、途中で切れています。もう一度保存して入れてください。"


def sheets(stream: BinaryIO) -> Iterator[Iterator[Line]]:
    """Each sheet's rows, in the workbook's order. Raises BadInputError."""
    _check_parts(stream)
    from openpyxl import load_workbook

    stream.seek(0)
    try:
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises what its parsers raise
        raise BadInputError(_BROKEN) from error
    try:
        for sheet in book.worksheets:
            yield _rows(sheet)
    finally:
        book.close()


def _check_parts(stream: BinaryIO) -> None:
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise BadInputError("ほどくと大きくなりすぎます。必要な表だけを新しいファイルに写してください。")
            if not any(part.filename.startswith("xl/") for part in parts):
                raise BadInputError("Excel(.xlsx)ではない圧縮ファイルです。ほどいて、中のCSVかExcelを入れてください。")
            if any(part.flag_bits & 1 for part in parts):
                raise BadInputError("パスワードのついたファイルです。パスワードを外して入れてください。")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as content:
                        _refuse_doctype(content.read(4096))
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, zipfile.LargeZipFile) as error:
        raise BadInputError(_BROKEN) from error


def _refuse_doctype(head: bytes) -> None:
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head or b"<\0!\0D\0" in head:
        raise BadInputError("ふつうのExcelにはない宣言(DOCTYPE)が入っています。このファイルは読みません。")


def _rows(sheet: Any) -> Iterator[Line]:
    sheet.reset_dimensions()  # what a file says of its size may be wrong
    rows = enumerate(sheet.iter_rows(values_only=True), 1)
    blank = 0
    while blank <= MAX_BLANK:
        try:
            number, cells = next(rows)
        except StopIteration:
            return
        except Exception as error:  # openpyxl raises what its parsers raise
            raise BadInputError(_BROKEN) from error
        if len(cells) > MAX_COLUMNS and any(cell is not None for cell in cells[MAX_COLUMNS:]):
            raise BadInputError(f"列が多すぎます({len(cells)}列)。{MAX_COLUMNS}列までです。")
        if number > MAX_ROWS:
            raise BadInputError(f"行が多すぎます。{MAX_ROWS}行までです。分けて入れてください。")
        texts = [text_of(cell) for cell in cells[:MAX_COLUMNS]]
        blank = 0 if any(texts) else blank + 1
        yield Line(number, texts)


def text_of(cell: object) -> str:
    """A cell as a person would type it."""
    if cell is None or isinstance(cell, bool):
        return "1" if cell else "" if cell is None else "0"
    if isinstance(cell, datetime):
        midnight = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return f"{cell:%Y-%m-%d}" if midnight else f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)  # a date is written 2026-12-06
