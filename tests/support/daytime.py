"""Ten in the morning, whenever the tests run: what they send must not fall into the quiet hours."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bot.now import JST, jst, real_now
from bot.simulator.server import Simulator


def clock() -> datetime:
    """The product's time of a test without a simulator's clock: real time, moved on to begin at 10:00 in Japan."""
    return real_now() + _AHEAD


def _ahead() -> timedelta:
    now = jst(real_now())
    return datetime.combine(now.date() + timedelta(days=now.hour >= 10), time(10), JST) - now


_AHEAD = _ahead()


def by_day(simulator: Simulator) -> None:
    """On to the next 10:00 of Japan, for LINE's box and for a product that follows its clock file."""
    simulator.control("POST", "/_sim/clock", {"advance_s": _ahead().total_seconds()})
