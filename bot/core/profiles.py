"""A district's profile (地区カルテ) from population tables: people, households, ages, trend, beside the city. Pure.

Every number is a sum of what the tables say; a share is given only where every part of it is known.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from content.formats.column_words import AGES
from content.packs_model import District, Entry

OLD_FROM: Final = AGES.index("65-69歳")
VERY_OLD_FROM: Final = AGES.index("75-79歳")
WORKING_FROM: Final = AGES.index("15-19歳")
_WHOLE: Final = ("", "総数", "合計", "計", "全市", "市全体", "市計", "全域", "総計")
_TOTAL, _MEN, _WOMEN, _HOUSEHOLDS, _DAY, _AREA = "総人口", "男性", "女性", "世帯数", "調査年月日", "地域名"


@dataclass(frozen=True)
class Count:
    """The people of one area on one day; `men` and `women` by AGES, None where the table does not say."""

    day: date
    total: int
    households: int | None
    men: tuple[int, ...] | None
    women: tuple[int, ...] | None
    sexes: tuple[int, int] | None  # men and women altogether

    def aged(self, first: int, end: int | None = None) -> int | None:
        """People of the age bands from `first` to before `end`."""
        if self.men is None or self.women is None:
            return None
        return sum(self.men[first:end]) + sum(self.women[first:end])

    def share(self, first: int, end: int | None = None) -> float | None:
        """Their share of those whose age is known, 0 to 1."""
        part, whole = self.aged(first, end), self.aged(0)
        return part / whole if part is not None and whole else None

    @property
    def per_household(self) -> float | None:
        """People a household."""
        return self.total / self.households if self.households else None


@dataclass(frozen=True)
class Profile:
    """An area's counts, the newest first, with the table's source."""

    counts: tuple[Count, ...]
    source: str

    @property
    def now(self) -> Count:
        """The newest count."""
        return self.counts[0]

    @property
    def change(self) -> tuple[Count, int] | None:
        """The oldest count and by how many people the newest differs; None with one count only."""
        return (self.counts[-1], self.now.total - self.counts[-1].total) if len(self.counts) > 1 else None


def of_district(district: District, entries: Iterable[Entry]) -> Profile | None:
    """The profile of a district: its own row where the table has one, else the sum of its towns."""
    rows = [entry for entry in entries if _total(entry) is not None and district.id in entry.districts]
    own = {district.name, f"{district.name}地区", f"{district.name}地域", *district.aliases}
    return _profile(rows, own, one_area=True)


def of_city(names: Iterable[str], entries: Sequence[Entry], districts: Collection[str] = ()) -> Profile | None:
    """The profile of the city: its own row of a day, else the sum of that day's rows.

    With `districts` (all there are) only where that day's rows have every one of them: a part is not the city. Rows on
    some of its people only (富士市(外国人住民)) are no part of a sum.
    """
    own = {*_WHOLE, *names}
    rows = [entry for entry in entries if _total(entry) is not None and not _of_some(entry, own)]
    return _profile(rows, own, one_area=False, all_of=frozenset(districts))


def _named(entry: Entry) -> str:
    return str(entry.extra.get(_AREA, "")).strip()


def _of_some(entry: Entry, own: Collection[str]) -> bool:
    area = unicodedata.normalize("NFKC", str(entry.extra.get(_AREA, ""))).strip()
    return area not in own and any(area.startswith(f"{name}(") for name in own if name)


def _profile(
    rows: Sequence[Entry], own: set[str], *, one_area: bool, all_of: frozenset[str] = frozenset()
) -> Profile | None:
    by_day: dict[date, list[Entry]] = {}
    for entry in rows:
        if (day := _day(entry)) is not None:
            by_day.setdefault(day, []).append(entry)
    counts = []
    for day, found in sorted(by_day.items(), reverse=True):
        whole = [
            entry for entry in found if _named(entry) in own and (one_area or _named(entry) or not entry.districts)
        ]
        # A row that names several districts at once is the sum of none of them.
        parts = whole[:1] or [entry for entry in found if not one_area or len(entry.districts) == 1]
        if parts and (whole or all_of <= {key for entry in parts for key in entry.districts}):
            counts.append(_sum(day, parts))
    if not counts:
        return None
    return Profile(tuple(counts), next(entry.source.title for entry in by_day[counts[0].day]))


def _sum(day: date, rows: Sequence[Entry]) -> Count:
    men, women = ([_ages(row, sex) for row in rows] for sex in ("男性", "女性"))
    sexes = [(_number(row, _MEN), _number(row, _WOMEN)) for row in rows]
    households = [_number(row, _HOUSEHOLDS) for row in rows]
    known = None not in men and None not in women
    return Count(
        day,
        sum(_total(row) or 0 for row in rows),
        None if None in households else sum(one or 0 for one in households),
        _added(men) if known else None,
        _added(women) if known else None,
        None if any(None in pair for pair in sexes) else (sum(m or 0 for m, _ in sexes), sum(w or 0 for _, w in sexes)),
    )


def _added(ages: Sequence[tuple[int, ...] | None]) -> tuple[int, ...]:
    return tuple(sum(band) for band in zip(*(one for one in ages if one is not None), strict=True))


def _ages(entry: Entry, sex: str) -> tuple[int, ...] | None:
    found = [_number(entry, f"{age}の{sex}") for age in AGES]
    return None if None in found else tuple(one or 0 for one in found)


def _total(entry: Entry) -> int | None:
    return _number(entry, _TOTAL) if entry.kind == "population" else None


def _day(entry: Entry) -> date | None:
    try:
        return date.fromisoformat(str(entry.extra.get(_DAY, "")))
    except ValueError:
        return None


def _number(entry: Entry, column: str) -> int | None:
    text = str(_extra(entry).get(column, "")).strip().replace(",", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _extra(entry: Entry) -> Mapping[str, object]:
    return entry.extra
