"""What readers of all kinds of rows share: one row with its notes, ids, coordinates, counts, and what it comes to."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

from content.formats.clocks_in import NOTHING, plain
from content.formats.open_columns import Header, fold, names
from content.packs_model import Entry, Source

PUBLISHER_CODE: Final = "公開元コード"
PUBLISHER: Final = "公開元"
PREFECTURE: Final = "公開元の都道府県"
JAPAN: Final = (20.0, 46.5, 122.0, 154.5)  # south, north, west, east: 沖ノ鳥島, 択捉島, 与那国島, 南鳥島
_ESCAPED: Final = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_UNIT: Final = re.compile(r"(?P<number>\d{1,3}(?:,\d{3})+|\d+)\s*(?P<unit>名|人|組|台|チーム|家族|世帯|席)?")
_ABOUT: Final = re.compile(r"先着|申込|当日|定員|各回|程度|約|順|募集|抽選|超|限定|ほど|まで|様|以内|[\s、,・()]")
_DEGREES: Final = re.compile(
    r"(?P<d>\d{1,3})\s*[°度]\s*(?P<m>\d{1,2})\s*['′分]\s*(?:(?P<s>\d{1,2}(?:\.\d+)?)\s*(?:[\"″秒]|'')?)?"
)
_POWER: Final = re.compile(r"[\d.]+[eE]\+?\d+")
OWN_KEY: Final = re.compile(r"[a-z]-[0-9a-f]{16}(?:-\d+)?")  # an id that `key_of` made
_WKT: Final = re.compile(r"POINT\s*\(\s*(?P<lon>-?[\d.]+)\s+(?P<lat>-?[\d.]+)\s*\)", re.IGNORECASE)
SUMS: Final = frozenset({"合計", "計", "小計", "総計", "総合計"})
MAX_TITLE: Final = 200
MAX_EXTRA: Final = 2000
MAX_BODY: Final = 4000
YES: Final = frozenset(
    [
        "1",
        "○",
        "〇",
        "◯",
        "●",
        "◎",
        "o",
        "yes",
        "true",
        "はい",
        "有",
        "あり",
        "可",
        "該当",
        "対応",
        "レ",
        "✓",
        "✔",
        "x印",
    ]
)
NO: Final = frozenset(
    {"", "0", "×", "✕", "x", "✗", "-", "ー", "－", "―", "—", "no", "false", "無", "なし", "不可", "いいえ", "非該当"}
)


@dataclass(frozen=True, slots=True)
class Note:
    """One remark on a row: which column, and what to mend there."""

    column: str
    why: str


@dataclass(frozen=True, slots=True)
class Ident:
    """By what a row is known again: the publisher's id, and its name and day or place as hashes."""

    outside: str | None
    name: str
    where: str

    @property
    def content(self) -> str:
        return f"{self.name}{self.where}"


@dataclass(frozen=True, slots=True)
class RowRead:
    """What became of one row: an entry, or the reasons why there is none."""

    row: int  # the row of data, the first below the header being 1
    line: int  # the row of the whole sheet, as a spreadsheet numbers it
    entry: Entry | None
    ident: Ident | None
    refused: tuple[Note, ...] = ()
    warnings: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class City:
    """For whom a file is read: its own code and districts, the source's name, and the day of reading."""

    id: str
    code: str
    name: str
    source: Source
    today: date
    districts: Mapping[str, str] = field(default_factory=dict)  # name -> id


@dataclass(slots=True)
class Row:
    """One row's cells by field, with the remarks made while it is read."""

    kind: str
    header: Header
    cells: list[str]
    warnings: list[Note] = field(default_factory=list)
    refused: list[Note] = field(default_factory=list)
    _texts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        cells = self.cells
        for name, at in self.header.fields.items():
            if at < len(cells) and (cell := cells[at].strip()):
                self._texts[name] = _cleaned(cell)

    def text(self, name: str) -> str:
        """The cell, without surrounding space; a formula that was made safe is as it was before."""
        return self._texts.get(name, "")

    def value(self, name: str) -> str:
        """The cell, with nothing for what says "nothing" (-, なし)."""
        text = self.text(name)
        return "" if text in NOTHING else text

    def column(self, name: str) -> str:
        """How the file calls the field."""
        return self.header.written.get(name) or names(self.kind).get(name, name)

    def warn(self, name: str, why: str) -> None:
        self.warnings.append(Note(self.column(name), why))

    def refuse(self, name: str, why: str) -> None:
        self.refused.append(Note(self.column(name), why))

    def others(self) -> dict[str, str]:
        """The cells of columns that no field is known for, under the file's own headers."""
        found = {}
        for at, name in self.header.others.items():
            if at < len(self.cells) and (cell := self.cells[at].strip()):
                found[name[:100]] = _cleaned(cell)[:MAX_EXTRA]
        return found

    def keep(self, *fields: str) -> dict[str, str]:
        """These fields' cells under the names that an entry keeps them by."""
        known = names(self.kind)
        return {known[name]: text[:MAX_EXTRA] for name in fields if (text := self.text(name))}

    def other(self, name: str) -> str:
        """A cell by its header, of a column that no field is known for."""
        return next((self.cells[at].strip() for at, said in self.header.others.items() if said == name), "")

    def title(self) -> str:
        """The row's name on one line. Refused when there is none, or when it names the sum below a list."""
        text = re.sub(r"\s*\n\s*", " ", self.text("title")).strip()
        if not text:
            self.refuse("title", f"{self.column('title')}がありません。書いてください")
        elif re.sub(r"\s", "", text) in SUMS:
            self.refuse("title", f"「{text}」は名前ではなく、合計の行のようです。取り込みませんでした")
        if len(text) > MAX_TITLE:
            self.warn("title", f"{MAX_TITLE}文字より長いので、はじめの{MAX_TITLE}文字を見出しにしました")
        return text[:MAX_TITLE]

    def publisher(self, city: City) -> dict[str, str]:
        """Whose row it is, when it is another municipality's; said as a warning."""
        code = re.sub(r"\D", "", plain(self.text("code")))
        if not code or len(code) not in {5, 6} or code[:5] == city.code[:5]:
            return {}
        self.warn("code", f"{code}は、ほかの市町村のコードです({city.name}は{city.code})。取り込みました")
        name = self.text("city")
        prefecture = self.text("prefecture")
        found = {PUBLISHER_CODE: code, PUBLISHER: name[:100], PREFECTURE: prefecture[:20]}
        return {column: text for column, text in found.items() if text}

    def point(self) -> tuple[float | None, float | None]:
        """Latitude and longitude in Japan; swapped ones are put right, anything else is left out: both are said."""
        first, second = self.text("lat"), self.text("lon")
        if not (first or second) and (pair := self.text("place_pair")):
            wkt = _WKT.fullmatch(plain(pair))  # a point as maps write it: longitude first
            first, _, second = plain(pair).strip("()").partition(",")
            first, second = (wkt["lat"], wkt["lon"]) if wkt else (first, second)
        if not (first.strip() or second.strip()) or (first in NOTHING and second in NOTHING):
            return None, None
        lat, lon = degrees(first), degrees(second)
        field = "lat" if "lat" in self.header.fields else "place_pair"
        if lat is None or lon is None:
            self.warn(field, f"緯度経度「{first},{second}」を読めないので、位置なしで取り込みました")
        elif lat == 0 or lon == 0:
            self.warn(field, "緯度か経度が0なので、位置なしで取り込みました")
        elif in_japan(lat, lon):
            return lat, lon
        elif in_japan(lon, lat):
            self.warn(field, "緯度と経度が入れかわっていたので、入れかえて取り込みました")
            return lon, lat
        else:
            self.warn(field, f"緯度経度「{first},{second}」が日本の外なので、位置なしで取り込みました")
        return None, None

    def district(self, city: City) -> tuple[str, ...]:
        """The districts that the row names by their own names."""
        said = self.value("district")
        parts = [part.strip().removesuffix("地区") for part in re.split(r"[、,;・/\s]+", said) if part.strip()]
        return tuple(dict.fromkeys(city.districts[part] for part in parts if part in city.districts))

    def outside_id(self) -> str | None:
        """The publisher's id; None when it is missing or a spreadsheet has spoilt it (1.72E+11)."""
        text = plain(self.text("id"))
        if not text or text in NOTHING:
            return None
        if _POWER.fullmatch(text) and not text.isdigit():
            self.warn("id", f"番号が指数の形({text})で、元の番号が分かりません。名前と日や場所で見分けます")
            return None
        return text[:200]


def _cleaned(cell: str) -> str:
    if cell[0] == "'" and _ESCAPED.match(cell):
        cell = cell[1:]
    return cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell


def degrees(text: str) -> float | None:
    """Decimal degrees, or degrees, minutes and seconds (35°9'30", 35度9分30秒)."""
    words = unicodedata.normalize("NFKC", text).strip().lstrip("NEne北緯東経").rstrip("NEne").strip()
    try:
        return float(words)
    except ValueError:
        pass
    found = _DEGREES.fullmatch(words)
    if not found or int(found["m"]) >= 60:
        return None
    return round(int(found["d"]) + int(found["m"]) / 60 + float(found["s"] or 0) / 3600, 6)


def in_japan(lat: float, lon: float) -> bool:
    return JAPAN[0] <= lat <= JAPAN[1] and JAPAN[2] <= lon <= JAPAN[3]


def head_count(text: str) -> int | None:
    """20名（先着） -> 20; None when a text says more than one number, or counts something else than people."""
    words = _ABOUT.sub("", plain(text))
    found = _UNIT.fullmatch(words)
    if not found or found["unit"] not in {None, "名", "人", "席"}:
        return None
    number = int(found["number"].replace(",", ""))
    return number if 0 < number < 1_000_000 else None


def flag(text: str) -> bool | None:
    """○ and 1 are yes, × and nothing are no; None for anything else (△)."""
    words = unicodedata.normalize("NFKC", text).strip().casefold()
    if words in YES or text.strip() in YES:
        return True
    if words in NO or text.strip() in NO:
        return False
    return None


@lru_cache(maxsize=4096)
def hashed(text: str) -> str:
    """16 hex signs of a text as it is compared: folded, without spaces."""
    return hashlib.sha256(fold(text).encode()).hexdigest()[:16]


def key_of(kind: str, ident: Ident, code: str) -> str:
    """The id of a new entry: the publisher's where it can be one, else made of what the row is known by."""
    if ident.outside and re.fullmatch(r"[a-z][a-z0-9._-]{3,79}", ident.outside):
        return ident.outside
    said = f"{code}|{ident.outside}" if ident.outside else ident.content
    return f"{kind[0]}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def clipped(text: str) -> str:
    return text if len(text) <= MAX_BODY else text[: MAX_BODY - 1] + "…"
