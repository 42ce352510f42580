"""kill -9 of the real product, ten times, while it sends: nobody missed, nobody twice, nothing LINE would mind."""

from __future__ import annotations

import pytest

from bot.bench import chaos

KILLS = 10
RESUME_SECONDS = 30.0


@pytest.mark.chaos
def test_ten_kills_while_sending_and_every_inbox_holds_each_announcement_once():
    report = chaos.run(KILLS, recipients=1500, database_url=None, seed=3)
    assert (report.kills, report.missed, report.doubled, report.unknown) == (KILLS, 0, 0, 0)
    assert report.kinds == [], "violations"
    assert report.in_flight >= KILLS // 2, "the kills must hit sends that are not over"
    assert report.slowest_resume_s < RESUME_SECONDS
