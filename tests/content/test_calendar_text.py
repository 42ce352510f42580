"""Days as people read them: the year stands where it could be mistaken."""

from __future__ import annotations

from datetime import date

from content import calendar_text

TODAY = date(2026, 11, 22)


def test_the_year_is_said_of_the_past_and_of_the_far_future():
    assert calendar_text.day(date(2025, 7, 26), "ja", TODAY) == "2025年7月26日(土)"
    assert calendar_text.day(date(2026, 7, 25), "ja", TODAY) == "7月25日(土)"
    assert calendar_text.day(date(2027, 1, 10), "ja", TODAY) == "1月10日(日)"
    assert calendar_text.day(date(2027, 7, 31), "en", TODAY) == "Sat 31 July 2027"
