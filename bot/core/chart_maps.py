"""Charts that are a plane: the map of opinions, and districts as tiles. Pure; looks and words as in bot.core.charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from bot.core import charts
from bot.core.charts import PHONE, SMALL, svg, text

SHAPES: Final = ("circle", "square", "triangle", "diamond", "cross")
HEAP: Final = 0.1  # between a heap's first marks, where the centres furthest apart are at 1
GOLDEN: Final = math.pi * (3 - math.sqrt(5))  # Vogel 1979, "A better way to construct the sunflower head"
TILE_HIGH: Final = 78
TILE_LINES: Final = 3  # of a name; with its number more would stand in the next tile
STEPS: Final = 5  # of shading; each tile carries its number too
SHADES: Final = (0.0, 0.07, 0.14, 0.22, 0.3)  # no darker, so that letters on them keep 4.5:1 in every colour


@dataclass(frozen=True)
class Dot:
    """A place on the map of opinions and the group that stands there (0 to 4; -1: none)."""

    x: float
    y: float
    group: int


@dataclass(frozen=True)
class Tile:
    """One district on the grid: its place, its name, what is written under it, how dark it is (0 to 4)."""

    column: int
    row: int
    name: str
    words: str
    step: int = 0


def opinion_map(title: str, description: str, dots: Sequence[Dot], names: Sequence[str]) -> str:
    """Where people stand to one another; each group has a shape and a colour of its own. Names stand below."""
    size, margin = PHONE, 24
    xs, ys = [dot.x for dot in dots] or [0.0], [dot.y for dot in dots] or [0.0]
    widest = max(max(xs) - min(xs), max(ys) - min(ys)) or 1.0
    scale = (size - 2 * margin) / widest
    parts = []
    for dot in dots:
        across = size / 2 + (dot.x - (max(xs) + min(xs)) / 2) * scale
        down = size / 2 - (dot.y - (max(ys) + min(ys)) / 2) * scale
        parts.append(_mark(across, down, dot.group))
    for number, name in enumerate(names):
        parts.append(_mark(16, size + 18 + 28 * number, number))
        parts.append(f'<text x="32" y="{size + 24 + 28 * number}" fill="currentColor">{escape(name)}</text>')
    height = size + 28 * len(names) + 8
    return svg(title, description, height, parts, box=f"0 0 {size} {height}")


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


def tiles(title: str, description: str, found: Sequence[Tile]) -> str:
    """Districts as tiles of one size, about where they lie; darker is more, and each has its number in it."""
    wide = max((one.column for one in found), default=0) + 1
    step = 100 / wide
    parts = []
    for one in found:
        top, middle = one.row * TILE_HIGH, (one.column + 0.5) * step
        name = charts.wrap(one.name, max(2, PHONE / wide // SMALL))
        if len(name) > TILE_LINES:  # the table below has it whole
            name = [*name[: TILE_LINES - 1], f"{name[TILE_LINES - 1][:-1]}…"]
        lines = [*name, one.words]
        shade = SHADES[min(max(one.step, 0), STEPS - 1)]
        parts.append(
            f'<rect x="{one.column * step + 0.5:.2f}%" y="{top + 2}" width="{step - 1:.2f}%" height="{TILE_HIGH - 4}"'
            f' class="c-tile" fill="currentColor" fill-opacity="{shade}" stroke="currentColor"/>'
        )
        first = top + TILE_HIGH / 2 + 5 - 9 * (len(lines) - 1)
        parts += [text(middle, first + 18 * at, words, "middle", SMALL) for at, words in enumerate(lines)]
    rows = max((one.row for one in found), default=-1) + 1
    return svg(title, description, rows * TILE_HIGH, parts)


def step_of(value: float, highest: float) -> int:
    """How dark a tile is: 0 for nothing, then four equal steps up to the highest value."""
    if value <= 0 or highest <= 0:
        return 0
    return min(STEPS - 1, max(1, math.ceil((STEPS - 1) * value / highest)))


def _mark(x: float, y: float, group: int) -> str:
    shape = SHAPES[group] if 0 <= group < len(SHAPES) else "circle"
    look = f'class="c-g{group if 0 <= group < len(SHAPES) else "none"}" fill="currentColor"'
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" {look}/>'
    if shape == "square":
        return f'<rect x="{x - 5.5:.1f}" y="{y - 5.5:.1f}" width="11" height="11" {look}/>'
    corners = {
        "triangle": ((0, -7), (7, 6), (-7, 6)),
        "diamond": ((0, -8), (8, 0), (0, 8), (-8, 0)),
        "cross": (
            *((-7, -2), (-2, -2), (-2, -7), (2, -7), (2, -2), (7, -2)),
            *((7, 2), (2, 2), (2, 7), (-2, 7), (-2, 2), (-7, 2)),
        ),
    }[shape]
    points = " ".join(f"{x + across:.1f},{y + down:.1f}" for across, down in corners)
    return f'<polygon points="{points}" {look}/>'
