"""Districts (地区) out of a CSV, an Excel sheet or typed lines: row by row, each taken or refused with its mend. Pure.

With a header the columns may stand in any order; without one they are the name, its reading, the council, the centre.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.errors import BadInputError
from content.formats import excel_in, opening, tables
from content.formats.opening import Line
from content.formats.rows_in import Note
from content.packs_model import District
from content.romaji import latin

MAX_BYTES: Final = 256 * 1024
EXAMPLE: Final = "例の地区(この行は消す)"
MAX_DISTRICTS: Final = 300
MAX_NAME, MAX_KANA, MAX_TEXT, MAX_KEY = 20, 60, 120, 40
COLUMNS: Final = {
    "name": ("地区名", "名前", "地区", "name"),
    "kana": ("よみ", "読み", "ふりがな", "フリガナ", "かな", "カナ", "kana"),
    "council": ("協議会", "協議会名", "まちづくり協議会", "地域づくり協議会", "council"),
    "centre": ("センター", "センター名", "公民館", "まちづくりセンター", "centre"),
    "address": ("センターの住所", "住所", "所在地", "address"),
    "aliases": ("ほかの呼び名", "別名", "呼び名", "aliases"),
    "schools": ("小学校", "小学校区", "schools"),
    "key": ("ID", "id", "key"),
}
HEADER: Final = tuple(names[0] for names in COLUMNS.values())
BARE: Final = ("name", "kana", "council", "centre", "address")
_KANA: Final = re.compile(r"[ぁ-ゖー・ ]+")
_KEY: Final = re.compile(r"[a-z][a-z0-9-]*")
_LISTED: Final = re.compile(r"[;；、・/]+")
_TYPED: Final = re.compile(r"[、，\t　]+")


@dataclass(frozen=True, slots=True)
class Known:
    """A district that is there already."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class DistrictRow:
    """What became of one row: a district, or the reasons why there is none. `new`: it is not there yet."""

    line: int  # as a spreadsheet numbers it
    name: str
    district: District | None
    notes: tuple[Note, ...] = ()
    new: bool = True


def template(example: tuple[str, ...] = ()) -> bytes:
    """An empty table to be filled in, with a BOM so that Excel shows its letters; `example` is its one row."""
    return tables.to_csv(HEADER, [example] if example else [])


def text_of(body: bytes) -> str:
    """A file as the text of a CSV, so that it can be mended in a page. Raises BadInputError."""
    opening.check_size(len(body), MAX_BYTES)
    stream = io.BytesIO(body)
    head = opening.head_of(stream)
    if opening.is_excel(head):
        sheets = excel_in.sheets(stream)  # the book closes with it
        return _csv(line.cells for line in next(sheets))
    opening.refuse_other_files(head)
    return body.decode(opening.encoding_of(stream)).removeprefix("\ufeff")


def read(text: str, known: Iterable[Known], words: Mapping[str, str]) -> list[DistrictRow]:
    """Every row that is not empty. `words`: the city's for council and centre. Raises BadInputError for no table."""
    lines = list(_lines(text))
    if not lines:
        raise BadInputError("地区が1つもありません。1行に1つ、「地区名、よみ」の順に書いてください。")
    if len(lines) > MAX_DISTRICTS + 1:
        raise BadInputError(f"行が多すぎます({len(lines)}行)。地区は{MAX_DISTRICTS}までです。")
    fields, rows = _header(lines)
    if not rows:
        raise BadInputError("見出しの行しかありません。その下に、1行に1つずつ地区を書いてください。")
    reader = _Reader(fields, {one.name: one.key for one in known}, words)
    return [reader.row(line) for line in rows]


def _lines(text: str) -> Iterator[Line]:
    plain = "\n".join(_TYPED.sub(",", line) if "," not in line else line for line in text.splitlines())
    if not plain.strip():
        return
    for line in opening.lines_of_csv(io.BytesIO(plain.encode())):
        if line.wrong or any(cell.strip() for cell in line.cells):
            yield line


def _header(lines: list[Line]) -> tuple[dict[str, int], list[Line]]:
    cells = [unicodedata.normalize("NFKC", cell).strip() for cell in lines[0].cells]
    named = {unicodedata.normalize("NFKC", name): field for field, names in COLUMNS.items() for name in names}
    found = {named[cell]: at for at, cell in reversed(list(enumerate(cells))) if cell in named}
    if "name" not in found:
        if len(found) > 1:
            raise BadInputError(
                f"「地区名」の列がありません。1行目を、見本のとおり({'、'.join(HEADER[:4])}…)にしてください。"
            )
        return dict(zip(BARE, range(len(BARE)), strict=True)), lines
    return found, lines[1:]


class _Reader:
    """Reads rows one after another: names and keys are each used once."""

    def __init__(self, fields: Mapping[str, int], known: Mapping[str, str], words: Mapping[str, str]) -> None:
        self._fields, self._known, self._words = fields, known, words
        self._lines: dict[str, int] = {}
        self._keys = {key: name for name, key in known.items()}

    def row(self, line: Line) -> DistrictRow:
        cell = {field: line.cells[at].strip() for field, at in self._fields.items() if at < len(line.cells)}
        name = unicodedata.normalize("NFKC", cell.get("name", ""))
        kana = _hiragana(cell.get("kana", ""))
        notes = [Note("", line.wrong)] if line.wrong else [*self._name(name), *_kana(kana)]
        notes += [
            Note(COLUMNS[field][0], f"{MAX_TEXT}文字までです(いま{len(cell[field])}文字)。短くしてください。")
            for field in ("council", "centre", "address")
            if len(cell.get(field, "")) > MAX_TEXT
        ]
        key = "" if notes else self._key(name, kana, cell.get("key", ""), notes)
        if notes:
            return DistrictRow(line.number, name or "(名前なし)", None, tuple(notes))
        self._lines[name], self._keys[key] = line.number, name
        return DistrictRow(line.number, name, self._district(key, name, kana, cell), (), name not in self._known)

    def _district(self, key: str, name: str, kana: str, cell: Mapping[str, str]) -> District:
        council, centre = self._words.get("council", "まちづくり協議会"), self._words.get("centre", "センター")
        return District(
            id=key, name=name, kana=kana, council=cell.get("council") or f"{name}地区{council}",
            centre=cell.get("centre") or f"{name}{centre}", address=cell.get("address", ""),
            aliases=_listed(cell.get("aliases", "")), schools=_listed(cell.get("schools", "")),
            neighbourhood_word=self._words.get("association", "町内会"),
        )  # fmt: skip

    def _name(self, name: str) -> Iterator[Note]:
        if not name:
            yield Note("地区名", "地区名がありません。地区の名前を入れてください。")
        elif len(name) > MAX_NAME:
            yield Note("地区名", f"{MAX_NAME}文字までです(いま{len(name)}文字)。「地区」などを省いてください。")
        elif name == EXAMPLE:
            yield Note("地区名", "見本の行なので、入れません。このままでかまいません。")
        elif name in self._lines:
            yield Note("地区名", f"{self._lines[name]}行目と同じ名前です。どちらかを消すか、名前を分けてください。")

    def _key(self, name: str, kana: str, said: str, notes: list[Note]) -> str:
        """The word in addresses: the row's, that of the district already there, else the reading in Latin letters."""
        if name in self._known:
            return self._known[name]
        if said and not (_KEY.fullmatch(said) and len(said) <= MAX_KEY):
            notes.append(
                Note("ID", "半角の英小文字で始め、英小文字・数字・-で書いてください。空のままでもかまいません。")
            )
            return ""
        if said and said in self._keys:
            notes.append(Note("ID", f"「{self._keys[said]}」と同じIDです。別のIDにするか、空にしてください。"))
            return ""
        base = said or re.sub(r"[^a-z0-9]", "", latin(kana).lower())[: MAX_KEY - 4] or "district"
        key, number = base, 1
        while key in self._keys:
            number += 1
            key = f"{base}-{number}"
        return key


def _kana(kana: str) -> Iterator[Note]:
    if not kana:
        yield Note("よみ", "よみがありません。ひらがなで入れてください(例: いまいずみ)。")
    elif len(kana) > MAX_KANA:
        yield Note("よみ", f"{MAX_KANA}文字までです。")
    elif not _KANA.fullmatch(kana):
        yield Note("よみ", f"「{kana[:20]}」に、ひらがなでない文字があります。ひらがなだけで入れてください。")


def _hiragana(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip()
    return "".join(chr(ord(one) - 0x60) if "ァ" <= one <= "ヶ" else one for one in plain)


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _LISTED.split(cell) if part.strip())


def _csv(rows: Iterable[Iterable[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue()
