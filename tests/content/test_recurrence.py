"""Rules expanded into dates: month ends, nth weekdays, leap years, the day's border in Japan."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadInputError
from bot.now import JST
from content.packs_model import Activity, Entry, Source
from content.recurrence import check, days, matches, next_occurrence, occurrences, parse


def entry(**activity) -> Entry:
    return Entry("a", "activity", "清掃（見本）", "本文", Source("見本"), sample=True, activity=Activity(**activity))


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=JST)


def dates(rule: str, first: date, last: date, **more) -> list[str]:
    return [day.isoformat() for day in days(Activity(rule=rule, **more), first, last)]


@pytest.mark.parametrize(
    ("rule", "first", "last", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=SA", date(2026, 11, 22), date(2026, 12, 6), ["2026-11-28", "2026-12-05"]),
        ("FREQ=WEEKLY;BYDAY=MO,FR", date(2026, 11, 22), date(2026, 11, 30), ["2026-11-23", "2026-11-27", "2026-11-30"]),
        ("FREQ=MONTHLY;BYDAY=1SU", date(2026, 11, 1), date(2027, 1, 31), ["2026-11-01", "2026-12-06", "2027-01-03"]),
        ("FREQ=MONTHLY;BYDAY=5SU", date(2026, 11, 1), date(2027, 1, 31), ["2026-11-29", "2027-01-31"]),
        ("FREQ=MONTHLY;BYDAY=-1SA", date(2026, 11, 1), date(2026, 12, 31), ["2026-11-28", "2026-12-26"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", date(2027, 1, 1), date(2027, 5, 31), ["2027-01-31", "2027-03-31", "2027-05-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", date(2028, 1, 1), date(2028, 3, 31), ["2028-01-31", "2028-02-29", "2028-03-31"]),
        ("FREQ=YEARLY;BYMONTH=9;BYDAY=3MO", date(2026, 1, 1), date(2027, 12, 31), ["2026-09-21", "2027-09-20"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", date(2026, 1, 1), date(2032, 12, 31), ["2028-02-29", "2032-02-29"]),
        ("FREQ=DAILY;BYMONTH=1;UNTIL=20270103", date(2026, 12, 30), date(2027, 2, 1), ["2027-01-01", "2027-01-02", "2027-01-03"]),
        ("FREQ=YEARLY;BYMONTH=6;BYDAY=2SA,2SU", date(2027, 6, 1), date(2027, 6, 30), ["2027-06-12", "2027-06-13"]),
    ],
)  # fmt: skip
def test_the_days_a_rule_names(rule, first, last, expected):
    assert dates(rule, first, last) == expected


def test_every_second_week_counts_from_the_first_day():
    found = dates(
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", date(2026, 11, 1), date(2026, 12, 31), starts_on=date(2026, 11, 11)
    )
    assert found == ["2026-11-11", "2026-11-25", "2026-12-09", "2026-12-23"]


def test_every_second_week_holds_over_the_new_year():
    found = dates(
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", date(2026, 12, 20), date(2027, 1, 31), starts_on=date(2026, 12, 21)
    )
    assert found == ["2026-12-21", "2027-01-04", "2027-01-18"]


def test_every_third_month_counts_months_not_days():
    found = dates(
        "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1", date(2026, 1, 1), date(2027, 1, 31), starts_on=date(2026, 1, 1)
    )
    assert found == ["2026-01-31", "2026-04-30", "2026-07-31", "2026-10-31", "2027-01-31"]


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ("", "NAME=VALUE"),
        ("FREQ=HOURLY", "FREQ"),
        ("FREQ=WEEKLY", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=1SU", "MONTHLY"),
        ("FREQ=MONTHLY", "day"),
        ("FREQ=MONTHLY;BYDAY=XX", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=6SU", "BYDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYDAY=1SU", "BYMONTH"),
        ("FREQ=WEEKLY;BYDAY=SU;COUNT=3", "COUNT"),
        ("FREQ=WEEKLY;BYDAY=SU;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=WEEKLY;BYDAY=SU;UNTIL=20270230", "UNTIL"),
        ("FREQ=WEEKLY;BYDAY=SU;INTERVAL=0", "INTERVAL"),
        ("FREQ=WEEKLY;FREQ=DAILY", "twice"),
    ],
)
def test_a_rule_we_do_not_understand_is_refused_with_the_word_that_is_wrong(rule, word):
    with pytest.raises(BadInputError, match=word):
        parse(rule)


@pytest.mark.parametrize(
    "activity",
    [
        Activity(),
        Activity(starts_on=date(2026, 12, 2), ends_on=date(2026, 12, 1)),
        Activity(starts_on=date(2026, 12, 1), start=time(10), end=time(10)),
        Activity(starts_on=date(2026, 12, 1), end=time(10)),
        Activity(rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=SA"),
        Activity(rule="FREQ=WEEKLY;BYDAY=SA", numbered=True),
        Activity(starts_on=date(2026, 12, 1), numbered=True),
        Activity(rule="FREQ=WEEKLY;BYDAY=SA", start=time(19), end=time(1)),
    ],
)
def test_times_that_cannot_be_are_named(activity):
    assert check(activity)


def test_times_that_can_be_are_not():
    assert check(Activity(starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 2), start=time(19), end=time(8))) is None


def test_an_activity_running_now_is_still_shown_and_one_that_ended_is_not():
    cleaning = entry(rule="FREQ=WEEKLY;BYDAY=SU", start=time(8), end=time(9, 30))
    until = at(2026, 11, 30)
    assert next(o.starts_at for o in occurrences(cleaning, at(2026, 11, 22, 9, 29), until)) == at(2026, 11, 22, 8)
    assert [o.starts_at for o in occurrences(cleaning, at(2026, 11, 22, 9, 30), until)] == [at(2026, 11, 29, 8)]


def test_the_day_is_the_day_in_japan():
    early = entry(rule="FREQ=WEEKLY;BYDAY=MO", start=time(7, 20), end=time(8))
    utc = at(2026, 11, 22, 23, 30).astimezone(tz=None)  # still Sunday in Japan
    assert next_occurrence(early, utc).starts_at == at(2026, 11, 23, 7, 20)
    # 15:30 UTC on Sunday is Monday 00:30 in Japan: Monday's date is today's, not lost.
    assert next_occurrence(early, at(2026, 11, 23, 0, 30)).starts_at == at(2026, 11, 23, 7, 20)


def test_an_activity_over_several_days_is_shown_until_its_end():
    fair = entry(starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 23), start=time(9), end=time(16))
    found = occurrences(fair, at(2026, 11, 22, 20), at(2026, 11, 30))
    assert [(o.starts_at, o.ends_at) for o in found] == [(at(2026, 11, 20, 9), at(2026, 11, 23, 16))]
    assert occurrences(fair, at(2026, 11, 23, 16), at(2026, 11, 30)) == []


def test_an_activity_without_times_takes_its_whole_day():
    found = occurrences(entry(starts_on=date(2026, 11, 22)), at(2026, 11, 22, 23), at(2026, 12, 1))
    assert [(o.all_day, o.ends_at) for o in found] == [(True, at(2026, 11, 23))]


def test_without_an_end_time_two_hours_are_assumed_but_never_the_next_day():
    late = entry(starts_on=date(2026, 11, 22), start=time(23))
    assert occurrences(late, at(2026, 11, 22), at(2026, 12, 1))[0].ends_at == at(2026, 11, 23)


def test_called_off_next_time_only():
    cleaning = entry(rule="FREQ=WEEKLY;BYDAY=SU", state="中止", state_scope="next", state_note="雨のため")
    found = occurrences(cleaning, at(2026, 11, 22, 12), at(2026, 12, 6, 12))
    assert [(o.called_off, o.state_note) for o in found] == [(True, "雨のため"), (False, ""), (False, "")]
    cleaning = entry(rule="FREQ=WEEKLY;BYDAY=SU", state="中止")
    assert all(o.called_off for o in occurrences(cleaning, at(2026, 11, 22), at(2026, 12, 6)))


def test_full_and_past_the_last_day_to_apply():
    course = entry(rule="FREQ=WEEKLY;BYDAY=SA", start=time(10), end=time(12), capacity=12, booked=12, apply_days=3)
    one = next_occurrence(course, at(2026, 11, 22))
    assert one.full
    assert one.apply_by == at(2026, 11, 25, 23, 59)
    assert not one.closed(at(2026, 11, 25, 23, 59))
    assert one.closed(at(2026, 11, 26))
    assert not next_occurrence(entry(rule="FREQ=WEEKLY;BYDAY=SA", capacity=12), at(2026, 11, 22)).full


def test_counted_meetings_carry_their_number_before_the_mark():
    table = entry(rule="FREQ=MONTHLY;BYDAY=3TH", starts_on=date(2026, 9, 1), numbered=True)
    found = occurrences(table, at(2026, 11, 1), at(2027, 1, 31))
    assert [o.title for o in found] == ["清掃 第3回（見本）", "清掃 第4回（見本）", "清掃 第5回（見本）"]


def test_the_next_date_is_found_however_far_it_is():
    leap = entry(rule="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", start=time(9))
    assert next_occurrence(leap, at(2096, 3, 1)).starts_at == at(2104, 2, 29, 9)
    assert next_occurrence(entry(starts_on=date(2026, 1, 1)), at(2026, 11, 22)) is None
    assert next_occurrence(entry(rule="FREQ=WEEKLY;BYDAY=SA;UNTIL=20261121"), at(2026, 11, 22)) is None


def test_what_is_no_activity_has_no_dates():
    plain = Entry("x", "faq", "題", "本文", Source("出典"))
    assert occurrences(plain, at(2026, 11, 22), at(2027, 11, 22)) == []


WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
rules = st.one_of(
    st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True).map(
        lambda found: f"FREQ=WEEKLY;BYDAY={','.join(found)}"
    ),
    st.tuples(st.sampled_from([-2, -1, 1, 2, 3, 4, 5]), st.sampled_from(WEEKDAYS)).map(
        lambda pair: f"FREQ=MONTHLY;BYDAY={pair[0]}{pair[1]}"
    ),
    st.integers(-31, 31).filter(bool).map(lambda day: f"FREQ=MONTHLY;BYMONTHDAY={day}"),
    st.tuples(st.integers(1, 12), st.integers(1, 31)).map(
        lambda pair: f"FREQ=YEARLY;BYMONTH={pair[0]};BYMONTHDAY={pair[1]}"
    ),
)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1)).map(lambda found: found.replace(tzinfo=JST))


@settings(max_examples=80, deadline=None)
@given(rule=rules, now=moments, span=st.integers(0, 120), hour=st.integers(0, 21))
def test_dates_are_in_order_and_none_is_lost_where_two_spans_meet(rule, now, span, hour):
    one = entry(rule=rule, start=time(hour), end=time(hour + 2))
    middle, end = now + timedelta(days=span), now + timedelta(days=span + 40)
    whole = [o.starts_at for o in occurrences(one, now, end)]
    assert whole == sorted(set(whole))
    parts = [o.starts_at for o in occurrences(one, now, middle)] + [o.starts_at for o in occurrences(one, middle, end)]
    assert sorted(set(parts)) == whole


@settings(max_examples=60, deadline=None)
@given(rule=rules, year=st.integers(2024, 2040))
def test_days_are_exactly_those_that_match(rule, year):
    first, last = date(year, 1, 1), date(year, 12, 31)
    every = (first + timedelta(days=n) for n in range((last - first).days + 1))
    assert list(days(Activity(rule=rule), first, last)) == [day for day in every if matches(parse(rule), day)]
