"""Charts as SVG text: bars with intervals, the map of opinions, participation over time. Pure.

Every chart carries its own words (title and description); the page puts a table of the same numbers beside it.
Colours are attributes, not styles, so that the pages' content security policy needs no exception; nothing is told
by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

# Digital Agency design tokens: text, secondary text, line, and marks that differ in lightness as well as in hue.
TEXT, QUIET, LINE = "#333333", "#4d4d4d", "#999999"
MARKS = ("#0017c1", "#c74700", "#197a4b", "#806300", "#620000")
SHAPES = ("circle", "square", "triangle", "diamond", "cross")
WIDTH, ROW, LABEL = 640, 44, 20
HEAP = 0.1  # between a heap's first marks, where the centres furthest apart are at 1
GOLDEN = math.pi * (3 - math.sqrt(5))  # Vogel 1979, "A better way to construct the sunflower head"
_FONT = "'Noto Sans JP', sans-serif"


@dataclass(frozen=True)
class Bar:
    """One bar: its label, share and interval (all 0 to 1) and the words at its end (「12人 40%」)."""

    label: str
    share: float
    low: float
    high: float
    value: str


def bars(title: str, description: str, rows: Sequence[Bar]) -> str:
    """Shares as horizontal bars, each with a whisker from `low` to `high`."""
    left, right = 16, WIDTH - 120
    span = right - left
    parts = []
    for number, row in enumerate(rows):
        top = number * (ROW + LABEL) + LABEL
        end, low, high = (left + span * min(max(value, 0.0), 1.0) for value in (row.share, row.low, row.high))
        middle = top + 6 + (ROW - 20) / 2
        parts += [
            _text(left, top, row.label),
            f'<rect x="{left}" y="{top + 6}" width="{span}" height="{ROW - 20}" fill="#f2f2f2"/>',
            f'<rect x="{left}" y="{top + 6}" width="{_n(end - left)}" height="{ROW - 20}" fill="{MARKS[0]}"/>',
            _line(low, middle, high, middle),
            _line(low, middle - 5, low, middle + 5),
            _line(high, middle - 5, high, middle + 5),
            _text(right + 8, middle + 5, row.value),
        ]
    return _svg(title, description, len(rows) * (ROW + LABEL) + 12, parts)


@dataclass(frozen=True)
class Dot:
    """A place on the map of opinions and the group that stands there (0 to 4; -1: none)."""

    x: float
    y: float
    group: int


def opinion_map(title: str, description: str, dots: Sequence[Dot], names: Sequence[str]) -> str:
    """Where people stand to one another; each group has a shape and a colour of its own."""
    size, margin = 420, 24
    xs, ys = [dot.x for dot in dots] or [0.0], [dot.y for dot in dots] or [0.0]
    widest = max(max(xs) - min(xs), max(ys) - min(ys)) or 1.0
    scale = (size - 2 * margin) / widest
    parts = []
    for dot in dots:
        across = size / 2 + (dot.x - (max(xs) + min(xs)) / 2) * scale
        down = size / 2 - (dot.y - (max(ys) + min(ys)) / 2) * scale
        parts.append(_mark(across, down, dot.group))
    for number, name in enumerate(names):
        parts += [_mark(size + 24, 32 + 28 * number, number), _text(size + 40, 38 + 28 * number, name)]
    return _svg(title, description, size, parts)


def crowds(centres: Sequence[tuple[float, float]], marks: Sequence[int]) -> list[Dot]:
    """Groups as heaps of marks around their centres, in the order of a sunflower's seeds: no mark is anybody's place.

    `marks`: how many each group has. Heaps do not touch, however near their centres are.
    """
    pairs = [(a, b) for a in range(len(centres)) for b in range(a)]
    room = min(
        (math.dist(centres[a], centres[b]) / (math.sqrt(marks[a]) + math.sqrt(marks[b])) for a, b in pairs), default=1.0
    )
    step = min(0.8 * (room or 1.0), HEAP)
    return [
        Dot(x + step * math.sqrt(at) * math.cos(GOLDEN * at), y + step * math.sqrt(at) * math.sin(GOLDEN * at), group)
        for group, ((x, y), count) in enumerate(zip(centres, marks, strict=True))
        for at in range(count)
    ]


def over_time(title: str, description: str, days: Sequence[tuple[date, int]]) -> str:
    """How many took part on each day, as columns from the first day to the last."""
    height, bottom, left = 240, 200, 40
    highest = max((count for _, count in days), default=0) or 1
    step = (WIDTH - left - 8) / max(len(days), 1)
    parts = [_line(left, bottom, WIDTH - 8, bottom), _text(4, 24, str(highest)), _text(4, bottom, "0")]
    for number, (day, count) in enumerate(days):
        tall = (bottom - 16) * count / highest
        x = left + number * step
        parts.append(
            f'<rect x="{_n(x + 1)}" y="{_n(bottom - tall)}" width="{_n(max(step - 2, 1))}" height="{_n(tall)}"'
            f' fill="{MARKS[0]}"/>'
        )
        if number in {0, len(days) - 1}:
            parts.append(_text(x if number == 0 else x - 24, bottom + 22, f"{day.month}/{day.day}"))
    return _svg(title, description, height, parts)


def _svg(title: str, description: str, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {_n(height)}" width="100%"'
        f' font-family="{_FONT}" font-size="16"><title>{escape(title)}</title><desc>{escape(description)}</desc>'
        + "".join(parts)
        + "</svg>"
    )


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{_n(x)}" y="{_n(y)}" fill="{TEXT}">{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{QUIET}" stroke-width="2"'
        ' stroke-linecap="round"/>'
    )


def _mark(x: float, y: float, group: int) -> str:
    colour = MARKS[group] if 0 <= group < len(MARKS) else LINE
    shape = SHAPES[group] if 0 <= group < len(SHAPES) else "circle"
    if shape == "circle":
        return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="6" fill="{colour}"/>'
    if shape == "square":
        return f'<rect x="{_n(x - 5.5)}" y="{_n(y - 5.5)}" width="11" height="11" fill="{colour}"/>'
    corners = {
        "triangle": ((0, -7), (7, 6), (-7, 6)),
        "diamond": ((0, -8), (8, 0), (0, 8), (-8, 0)),
        "cross": (
            *((-7, -2), (-2, -2), (-2, -7), (2, -7), (2, -2), (7, -2)),
            *((7, 2), (2, 2), (2, 7), (-2, 7), (-2, 2), (-7, 2)),
        ),
    }[shape]
    points = " ".join(f"{_n(x + across)},{_n(y + down)}" for across, down in corners)
    return f'<polygon points="{points}" fill="{colour}"/>'


def _n(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
