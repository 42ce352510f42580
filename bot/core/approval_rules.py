"""Approval: how long it may wait by day, how long a sending is held, who may send an emergency alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from bot.now import JST, jst

BY_DAY: Final = (time(7), time(21))  # the hours of Japan that count as waiting
HOLD_MINUTES: Final = 10
WAIT_HOURS: Final = 4
MOST_HOLD, MOST_WAIT = 60, 28
MAX_REASON: Final = 400


@dataclass(frozen=True)
class Rule:
    """A municipality's rule: minutes between approval and sending, hours by day until the city is asked as well."""

    hold_minutes: int = HOLD_MINUTES
    wait_hours: int = WAIT_HOURS

    @property
    def hold(self) -> timedelta:
        return timedelta(minutes=self.hold_minutes)


def overdue_at(since: datetime, hours: int) -> datetime:
    """The moment at which something that waits since then has waited so many hours by day (7:00 to 21:00)."""
    left = timedelta(hours=hours)
    day = jst(since).date()
    begin = max(jst(since), _at(day, BY_DAY[0]))
    while begin + left > _at(day, BY_DAY[1]):
        left -= max(_at(day, BY_DAY[1]) - begin, timedelta(0))
        day += timedelta(days=1)
        begin = _at(day, BY_DAY[0])
    return begin + left


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, JST)
