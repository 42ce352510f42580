from datetime import UTC, datetime

import pytest

from bot.core.moments import day_of, moment_of


@pytest.mark.parametrize(
    ("language", "hour", "minute", "said"),
    [
        ("ja", 8, 0, "12月10日(木)午後5時"),
        ("ja", 3, 0, "12月10日(木)正午"),
        ("ja", 23, 30, "12月11日(金)午前8時30分"),
        ("easy-ja", 8, 0, "12月10日(木曜日) 午後5時"),
        ("easy-ja", 3, 0, "12月10日(木曜日) 昼の12時"),
        ("en", 8, 0, "Thursday 10 December, 5 pm"),
        ("en", 15, 0, "Friday 11 December, 12 am"),
        ("en", 3, 0, "Thursday 10 December, noon"),
        ("en", 3, 5, "Thursday 10 December, 12:05 pm"),
    ],
)
def test_moments_are_told_in_japanese_time_with_weekday(language, hour, minute, said):
    assert moment_of(datetime(2026, 12, 10, hour, minute, tzinfo=UTC), language) == said


def test_a_day_alone():
    assert day_of(datetime(2026, 12, 9, 15, 0, tzinfo=UTC)) == "12月10日(木)"
