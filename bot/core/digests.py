"""The hours of digests (まとめ): who chose to hear less often gets several announcements in one message. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from bot.core.moments import moment_of
from bot.now import JST, jst

# lane -> the weekday (Monday 0; None: every day) and the time of Japan
AT: Final[Mapping[str, tuple[int | None, time]]] = {
    "morning": (None, time(7, 30)),
    "evening": (None, time(18, 0)),
    "weekly": (4, time(18, 0)),  # Friday evening: before the weekend's activities
}
DAILY: Final = ("morning", "evening")
CAP_DAYS: Final = timedelta(days=7)


def last(lane: str, now: datetime) -> datetime:
    """The latest time of this digest at or before now."""
    weekday, _ = AT[lane]
    today = jst(now).date()
    for back in range(9):
        day = today - timedelta(days=back)
        if (weekday is None or day.weekday() == weekday) and _at(lane, day) <= now:
            return _at(lane, day)
    raise AssertionError("every weekday comes within nine days")


def following(lane: str, now: datetime) -> datetime:
    """The first time of this digest after now."""
    weekday, _ = AT[lane]
    today = jst(now).date()
    for ahead in range(9):
        day = today + timedelta(days=ahead)
        if (weekday is None or day.weekday() == weekday) and _at(lane, day) > now:
            return _at(lane, day)
    raise AssertionError("every weekday comes within nine days")


def next_lane(now: datetime) -> str:
    """The daily digest that comes next: what exceeds the weekly cap joins it."""
    return min(DAILY, key=lambda lane: following(lane, now))


def when(lane: str, now: datetime) -> str:
    """11月22日(日)午後6時: for whoever writes."""
    return moment_of(following(lane, now))


def _at(lane: str, day: date) -> datetime:
    return datetime.combine(day, AT[lane][1], JST)
