from datetime import date

import pytest

from bot.errors import BadInputError
from content.issue_days import IssueRule, between, check, days_in_words, in_words, of_month_days, of_weekdays, upcoming

THURSDAYS = of_weekdays((1, 3), 3)


def days(rule: str, year: int, month: int, shift: str = "before") -> list[str]:
    last = date(year + month // 12, month % 12 + 1, 1)
    return [f"{one.day:%m-%d}" for one in between(IssueRule(rule, shift), date(year, month, 1), last) if one.day < last]


@pytest.mark.parametrize(
    ("year", "month", "shift", "expected"),
    [
        (2026, 12, "before", ["12-03", "12-17"]),
        (2026, 8, "before", ["08-06", "08-20"]),
        # お盆: 15 August 2024 is the third Thursday; the 12th is a holiday, the 17th a Saturday.
        (2024, 8, "before", ["08-01", "08-09"]),
        (2024, 8, "after", ["08-01", "08-19"]),
        (2024, 8, "skip", ["08-01"]),
        # 年末年始: 1 January 2026 is the first Thursday.
        (2025, 12, "before", ["12-04", "12-18", "12-26"]),
        (2026, 1, "before", ["01-15"]),
        (2026, 1, "after", ["01-05", "01-15"]),
        # 勤労感謝の日 2023 is a Thursday, but the fourth; 2026-11-03 is no Thursday.
        (2026, 11, "before", ["11-05", "11-19"]),
    ],
)
def test_first_and_third_thursday_over_bon_and_new_year(year, month, shift, expected):
    assert days(THURSDAYS, year, month, shift) == expected


def test_a_holiday_shifts_to_a_working_day():
    tuesdays = of_weekdays((1,), 1)  # 3 November 2026, 文化の日
    assert days(tuesdays, 2026, 11) == ["11-02"]
    assert days(tuesdays, 2026, 11, "after") == ["11-04"]
    mondays = of_weekdays((3,), 0)  # 21 September 2026 begins three days of holidays after a weekend
    assert days(mondays, 2026, 9, "before") == ["09-18"]
    assert days(mondays, 2026, 9, "after") == ["09-24"]


def test_a_fifth_thursday_and_a_31st_are_left_out_where_there_is_none():
    rule = IssueRule(of_weekdays((5,), 3))
    assert [f"{one.day:%m-%d}" for one in between(rule, date(2026, 1, 1), date(2026, 12, 1))] == [
        "01-29", "04-30", "07-30", "10-29",
    ]  # fmt: skip
    assert len(between(IssueRule(of_month_days((31,))), date(2026, 2, 2), date(2026, 12, 10))) == 5


def test_two_named_days_on_one_working_day_are_one_issue():
    daily = IssueRule(of_month_days((29, 30, 31)), "before")
    assert [one.day.day for one in between(daily, date(2026, 12, 20), date(2027, 1, 10))] == [28]


def test_a_break_of_a_district_may_go_over_the_turn_of_the_year_and_may_be_none():
    rule = IssueRule(of_month_days((2,)), "before", ())
    assert upcoming(rule, date(2026, 12, 20), 1)[0].day == date(2027, 1, 2)
    assert upcoming(IssueRule(of_month_days((2,))), date(2026, 12, 20), 1)[0].day == date(2026, 12, 28)


def test_what_is_no_rule_is_refused_and_words_say_what_is():
    today = date(2026, 11, 22)
    for bad in ("FREQ=DAILY", "FREQ=MONTHLY;BYDAY=1TH;UNTIL=20200101", "FREQ=MONTHLY;BYDAY=1TH;BYMONTH=1", "whatever"):
        with pytest.raises(BadInputError):
            check(IssueRule(bad), today)
    with pytest.raises(BadInputError, match="休みの期間"):
        check(IssueRule(THURSDAYS, "before", (("13", "16"),)), today)
    never = IssueRule(of_month_days((15,)), "skip", (("01-01", "12-31"),))
    with pytest.raises(BadInputError, match="発行日がありません"):
        check(never, today)
    assert days_in_words(IssueRule(THURSDAYS)) == "毎月 第1・第3木曜日"
    assert days_in_words(IssueRule(of_weekdays((0,), 3))) == "毎週 木曜日"
    assert days_in_words(IssueRule(of_month_days((5, -1)))) == "毎月 5日・末日"
    assert "お盆(8月13日から8月16日)" in in_words(IssueRule(THURSDAYS))
