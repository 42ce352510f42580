"""Tables as files: CSV that Excel in Japan opens rightly, and Excel itself. Pure: rows in, bytes out.

A cell that a spreadsheet would run as a formula is written as text (OWASP: CSV injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Literal

Cell = str | int | float | None
Encoding = Literal["utf-8", "cp932"]
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(cell: Cell) -> Cell:
    """The cell with an apostrophe in front where a spreadsheet would take text for a formula; numbers stay."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUN) else cell


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]], encoding: Encoding = "utf-8") -> bytes:
    """CSV with CRLF; UTF-8 with a BOM, or cp932 with 〓 for what it cannot write."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    text = out.getvalue()
    if encoding == "utf-8":
        return text.encode("utf-8-sig")
    return b"".join(_cp932(letter) for letter in text)


def _cp932(letter: str) -> bytes:
    try:
        return letter.encode("cp932")
    except UnicodeEncodeError:
        return "〓".encode("cp932")  # the geta mark, which printers of Japan set for a letter they lack


def to_excel(sheet: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """An .xlsx workbook with one sheet; the header stays in view."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    page = book.create_sheet(_sheet_name(sheet))
    page.freeze_panes = "A2"

    def cell(value: Cell, *, bold: bool = False) -> object:
        made = WriteOnlyCell(page)
        if isinstance(value, str):
            made.value = ILLEGAL_CHARACTERS_RE.sub("", value)
            made.data_type = "s"  # text, whatever it begins with
        else:
            made.value = value
        if bold:
            made.font = Font(bold=True)
        return made

    page.append([cell(name, bold=True) for name in header])
    for row in rows:
        page.append([cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet_name(name: str) -> str:
    """Excel allows 31 characters, without brackets, colons, stars, question marks and slashes."""
    return "".join(letter for letter in name if letter not in "[]:*?/\\")[:31] or "Sheet"
