"""The days of a series: properties of every rule, and a calendar year by hand."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadInputError
from bot.now import JST
from content import recurrence, series_rules
from content.series_rules import Plan

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=JST)
START = date(2026, 11, 22)

weekdays = st.lists(st.sampled_from(series_rules.CODES), min_size=1, max_size=3, unique=True)
numbers = st.lists(st.sampled_from([1, 2, 3, 4, 5, -1, -2]), min_size=1, max_size=2, unique=True)
rules = st.one_of(
    weekdays.map(lambda days: f"FREQ=WEEKLY;BYDAY={','.join(days)}"),
    st.tuples(weekdays, st.integers(2, 4)).map(lambda one: f"FREQ=WEEKLY;INTERVAL={one[1]};BYDAY={','.join(one[0])}"),
    st.tuples(numbers, weekdays).map(
        lambda one: "FREQ=MONTHLY;BYDAY=" + ",".join(f"{n}{d}" for n in one[0] for d in one[1])
    ),
    st.lists(st.sampled_from([1, 15, 29, 30, 31, -1]), min_size=1, max_size=2, unique=True).map(
        lambda days: "FREQ=MONTHLY;BYMONTHDAY=" + ",".join(map(str, days))
    ),
)
breaks = st.lists(
    st.sampled_from([("08-01", "08-31"), ("12-29", "01-03"), ("04-29", "05-05")]), max_size=2, unique=True
)
plans = st.builds(
    Plan,
    rules,
    st.just(time(18, 0)),
    st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    st.dates(date(2027, 1, 1), date(2027, 12, 31)),
    st.sampled_from(series_rules.HOLIDAYS),
    breaks.map(tuple),
    st.frozensets(st.dates(date(2026, 12, 1), date(2027, 3, 1)), max_size=5),
)


def off_days(plan: Plan) -> set[str]:
    """Every month-day of the breaks, walked through a leap year and the next."""
    found = set()
    for first, last in plan.breaks:
        day = date.fromisoformat(f"2028-{first}")
        while f"{day:%m-%d}" != last:
            found.add(f"{day:%m-%d}")
            day += timedelta(days=1)
        found.add(last)
    return found


@settings(max_examples=40, deadline=None)
@given(plans)
def test_every_date_obeys_the_whole_plan(plan: Plan):
    rule, found = recurrence.parse(plan.rule), list(series_rules.dates(plan))
    assert len({one.named for one in found}) == len({one.day for one in found}) == len(found)
    for one in found:
        assert plan.starts_on <= one.day <= plan.ends_on
        assert recurrence.matches(rule, one.named, plan.starts_on)
        assert not {one.named, one.day} & plan.exceptions
        assert not {month_day for day in (one.named, one.day) if (month_day := f"{day:%m-%d}") in off_days(plan)}
        if one.day == one.named:
            assert plan.holiday == "keep" or not series_rules.is_holiday(one.day)
        else:
            assert series_rules.is_holiday(one.named)
            assert one.day.weekday() < 5
            assert not series_rules.is_holiday(one.day)
            assert (one.day < one.named) == (plan.holiday == "previous")


@settings(max_examples=30, deadline=None)
@given(plans)
def test_what_is_left_out_has_a_reason(plan: Plan):
    """Without breaks, exceptions and shifts the days are the rule's, none missing."""
    plain = Plan(plan.rule, plan.at, plan.starts_on, plan.ends_on)
    rule = recurrence.parse(plan.rule)
    span = (plan.ends_on - plan.starts_on).days + 1
    named = [
        day for n in range(span) if recurrence.matches(rule, day := plan.starts_on + timedelta(days=n), plan.starts_on)
    ]
    assert [one.day for one in series_rules.dates(plain)] == named
    assert {one.named for one in series_rules.dates(plan)} <= set(named)


@settings(max_examples=40, deadline=None)
@given(plans, st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)))
def test_it_is_refused_exactly_when_it_never_fires(plan: Plan, moment: datetime):
    now = moment.replace(tzinfo=JST)
    left = series_rules.coming(plan, now, 5)
    assert [plan.moment(one.day) > now for one in left] == [True] * len(left)
    if left:
        series_rules.check(plan, now)
        return
    with pytest.raises(BadInputError, match="1回も送られません"):
        series_rules.check(plan, now)


def test_a_year_by_hand():
    monthly = Plan("FREQ=MONTHLY;BYDAY=3MO", time(18), START, date(2027, 12, 31), "next", (("08-01", "08-31"),))
    days = [one.day for one in series_rules.dates(monthly)]
    assert date(2027, 1, 18) in days
    assert date(2027, 7, 20) in days, "海の日 (7月19日) moves to Tuesday"
    assert date(2027, 9, 21) in days, "敬老の日 (9月20日) moves to Tuesday"
    assert not [day for day in days if day.month == 8]
    month_end = Plan("FREQ=MONTHLY;BYMONTHDAY=-1", time(9), START, date(2027, 3, 31))
    assert [one.day for one in series_rules.dates(month_end)] == [
        date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (Plan("FREQ=MONTHLY;BYMONTHDAY=31", time(9), date(2027, 2, 1), date(2027, 2, 28)), "当てはまる日がありません"),
        (
            Plan("FREQ=WEEKLY;BYDAY=SA", time(9), date(2027, 8, 1), date(2027, 8, 31), breaks=(("08-01", "08-31"),)),
            "休みの期間",
        ),
        (Plan("FREQ=WEEKLY;BYDAY=SA", time(9), date(2026, 1, 1), date(2026, 3, 1)), "もう過ぎています"),
        (Plan("FREQ=WEEKLY;BYDAY=SA", time(9), date(2027, 3, 1), date(2027, 2, 1)), "始めの日より前"),
        (Plan("FREQ=WEEKLY;BYDAY=SA", time(9), date(2027, 1, 1), date(2029, 6, 1)), "2年まで"),
        (Plan("FREQ=WEEKLY", time(9), date(2027, 1, 1), date(2027, 6, 1)), "BYDAY"),
    ],
)
def test_what_never_fires_is_refused_with_the_reason(plan: Plan, why: str):
    with pytest.raises(BadInputError, match=why):
        series_rules.check(plan, NOW)


def test_it_is_said_in_words():
    plan = Plan(
        "FREQ=MONTHLY;BYDAY=1SU,3SU", time(18, 30), START, date(2027, 3, 31), "previous", (("08-01", "08-31"),),
        frozenset({date(2027, 1, 3)}),
    )  # fmt: skip
    assert series_rules.in_words(plan) == (
        "毎月 第1・第3日曜日 18時30分、2027年3月31日まで。祝日のときは、その前の平日に送ります。8月は休みます。送らない日: 1月3日。"
    )
    assert series_rules.days_in_words(recurrence.parse("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH")) == "2週ごと 木曜日"
    assert series_rules.days_in_words(recurrence.parse("FREQ=MONTHLY;BYMONTHDAY=15,-1")) == "毎月 15日・末日"
