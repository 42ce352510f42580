"""Waiting by day, and the states of a rain plan."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.core import rain_rules
from bot.core.approval_rules import overdue_at
from bot.errors import ConflictError
from bot.now import JST


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=JST)


@pytest.mark.parametrize(
    ("since", "hours", "end"),
    [
        (at(22, 9), 4, at(22, 13)),
        (at(22, 17), 4, at(22, 21)),  # the very last minute of the day
        (at(22, 19), 4, at(23, 9)),  # two hours today, two tomorrow
        (at(22, 23), 4, at(23, 11)),  # the night does not count
        (at(22, 3), 4, at(22, 11)),
        (at(22, 21), 1, at(23, 8)),
        (at(22, 8), 28, at(24, 8)),  # two whole days of 14 hours
    ],
)
def test_four_hours_by_day(since, hours, end):
    assert overdue_at(since, hours) == end


def test_a_rain_plan_is_decided_only_once_and_only_when_approved():
    assert [state for state, act in rain_rules.RAIN_PLAN if act == "decide"] == ["approved"]
    for state in rain_rules.FINAL:
        assert rain_rules.possible(state) == frozenset()
    with pytest.raises(ConflictError, match="決まりました"):
        rain_rules.next_state("decided", "decide")
    named = {state for state, _ in rain_rules.RAIN_PLAN} | set(rain_rules.RAIN_PLAN.values())
    assert named == set(rain_rules.STATES) == set(rain_rules.STATE_WORDS)
    assert {act for _, act in rain_rules.RAIN_PLAN} == set(rain_rules.ACT_WORDS)


def test_what_is_changed_after_the_approval_is_asked_for_anew():
    assert rain_rules.next_state("approved", "change") == "draft"
