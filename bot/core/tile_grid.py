"""Districts as tiles on a grid, about where they lie on the map, without overlap. Pure.

Rows run from north to south, each holding about as many districts as the next; within a row west to east is kept, and
each district takes the column nearest to where it lies that leaves room for the others. Districts without coordinates
follow below, in their own order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Final

COLUMNS: Final = 5  # a name of four letters at 14 px has room in a fifth of a telephone's width


@dataclass(frozen=True)
class Spot:
    """One district: its key and where its centre lies in degrees; None where the pack does not say."""

    key: str
    lat: float | None = None
    lon: float | None = None


def layout(spots: Sequence[Spot], columns: int = COLUMNS) -> dict[str, tuple[int, int]]:
    """(column, row) by key, counted from the north-west. Raises ValueError for less than one column."""
    if columns < 1:
        raise ValueError("a grid has a column at least")
    known = [one for one in spots if one.lat is not None and one.lon is not None]
    # Equal places keep the order in which they were given.
    southward = sorted(known, key=lambda one: -(one.lat or 0.0))
    rows = ceil(len(known) / columns)
    found: dict[str, tuple[int, int]] = {}
    west, east = (edge((one.lon or 0.0 for one in known), default=0.0) for edge in (min, max))
    for row in range(rows):
        begin, end = (len(known) * at // rows for at in (row, row + 1))
        mine = sorted(southward[begin:end], key=lambda one: one.lon or 0.0)
        wanted = [((one.lon or 0.0) - west) / ((east - west) or 1.0) * (columns - 1) for one in mine]
        for one, column in zip(mine, _columns(tuple(wanted), columns), strict=True):
            found[one.key] = (column, row)
    unknown = [one for one in spots if one.lat is None or one.lon is None]
    return found | {one.key: (at % columns, rows + at // columns) for at, one in enumerate(unknown)}


def _columns(wanted: tuple[float, ...], columns: int) -> tuple[int, ...]:
    """Whole columns, strictly rising, with the least sum of squared distances from the wanted ones."""

    @cache
    def best(at: int, first: int) -> tuple[float, tuple[int, ...]]:
        if at == len(wanted):
            return 0.0, ()
        tries = []
        for column in range(first, columns - (len(wanted) - at) + 1):
            cost, rest = best(at + 1, column + 1)
            tries.append((cost + (wanted[at] - column) ** 2, (column, *rest)))
        return min(tries)

    return best(0, 0)[1]
