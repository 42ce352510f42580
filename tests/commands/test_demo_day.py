"""The demo begins by day: at night hardly anything would be sent."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bot.core import quiet_hours
from bot.demo import Demo, begin_by_day
from bot.now import JST, OffsetClock, jst, real_now
from bot.simulator.server import Simulator


def test_at_night_its_clock_goes_on_to_the_morning_and_by_day_it_stays(tmp_path: Path) -> None:
    clock = OffsetClock(tmp_path / "clock.txt")
    with Simulator(clock_file=tmp_path / "clock.txt") as simulator:
        demo = Demo(tmp_path, 1, urlsplit(simulator.url).port or 0)
        night = datetime.combine(jst(real_now()).date() + timedelta(days=1), time(23), JST)
        simulator.control("POST", "/_sim/clock", {"advance_s": (night - real_now()).total_seconds()})
        assert not quiet_hours.decent(clock())
        begin_by_day(demo)
        assert jst(clock()).hour == 9
        assert jst(clock()).date() == night.date() + timedelta(days=1)
        before = (tmp_path / "clock.txt").read_text(encoding="ascii")
        begin_by_day(demo)
        assert (tmp_path / "clock.txt").read_text(encoding="ascii") == before
