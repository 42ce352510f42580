"""Figures over time: stretches of months and weeks, sums over them, what of them may be shown, the middle. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Final

from bot.core.small_numbers import LEAST, REST, merge
from bot.core.tally import SHOWN_FROM

MONTHS, WEEKS = 12, 26
ENOUGH_PLACES: Final = 5  # districts whose numbers are known, before their middle says anything and tells on none
NOWHERE: Final = 0


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included; `tick` for a chart, `name` for a table."""

    first: date
    last: date
    tick: str
    name: str

    def holds(self, day: date) -> bool:
        """Whether this day lies in it."""
        return self.first <= day <= self.last


def months(today: date, number: int = MONTHS) -> tuple[Period, ...]:
    """The last months, this one (so far) at the end."""
    found = []
    first = today.replace(day=1)
    for _ in range(number):
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        found.append(Period(first, last, f"{first.month}月", f"{first.year}年{first.month}月"))
        first = (first - timedelta(days=1)).replace(day=1)
    return tuple(reversed(found))


def weeks(today: date, number: int = WEEKS) -> tuple[Period, ...]:
    """The last weeks from Monday to Sunday, this one (so far) at the end."""
    monday = today - timedelta(days=today.weekday())
    found = []
    for back in range(number - 1, -1, -1):
        first = monday - timedelta(weeks=back)
        name = f"{first.year}年{first.month}月{first.day}日からの週"
        found.append(Period(first, first + timedelta(days=6), f"{first.month}/{first.day}", name))
    return tuple(found)


def sums(periods: Sequence[Period], days: Sequence[tuple[date, int]]) -> list[int]:
    """How much of what happened on days happened in each period; other days count nowhere."""
    found = [0] * len(periods)
    for day, number in days:
        for at, period in enumerate(periods):
            if period.holds(day):
                found[at] += number
    return found


def of_place(counts: Mapping[int, int], place: int) -> int | None:
    """One district's number among those of all (NOWHERE beside them), as far as it may be shown; None: it may not.

    Where every district has none, or five and more, all are shown. Else the small ones hide together with as many of
    the next larger ones as bot.core.small_numbers.merge needs, and nought hides too: with the sum of all known, a
    nought that is shown would leave fewer for a small number to hide among.
    """
    if not any(0 < count < LEAST for count in counts.values()):
        return counts.get(place, 0)
    return merge({str(one): count for one, count in counts.items() if count}).get(str(place))


def share(part: int, whole: int, least: int = SHOWN_FROM) -> float | None:
    """A share of at least ten; None of fewer."""
    return part / whole if whole >= least else None


def middle(values: Sequence[float | None]) -> float | None:
    """The middle of what districts have, where at least five are known; None else."""
    known = [value for value in values if value is not None]
    return float(median(known)) if len(known) >= ENOUGH_PLACES else None


def together(tables: Sequence[Mapping[str, int]]) -> dict[int, int]:
    """People by district over several tables that each may be shown; what stands under REST belongs to none."""
    found: dict[int, int] = {}
    for table in tables:
        for key, count in table.items():
            if key != REST and key.isdigit() and count >= LEAST:
                found[int(key)] = found.get(int(key), 0) + count
    return found
