"""Whether a resident of a place would get too much: several sends on one day, or more than the week's number. Pure.

A week is any seven days, as the cap counts it (bot.services.lanes): what was sent in the seven days before a send, and
that send. What exceeds the number is not lost: it comes with the next digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from bot.core.digests import CAP_DAYS
from bot.now import jst

SAME_DAY: Final = 2  # sends on one day that are worth a word


@dataclass(frozen=True)
class Send:
    """Something that goes to everybody of its places (none: the whole city) at a time."""

    at: datetime
    places: frozenset[int]
    name: str


@dataclass(frozen=True)
class Crowd:
    """A day on which the people of these places get a lot. `names`: what is sent that day.

    `week`: sends of the seven days to then, `day_count`: those of the day itself, each of the place that gets most.
    `places` is None when it is the whole city's.
    """

    day: date
    names: tuple[str, ...]
    week: int
    day_count: int
    over: bool  # more than the week's number
    places: tuple[int, ...] | None


def crowds(sends: Iterable[Send], places: Sequence[int], cap: int, since: datetime) -> list[Crowd]:
    """The crowded days from `since` on, one row a day and reason. `cap` 0: only days are looked at."""
    rows = sorted(sends, key=lambda one: (one.at, one.name))
    alike: dict[tuple[date, bool], list[tuple[int, tuple[str, ...], int]]] = {}
    for place in places:
        mine = [one for one in rows if not one.places or place in one.places]
        for day, names, week in _days(mine, since):
            over = bool(cap) and week > cap
            if over or len(names) >= SAME_DAY:
                alike.setdefault((day, over), []).append((place, names, week))
    return [
        Crowd(
            day,
            tuple(dict.fromkeys(name for _, names, _ in loads for name in names)),
            max(week for _, _, week in loads),
            max(len(names) for _, names, _ in loads),
            over,
            None if len(loads) == len(places) > 1 else tuple(place for place, _, _ in loads),
        )
        for (day, over), loads in sorted(alike.items(), key=lambda one: (one[0][0], not one[0][1]))
    ]


def _days(mine: Sequence[Send], since: datetime) -> Iterable[tuple[date, tuple[str, ...], int]]:
    """Each day with a send from `since` on: what is sent, and how many in the seven days up to its last one."""
    by_day: dict[date, list[Send]] = {}
    for one in mine:
        if one.at >= since:
            by_day.setdefault(jst(one.at).date(), []).append(one)
    for day, sent in by_day.items():
        end = sent[-1].at
        week = sum(end - CAP_DAYS < one.at <= end for one in mine)
        yield day, tuple(one.name for one in sent), week
