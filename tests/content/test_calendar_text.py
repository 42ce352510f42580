"""Days as people read them: the year stands where it could be mistaken."""

from __future__ import annotations

from datetime import date

import pytest

from content import calendar_text

TODAY = date(2026, 11, 22)


def test_the_year_is_said_of_every_day_that_is_not_this_years():
    assert calendar_text.day(date(2025, 7, 26), "ja", TODAY) == "2025年7月26日(土)"
    assert calendar_text.day(date(2026, 7, 25), "ja", TODAY) == "7月25日(土)"
    assert calendar_text.day(date(2027, 1, 10), "ja", TODAY) == "2027年1月10日(日)"
    assert calendar_text.day(date(2027, 7, 31), "en", TODAY) == "Sat 31 July 2027"


def test_a_span_says_its_year_once():
    def span(first, last, language="ja"):
        return calendar_text.span(first, last, language, TODAY)

    assert span(date(2026, 12, 29), date(2027, 1, 3)) == "12月29日(火)から2027年1月3日(日)まで"
    assert span(date(2027, 1, 9), date(2027, 1, 11)) == "2027年1月9日(土)から11日(月)まで"
    assert span(date(2027, 7, 21), date(2027, 8, 31)) == "2027年7月21日(水)から8月31日(火)まで"
    assert span(date(2027, 7, 21), date(2027, 8, 31), "en") == "Wed 21 July - Tue 31 August 2027"


@pytest.mark.parametrize(
    ("language", "said", "with_year"),
    [
        ("en", "Sat 28 November", "28 November 2026"),
        ("pt", "sáb., 28 de novembro", "28 de novembro de 2026"),
        ("es", "sáb. 28 de noviembre", "28 de noviembre de 2026"),
        ("vi", "thứ Bảy 28/11", "28/11/2026"),
        ("tl", "Sabado, Nobyembre 28", "Nobyembre 28, 2026"),
        ("zh-Hans", "11月28日（周六）", "2026年11月28日"),
        ("zh-Hant", "11月28日（周六）", "2026年11月28日"),
        ("ko", "Sat 28 November", "28 November 2026"),
    ],
)
def test_days_in_the_other_languages(language, said, with_year):
    assert calendar_text.day(date(2026, 11, 28), language, TODAY) == said
    assert calendar_text.plain(date(2026, 11, 28), language) == with_year
