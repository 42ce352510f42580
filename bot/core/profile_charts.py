"""Pictures of a district's profile (地区カルテ): ages beside the city's, people over the years. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.core import charts
from bot.core.charts import Pair
from bot.core.profiles import Count, Profile
from content.formats.column_words import AGES

# Children, then the bands that polls ask for (bot.core.age_bands).
BANDS: Final = (
    ("14歳まで", "0-4歳"), ("15歳から29歳", "15-19歳"), ("30歳から49歳", "30-34歳"), ("50歳から64歳", "50-54歳"),
    ("65歳から74歳", "65-69歳"), ("75歳から", "75-79歳"),
)  # fmt: skip
APART: Final = 0.02  # a share that differs by two points or more is named


@dataclass(frozen=True)
class Band:
    """One age band: people and share of the district, and the city's share (None: not known)."""

    name: str
    people: int
    share: float
    of_city: float | None


@dataclass(frozen=True)
class Picture:
    """A chart, what it says in a sentence, and the rows of its table."""

    svg: str
    finding: str


def bands(mine: Count, whole: Count | None) -> tuple[Band, ...]:
    """The district's people by band, beside the city; () where the table has no ages."""
    starts = [AGES.index(first) for _, first in BANDS]
    found = []
    for (name, _), start, end in zip(BANDS, starts, [*starts[1:], None], strict=True):
        people, share = mine.aged(start, end), mine.share(start, end)
        if people is None or share is None:
            return ()
        found.append(Band(name, people, share, whole.share(start, end) if whole else None))
    return tuple(found)


def ages(found: tuple[Band, ...], district: str, city: str) -> Picture | None:
    """Shares as bars, the city's as an outline under each; None without ages."""
    if not found:
        return None
    rows = [Pair(one.name, one.share, one.of_city, _shares(one, city)) for one in found]
    apart = [one for one in found if one.of_city is not None and abs(one.share - one.of_city) >= APART]
    told = [f"{one.name}は{one.share:.1%}で、{city}({one.of_city:.1%})より{_word(one)}です。" for one in apart]
    compared = any(one.of_city is not None for one in found)
    largest = max(found, key=lambda one: one.share)
    finding = "".join(told) or (
        f"年齢の分かれ方は、{city}とほとんど同じです。"
        if compared
        else f"いちばん多いのは{largest.name}({largest.share:.1%})です。"
    )
    said = "、".join(f"{one.name} {one.people:,}人({_shares(one, city)})" for one in found)
    return Picture(charts.pairs(f"{district}の年齢の割合", f"{finding}{said}。", rows), finding)


def people(profile: Profile, district: str) -> Picture | None:
    """The number of people over the years; None with one count only."""
    if profile.change is None:
        return None
    counts = profile.counts[::-1]
    then, by = profile.change
    word = "増えました" if by > 0 else "減りました"
    rate = f"({by / then.total:+.1%})" if then.total else ""
    first, last = (_month(one.day) for one in (then, profile.now))
    finding = f"{first}から{last}までに、{abs(by):,}人{word}{rate}。" if by else f"{first}と{last}で、人数は同じです。"
    said = "、".join(f"{_month(one.day)} {one.total:,}人" for one in counts)
    drawn = charts.trend(
        f"{district}の人口の移り変わり",
        f"{finding}{said}。",
        [(f"{one.day.year}年", one.total) for one in counts],
        "人",
    )
    return Picture(drawn, finding)


def _word(one: Band) -> str:
    return "多い" if one.share > (one.of_city or 0.0) else "少ない"


def _shares(one: Band, city: str) -> str:
    return f"{one.share:.1%}" if one.of_city is None else f"{one.share:.1%}({city} {one.of_city:.1%})"


def _month(day: date) -> str:
    return f"{day.year}年{day.month}月"
