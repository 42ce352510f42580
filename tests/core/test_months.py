"""Months of Japan around midnight, 15:00 UTC of the day before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.budget_rules import blocks, plan, reserve
from bot.core.months import Month, month_of, read_month

TURN = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)  # midnight of 1 December in Japan


def test_the_month_turns_at_15_utc_of_its_last_day():
    assert month_of(TURN - timedelta(microseconds=1)) == Month(2026, 11)
    assert month_of(TURN) == Month(2026, 12)
    assert Month(2026, 11).ends == Month(2026, 12).begins == TURN
    assert (Month(2026, 12).after, Month(2027, 1).before) == (Month(2027, 1), Month(2026, 12))


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-11", Month(2026, 11)),
        ("2026-13", None),
        ("2026-1", None),
        ("", None),
        ("0000-01", None),
        ("２０２６-11", None),
    ],
)
def test_a_month_in_an_address(text, month):
    assert read_month(text) == month
    assert month is None or str(month) == text


def test_a_tenth_is_kept_unless_something_else_was_settled():
    assert [reserve(limit, None) for limit in (200, 5000, 5, 0, None)] == [20, 500, 1, 0, 0]
    assert [reserve(200, settled) for settled in (0, 50, 1000)] == [0, 50, 200]
    assert (plan(200), plan(None), plan(31000)) == (
        "コミュニケーションプラン",
        "上限なし",
        "スタンダードプラン(追加あり)",
    )


def test_few_who_leave_are_not_told():
    assert [blocks(100, left, 3).left for left in (0, 1, 4, 5)] == [0, None, None, 5]
    assert [blocks(people, 5, 3).warning for people in (49, 50, 166, 167)] == [False, True, True, False]
