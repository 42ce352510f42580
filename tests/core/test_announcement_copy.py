"""Dates of last year's announcement are taken out and named; nothing goes out with a gap left."""

from __future__ import annotations

import pytest

from bot.core import announcement_rules
from bot.core.announcement_copy import without_dates


@pytest.mark.parametrize(
    ("text", "left", "dates"),
    [
        ("12月6日(日) 午前8時30分から", "〇月〇日(〇) 午前8時30分から", ("12月6日(日)",)),
        ("令和7年12月6日（日・祝）", "〇月〇日(〇)", ("令和7年12月6日（日・祝）",)),
        ("１２月６日と12/13(土)", "〇月〇日(〇)と〇月〇日(〇)", ("１２月６日", "12/13(土)")),
        ("2025年度の総会", "〇〇年度の総会", ("2025年",)),
        ("体操は毎週1回、1/2の参加費", "体操は毎週1回、1/2の参加費", ()),
    ],
)
def test_dates_are_taken_out(text, left, dates):
    copied, found = without_dates(text)
    assert (copied, [one.rstrip("度") for one in found]) == (left, list(dates))
    assert bool(announcement_rules.gap(copied)) == bool(dates)
