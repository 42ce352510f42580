"""Ten in the morning, whenever the tests run: what they send must not fall into the quiet hours."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bot.now import JST, jst, real_now
from bot.simulator.server import Simulator


def by_day(simulator: Simulator) -> None:
    """On to the next 10:00 of Japan, for LINE's box and for a product that follows its clock file."""
    now = jst(real_now())
    then = datetime.combine(now.date() + timedelta(days=now.hour >= 10), time(10), JST)
    simulator.control("POST", "/_sim/clock", {"advance_s": (then - now).total_seconds()})
