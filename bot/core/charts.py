"""Charts as SVG text: bars with intervals, pairs of bars, columns and lines over time. Pure.

A chart is as wide as its place: widths are percents, letters and heights are real pixels, so that a telephone shows
the same letters as a desk (16 px, 14 px where room is scarce). Lines are broken for 320 px. Every chart carries its
own words (title and description); the page puts a table of the same numbers beside it. Colours are the pages' own,
by class (`handlers/look/static/charts.css`); without them all is drawn in the colour of the text, and nothing is told
by colour alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import pairwise
from typing import Final

LETTER, SMALL = 16, 14  # px
PHONE: Final = 320  # px: the narrowest place a chart stands in
LINE: Final = 22  # px from line to line
BAR: Final = 16
COLUMNS_HIGH: Final = 150
MOST_TICKS: Final = 6


@dataclass(frozen=True)
class Bar:
    """One bar: its label, share and interval (all 0 to 1; None: no interval) and the words at its end (「12人 40%」).

    `beside`: a share to compare with (the population's), drawn as an upright line; None: there is none.
    """

    label: str
    share: float
    low: float | None
    high: float | None
    value: str
    beside: float | None = None


@dataclass(frozen=True)
class Pair:
    """Two shares of one thing, ours full and theirs as an outline (0 to 1), with the words for both."""

    label: str
    ours: float
    theirs: float | None
    value: str


@dataclass(frozen=True)
class Column:
    """One stretch of time: its tick, its number (None: not shown) and the number in words."""

    tick: str
    value: float | None
    words: str = ""


def bars(title: str, description: str, rows: Sequence[Bar]) -> str:
    """Shares as horizontal bars, each with a whisker from `low` to `high` under it."""
    parts: list[str] = []
    top = 0
    for row in rows:
        words, top = _head(row.label, row.value, top)
        parts += words
        under = top + BAR + 8
        parts += [_rect(0, top, 100, BAR, "c-track"), _rect(0, top, _percent(row.share), BAR, "c-mark")]
        if row.low is not None and row.high is not None:
            low, high = _percent(row.low), _percent(row.high)
            parts += [
                line(low, under, high, under, "c-line"),
                line(low, under - 4, low, under + 4, "c-line"),
                line(high, under - 4, high, under + 4, "c-line"),
            ]
        if row.beside is not None:
            at = _percent(row.beside)
            # On a ground of its own, so that it is seen on the bar too.
            parts += [
                line(at, top, at, top + BAR, "c-halo"),
                line(at, top - 4, at, top + BAR + 4, "c-aim"),
            ]
        top = under + 20
    return svg(title, description, top, parts)


def pairs(title: str, description: str, rows: Sequence[Pair]) -> str:
    """Two shares a row, ours full and theirs as an outline; the longest bar takes the whole width."""
    longest = max((share for row in rows for share in (row.ours, row.theirs or 0.0)), default=0.0) or 1.0
    parts: list[str] = []
    top = 0
    for row in rows:
        words, top = _head(row.label, row.value, top)
        parts += [*words, _rect(0, top, _percent(row.ours / longest), BAR, "c-mark")]
        if row.theirs is not None:
            parts.append(_rect(0, top + BAR + 2, _percent(row.theirs / longest), BAR - 4, "c-outline"))
        top += 2 * BAR + 14
    return svg(title, description, top, parts)


def columns(title: str, description: str, found: Sequence[Column], most: float = 0.0) -> str:
    """Numbers over time as columns; `most`: where the scale ends (100 for percents), else at the highest number.

    The number stands over its column while there is room for all of them, else over the highest and the last one.
    """
    highest = max([most, *(one.value for one in found if one.value is not None)], default=0.0) or 1.0
    step = 100 / max(len(found), 1)
    base = COLUMNS_HIGH + LINE
    parts = [line(0, base, 100, base, "c-line")]
    told, roomy = _told(found), _roomy(found)
    for number, one in enumerate(found):
        middle = (number + 0.5) * step
        if one.value is None:
            if roomy:  # else a number could lie on it
                parts.append(text(middle, base - 6, "…", "middle", SMALL))
            continue
        tall = COLUMNS_HIGH * min(one.value, highest) / highest
        parts.append(_rect(number * step + step * 0.12, base - tall, step * 0.76, tall, "c-mark"))
        if number in told:
            parts.append(text(middle, base - tall - 5, one.words, _side(middle, step, one.words), SMALL))
    ticks = range(len(found) - 1, -1, -max(1, -(-len(found) // MOST_TICKS)))
    parts += [
        text(_place(at, len(found), step), base + LINE, found[at].tick, _anchor(at, len(found)), SMALL) for at in ticks
    ]
    return svg(title, description, base + LINE + 8, parts)


def over_time(title: str, description: str, days: Sequence[tuple[date, int]]) -> str:
    """How many took part on each day, as columns from the first day to the last."""
    return columns(title, description, [Column(f"{day.month}/{day.day}", count, f"{count}人") for day, count in days])


def trend(title: str, description: str, points: Sequence[tuple[str, int]], unit: str = "") -> str:
    """Numbers over years as a line, from the lowest to the highest of them: the scale does not begin at nought."""
    numbers = [value for _, value in points] or [0]
    low, high = min(numbers), max(numbers)
    room, top = 110, LINE + 8
    step = 100 / max(len(points), 1)
    places = [
        ((at + 0.5) * step, top + room * (1 - (value - low) / ((high - low) or 1))) for at, value in enumerate(numbers)
    ]
    parts = [line(here[0], here[1], there[0], there[1], "c-path") for here, there in pairwise(places)]
    base = top + room + 12
    parts += [f'<circle cx="{_n(x)}%" cy="{_n(y)}" r="5" class="c-mark" fill="currentColor"/>' for x, y in places]
    told = _told([Column(label, value) for label, value in points])
    for at, (label, value) in enumerate(points):
        side = _anchor(at, len(points))
        if at in told:
            parts.append(text(_place(at, len(points), step), places[at][1] - 10, f"{value:,}{unit}", side, SMALL))
        if (len(points) - 1 - at) % max(1, -(-len(points) // 4)) == 0:
            parts.append(text(_place(at, len(points), step), base + LINE, label, side, SMALL))
    parts.append(line(0, base, 100, base, "c-line"))
    return svg(title, description, base + LINE + 8, parts)


def wrap(words: str, most: float) -> list[str]:
    """Broken into lines of at most `most` full-width letters; half-width ones count half."""
    found, line_ = [], ""
    for letter in words:
        if line_ and units(line_) + units(letter) > most:
            found.append(line_)
            line_ = ""
        line_ += letter
    return [*found, line_] if line_ else found or [""]


def units(words: str) -> float:
    """How wide, in full-width letters."""
    return sum(1.0 if unicodedata.east_asian_width(letter) in "FWA" else 0.56 for letter in words)


def svg(title: str, description: str, height: float, parts: Sequence[str], box: str = "") -> str:
    """The picture; `box` (a viewBox) only where places are a plane and cannot be percents."""
    size = f'viewBox="{box}"' if box else f'height="{_n(height)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="100%" {size} font-size="{LETTER}"'
        f' class="{"c-plane" if box else "c-wide"}"><title>{escape(title)}</title><desc>{escape(description)}</desc>'
        + "".join(parts)
        + "</svg>"
    )


def text(x: float, y: float, words: str, anchor: str = "start", size: int = LETTER) -> str:
    """Words at x percent and y px."""
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    small = "" if size == LETTER else f' font-size="{size}"'
    return f'<text x="{_n(x)}%" y="{_n(y)}" fill="currentColor"{side}{small}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A line: x in percent, y in px."""
    return (
        f'<line x1="{_n(x1)}%" y1="{_n(y1)}" x2="{_n(x2)}%" y2="{_n(y2)}" class="{kind}" stroke="currentColor"'
        f' stroke-width="{3 if kind in ("c-aim", "c-path") else 2}"/>'
    )


def _head(label: str, value: str, top: int) -> tuple[list[str], int]:
    """The label in its lines and the value at the right of the last one, if it has room there; and where the bar is."""
    most = PHONE / LETTER
    lines = wrap(label, most)
    parts = []
    for one in lines:
        top += LINE
        parts.append(text(0, top, one))
    if units(lines[-1]) + units(value) + 1 > most:
        top += LINE
    parts.append(text(100, top, value, "end"))
    return parts, top + 8


def _rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    look = 'fill="none" stroke="currentColor"' if kind in ("c-track", "c-outline") else 'fill="currentColor"'
    return (
        f'<rect x="{_n(x)}%" y="{_n(y)}" width="{_n(max(width, 0))}%" height="{_n(max(height, 0))}" class="{kind}"'
        f" {look}/>"
    )


def _told(found: Sequence[Column]) -> set[int]:
    """The columns whose number is written: all while they are few, else the highest and the last."""
    known = [at for at, one in enumerate(found) if one.value is not None]
    if _roomy(found):
        return set(known)
    widest = max((units(one.words) for one in found), default=0) * SMALL
    highest = max(known, key=lambda at: (found[at].value or 0.0, at), default=None)
    near = highest is not None and known and abs(known[-1] - highest) * PHONE / len(found) < widest * 2
    return {at for at in (highest, None if near else known[-1] if known else None) if at is not None}


def _roomy(found: Sequence[Column]) -> bool:
    """Whether every column is as wide as the widest number."""
    return len(found) * max((units(one.words) for one in found), default=0) * SMALL <= PHONE


def _side(middle: float, step: float, words: str) -> str:
    """Over the middle of a column that is as wide as its number; else away from the nearer edge."""
    if units(words) * SMALL <= PHONE * step / 100:
        return "middle"
    return "start" if middle < 100 / 3 else "end" if middle > 200 / 3 else "middle"


def _anchor(at: int, of: int) -> str:
    return "middle" if of <= 2 or 0 < at < of - 1 else "start" if at == 0 else "end"


def _place(at: int, of: int, step: float) -> float:
    """Where a tick stands: the first at the left edge, the last at the right one, so that none is cut off."""
    return {"start": 0.0, "end": 100.0}.get(_anchor(at, of), (at + 0.5) * step)


def _percent(share: float) -> float:
    return 100 * min(max(share, 0.0), 1.0)


def _n(value: float) -> str:
    """A coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
