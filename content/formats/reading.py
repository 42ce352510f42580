"""A file of one kind -> rows read, each taken, taken with warnings, or refused. A stream: one row at a time.

found = open_file("activities", stream, city)      # raises BadInputError for a file that is none of this kind
for row in found.rows: ...                          # RowRead
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from bot.errors import BadInputError
from content.formats import (
    activities_in,
    calendar_in,
    excel_in,
    facilities_in,
    geojson_in,
    news_in,
    opening,
    population_in,
    shelters_in,
)
from content.formats.column_words import TABLES
from content.formats.open_columns import Header, family, names, recognise, two_lines
from content.formats.opening import Line
from content.formats.rows_in import City, Ident, Note, Row, RowRead
from content.packs_model import Entry

KINDS: Final = ("activities", "facilities", "shelters", "population", "calendar", "news")
KIND_NAMES: Final = {
    "activities": "行事・イベント一覧", "facilities": "公共施設一覧", "shelters": "避難場所・避難所一覧",
    "population": "地域・年齢別人口", "calendar": "カレンダー(iCalendar)",
}  # fmt: skip
_LOOKED_AT: Final = 40  # rows within which the header must stand
MAX_ABOVE: Final = 500  # characters of what stands above the header
_NEEDED: Final = {
    "activities": ("イベント名", "開始日"), "facilities": ("名称", "住所"), "shelters": ("名称", "住所"),
    "population": ("地域名", "総人口"),
}  # fmt: skip
_READERS: Final[dict[str, Callable[[Row, City], tuple[Entry, Ident] | None]]] = {
    "activities": activities_in.read, "facilities": facilities_in.read, "shelters": shelters_in.read,
    "population": population_in.read,
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A file of a known form, and its rows as they are read."""

    form: str
    rows: Iterator[RowRead]


def open_file(kind: str, stream: BinaryIO, city: City) -> Found:
    """The rows of a file. Raises BadInputError, also from the rows' iterator (broken, too many columns)."""
    if kind not in KINDS:
        raise BadInputError(f"種類は {'、'.join(KINDS)} のどれかです。")
    opening.check_size(opening.size_of(stream))
    head = opening.head_of(stream)
    if kind == "calendar":
        return Found("iCalendar", calendar_in.rows(stream, city))
    if kind == "news":
        return Found(*news_in.rows(stream, city))
    if opening.is_excel(head):
        return _from_excel(kind, stream, city)
    opening.refuse_other_files(head)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:20]
    if start.startswith(b"BEGIN:VCALENDAR"):
        raise BadInputError("カレンダー(.ics)のファイルです。種類を「カレンダー」にしてください。")
    if start.startswith((b"{", b"[")):
        if kind in {"shelters", "facilities"}:
            points = geojson_in.lines(kind, stream)
            return Found("GeoJSON", _read(kind, recognise(kind, next(points).cells), points, city, geojson=True))
        raise BadInputError("JSONのファイルです。CSVかExcelを入れてください。")
    if start.startswith(b"<?xml"):
        raise BadInputError("XMLのファイルです。CSVかExcelを入れてください。")
    lines = opening.lines_of_csv(stream)
    header, form, rest = _header(kind, lines)
    return Found(form, _read(kind, header, rest, city))


def _from_excel(kind: str, stream: BinaryIO, city: City) -> Found:
    problem: BadInputError | None = None
    for lines in excel_in.sheets(stream):
        try:
            header, form, rest = _header(kind, lines)
        except BadInputError as error:
            problem = problem or error
            continue
        return Found(f"{form} (Excel)", _read(kind, header, rest, city))
    raise problem or BadInputError("シートがありません。")


def _header(kind: str, lines: Iterator[Line]) -> tuple[Header, str, Iterator[Line]]:
    """The line that names the columns, of the first few: the one with most names that we know.

    Two lines are one where together they name more: 開催 over 日 and 時間, 0-4歳 over 男性 and 女性 (merged cells).
    """
    ahead = list(itertools.islice(lines, _LOOKED_AT))
    best, most = None, 0
    for at, one in enumerate(ahead):
        if (known := _known(kind, one.cells)) > most:
            best, most = at, known
    line: Line | None = ahead[best] if best is not None else None
    for at in range(1, len(ahead)):
        cells = two_lines(kind, ahead[at - 1].cells, ahead[at].cells)
        if cells and (known := _known(kind, cells)) > most:
            best, most, line = at, known, replace(ahead[at], cells=cells)
    if best is None or line is None or (most < 2 and len([c for c in line.cells if c.strip()]) > 1):
        wanted = "」「".join(_NEEDED[kind])
        raise BadInputError(f"見出しの行が見つかりません。「{wanted}」のような列の名前を、はじめの行に書いてください。")
    above = " ".join(cell for before in ahead[:best] for cell in before.cells if cell.strip())
    header = replace(recognise(kind, line.cells), above=above[:MAX_ABOVE])
    return header, family(kind, header), itertools.chain(ahead[best + 1 :], lines)


def _known(kind: str, cells: Sequence[str]) -> int:
    """How many fields a line names; none without one of those that every table of its kind has."""
    fields = recognise(kind, cells).fields
    return len(fields) if fields.keys() & {"title", "region", "total"} else 0


def _read(kind: str, header: Header, lines: Iterator[Line], city: City, *, geojson: bool = False) -> Iterator[RowRead]:
    number = 0
    for line in lines:
        if not line.wrong and not any(cell and not cell.isspace() for cell in line.cells):
            continue
        if not geojson and line.cells and line.cells[0].lstrip().startswith("#"):
            continue  # what a table says of its columns: #object_type_x
        number += 1
        yield _one(kind, header, number, line, city)


def _one(kind: str, header: Header, number: int, line: Line, city: City) -> RowRead:
    if line.wrong:
        return RowRead(number, line.number, None, None, (Note("", line.wrong),))
    more = sum(1 for cell in line.cells[header.width :] if cell.strip())
    if more:
        why = f'見出しより値が{more}つ多いです。コンマの入った値を引用符(")で囲んでください'
        return RowRead(number, line.number, None, None, (Note("", why),))
    row = Row(kind, header, line.cells)
    _warn_of_odd_signs(row)
    made = _READERS[kind](row, city)
    if made is None or row.refused:
        return RowRead(number, line.number, None, None, tuple(row.refused) or (_UNREADABLE,), tuple(row.warnings))
    entry, ident = made
    return RowRead(number, line.number, entry, ident, (), tuple(dict.fromkeys(row.warnings)))


_UNREADABLE: Final = Note("", "この行は読めません。値を確かめてください")


def _warn_of_odd_signs(row: Row) -> None:
    if any("\ufffd" in cell for cell in row.cells):
        row.warnings.append(Note("", "読めない文字が「�」になっています。文字の種類(UTF-8)を確かめてください"))


def kind_of(stream: BinaryIO) -> str | None:
    """Which kind a file most likely is, by its first lines; None when nothing fits. Raises BadInputError."""
    head = opening.head_of(stream)
    if b"BEGIN:VCALENDAR" in head[:200]:
        return "calendar"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return "shelters"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        return "news"
    tables = excel_in.sheets(stream) if opening.is_excel(head) else iter([opening.lines_of_csv(stream)])
    try:  # the workbook is open as long as `tables` is: each sheet is looked at in its turn
        ahead = [line for lines in tables for line in itertools.islice(lines, _LOOKED_AT)]
    finally:
        stream.seek(0)
    scores = {kind: max((_score(kind, line.cells) for line in ahead), default=0) for kind in TABLES}
    best = max(scores, key=lambda kind: scores[kind])
    return best if scores[best] >= 2 else None


def _score(kind: str, cells: list[str]) -> float:
    """How many columns a kind knows; what only that kind has counts more."""
    fields = recognise(kind, cells).fields
    telling = {
        "activities": {"starts_on", "organiser", "fee", "place", "apply_by"},
        "facilities": {"hours_note", "days", "access_free", "poi", "corporate", "phone"},
        "shelters": {"flood", "earthquake", "tsunami", "landslide", "also_evacuation", "also_emergency", "capacity"},
        "population": {"total", "male", "female", "households", "survey_date"},
    }[kind]
    if not fields.keys() & {"title", "region", "total"}:
        return 0
    return len(fields.keys() & names(kind).keys()) * 0.5 + 2 * len(fields.keys() & telling)
