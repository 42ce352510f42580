"""Who gets a place, and when somebody is reminded. Pure.

Places go in the order of the queue to the first household that fits whole; nobody is split, nobody is asked to
answer in time: who got a place and cannot come takes it back with one button.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final, Literal

from bot.now import JST, jst
from content.packs_model import Activity
from content.recurrence import Occurrence

MOST: Final = 10  # people of one household
REMIND_AT: Final = time(18, 0)  # the day before

Refusal = Literal["closed", "over", "off"]


@dataclass(frozen=True)
class Counts:
    """Households and people of one date: with a place, and waiting."""

    households: int = 0
    people: int = 0
    waiting_households: int = 0
    waiting_people: int = 0

    def plus(self, state: str, households: int, people: int) -> Counts:
        """The same with more of a state (joined or waiting)."""
        if state == "joined":
            return replace(self, households=self.households + households, people=self.people + people)
        return replace(
            self,
            waiting_households=self.waiting_households + households,
            waiting_people=self.waiting_people + people,
        )


def free(activity: Activity, people: int) -> int | None:
    """Places left beside what is booked elsewhere; None when there is no limit."""
    if activity.capacity is None:
        return None
    return max(0, activity.capacity - (activity.booked or 0) - people)


def refusal(occurrence: Occurrence, now: datetime) -> Refusal | None:
    """Why nobody can sign up for this date any more, or None."""
    if not occurrence.takes_place:
        return "off"
    if now >= occurrence.starts_at:
        return "over"
    return "closed" if occurrence.closed(now) else None


def fits(left: int | None, people: int, waiting: Sequence[int]) -> bool:
    """Whether a newcomer has a place at once: it fits, and nobody before it in the queue would fit."""
    return left is None or (people <= left and all(other > left for other in waiting))


def next_in(left: int | None, waiting: Sequence[int]) -> int | None:
    """The position in the queue of who gets the free places: the first that fits whole."""
    return next((at for at, people in enumerate(waiting) if left is None or people <= left), None)


def remind_at(occurrence: Occurrence) -> datetime:
    """Six in the evening of the day before."""
    return datetime.combine(jst(occurrence.starts_at).date() - timedelta(days=1), REMIND_AT, JST)
