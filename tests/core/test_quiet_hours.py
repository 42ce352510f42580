"""The one rule of the quiet hours, and the hours of digests."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import digests, quiet_hours
from bot.now import JST, jst

moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 3, 1)).map(lambda one: one.replace(tzinfo=UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


@pytest.mark.parametrize(
    ("wanted", "urgency", "goes"),
    [
        ("2026-11-30T20:59", "normal", "2026-11-30T20:59"),
        ("2026-11-30T21:00", "normal", "2026-12-01T07:00"),  # over the turn of the month
        ("2026-12-31T23:30", "normal", "2027-01-01T07:00"),
        ("2026-11-29T05:40", "normal", "2026-11-29T07:00"),
        ("2026-11-29T05:40", "cancellation", "2026-11-29T05:40"),
        ("2026-11-29T05:29", "cancellation", "2026-11-29T05:30"),
        ("2026-11-29T22:00", "cancellation", "2026-11-30T05:30"),
        ("2026-11-29T03:00", "emergency", "2026-11-29T03:00"),
        ("2026-11-29T03:00", "asked", "2026-11-29T03:00"),
    ],
)
def test_a_time_in_the_quiet_hours_moves_to_the_morning(wanted: str, urgency: str, goes: str):
    assert quiet_hours.earliest(at(wanted), urgency) == at(goes)


@given(moments, st.sampled_from(["normal", "cancellation"]))
def test_nothing_moves_further_than_the_night_and_never_back(moment: datetime, urgency: str):
    goes = quiet_hours.earliest(moment, urgency)
    assert moment <= goes <= moment + timedelta(hours=10)
    assert quiet_hours.decent(goes, urgency)
    assert time(5, 30) <= jst(goes).time() < time(21)


@given(moments, st.sampled_from(list(digests.AT)))
def test_digests_follow_each_other_without_a_gap(moment: datetime, lane: str):
    last, following = digests.last(lane, moment), digests.following(lane, moment)
    assert last <= moment < following
    assert following - last == timedelta(days=7 if lane == "weekly" else 1)
    assert digests.last(lane, following) == following
    assert quiet_hours.decent(following)


def test_what_exceeds_the_cap_joins_the_next_daily_digest():
    assert digests.next_lane(at("2026-11-22T07:10")) == "morning"
    assert digests.next_lane(at("2026-11-22T12:00")) == "evening"
    assert digests.next_lane(at("2026-11-22T18:00")) == "morning"
