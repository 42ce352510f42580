"""Columns of open data by name: the alias tables. Never by position.

A header is folded before it is looked up: NFKC, no spaces or punctuation, every dash and long-vowel mark the same
sign (焼津市 writes コ―ド with U+2015), 標記 read as 表記 (石川県, 熊本県), 【必須】 and the like left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from content.formats.column_words import OURS, TABLES, Column

_DASHES: Final = re.compile("[-‐‑‒–—―−ーｰ─━~〜]")
_LEFT_OUT: Final = re.compile(
    r"【[^】]*】|\((?:必須|任意|推奨|required|optional)\)|[\s_()\[\]{}「」『』/・、,.:;#*◎○●＊'\"’”]"
)


@lru_cache(maxsize=4096)
def fold(header: str) -> str:
    """A header as it is compared."""
    plain = unicodedata.normalize("NFKC", header.strip().strip("\ufeff"))
    plain = _LEFT_OUT.sub("", plain)
    return _DASHES.sub("ー", plain).replace("標記", "表記").casefold()


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of one file: where each field stands, and what stands where no field is known."""

    fields: Mapping[str, int]
    written: Mapping[str, str]  # field -> the header as the file writes it
    others: Mapping[int, str]  # cell -> its header, for what has no field
    width: int
    ours: tuple[str, ...] = ()  # the columns that only our own files have
    above: str = ""  # what stands above the header: a table's name, often with its day


def recognise(kind: str, cells: Sequence[str]) -> Header:
    """The header of a file of this kind. Of two columns for one field the one that is named more exactly counts."""
    known = _aliases(kind)
    fields: dict[str, int] = {}
    rank: dict[str, int] = {}
    for at, cell in enumerate(cells):
        if cell.strip().startswith(OURS):
            fields.setdefault(cell.strip(), at)
            continue
        found = known.get(fold(cell)) if cell.strip() else None
        if found and (found[0] not in fields or found[1] < rank[found[0]]):
            fields[found[0]], rank[found[0]] = at, found[1]
    taken = set(fields.values())
    others = {
        at: cell.strip()
        for at, cell in enumerate(cells)
        if cell.strip() and at not in taken and not _says_whose(known, cell)
    }
    width = _width(cells)
    others |= {at: f"({at + 1}列目)" for at in range(width) if not cells[at].strip()}  # under no name, but kept
    ours = tuple(name for name in fields if name.startswith(OURS))
    return Header(fields, {name: cells[at].strip() for name, at in fields.items()}, others, width, ours)


def _width(cells: Sequence[str]) -> int:
    return max((at + 1 for at, cell in enumerate(cells) if cell.strip()), default=0)


def two_lines(kind: str, upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Two lines of a header as one; nothing where the lower names no column that the upper leaves blank.

    A cell merged over several columns is kept in its first: what stands left of a blank cell counts for it too.
    """
    known = _aliases(kind)
    found, over, filled = [], "", 0
    for at in range(max(len(upper), len(lower))):
        above = upper[at].strip() if at < len(upper) else ""
        below = lower[at].strip() if at < len(lower) else ""
        over = above or over
        if not below:
            found.append(above)
            continue
        if not above and not re.search(r"\d\d", below):
            filled += 1
        said = (f"{over}{below}", below) if not above or fold(above) not in known else (f"{above}{below}", above)
        found.append(next((name for name in said if fold(name) in known), f"{over}{below}"))
    return found if filled else []


def _says_whose(known: Mapping[str, tuple[str, int]], cell: str) -> bool:
    """Whether a second column names the municipality once more (B has it in two places)."""
    return known.get(fold(cell), ("", 0))[0] in {"code", "city", "prefecture"}


@lru_cache(maxsize=8)
def _aliases(kind: str) -> Mapping[str, tuple[str, int]]:
    """Folded header -> (field, how exactly it names it: 0 its own name, then in the order of the aliases)."""
    found: dict[str, tuple[str, int]] = {}
    for column in TABLES[kind]:
        for rank, alias in enumerate(_names(column)):
            found.setdefault(fold(alias), (column.field, rank))
    return found


def _names(column: Column) -> Iterable[str]:
    yield column.name
    if column.standard:
        yield column.standard
    yield from column.aliases


@lru_cache(maxsize=8)
def names(kind: str) -> Mapping[str, str]:
    """Field -> the name under which an entry keeps it."""
    return {column.field: column.name for column in TABLES[kind]}


def family(kind: str, header: Header) -> str:
    """Which of the known families of tables a header belongs to, in words."""
    written = {fold(name) for name in (*header.written.values(), *header.others.values())}

    def has(*wanted: str) -> bool:
        return all(fold(name) in written for name in wanted)

    if has("全国地方公共団体コード") or has("所在地_連結表記"):
        return "B 自治体標準オープンデータセット"
    if kind == "activities" and (has("集合場所", "名称") or has("日時備考", "名称")):
        return "C ベース・レジストリ"
    if kind == "activities" and (
        has("eventName") or has("イベント種類", "開催パターン") or has("料金有無", "主催団体")
    ):
        return "D GIFコアデータモデル"
    if has("#property"):
        return "E 独自(英語の見出し)"
    if has("都道府県コード又は市区町村コード") or (kind == "shelters" and has("災害種別_洪水", "市区町村コード")):
        return "A 推奨データセット"
    return "E 独自"
