"""Months and weeks leave no day out and none twice; what is shown of a district tells on nobody."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import figure_rules as rules

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@given(DAYS, st.sampled_from([rules.months, rules.weeks]), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 50))))
def test_periods_follow_each_other_to_today_and_every_day_counts_once(today, cut, happened):
    periods = cut(today)
    assert periods[-1].holds(today)
    assert all(after.first == before.last + timedelta(days=1) for before, after in pairwise(periods))
    assert len({one.name for one in periods}) == len(periods) in (rules.MONTHS, rules.WEEKS)
    days = [(today - timedelta(days=back), number) for back, number in happened]
    inside = sum(number for day, number in days if day >= periods[0].first)
    assert sum(rules.sums(periods, days)) == inside


def ways(places, number):
    if not places:
        yield ()
        return
    for count in range(number + 1):
        yield from ((count, *others) for others in ways(places - 1, number - count))


@pytest.mark.parametrize("number", [18, 24])
def test_with_the_citys_number_known_no_district_can_be_told_from_one_to_four(number):
    """The city sees every district and the sum of all: every truth that looks the same is tried."""
    worlds = defaultdict(list)
    for truth in ways(3, number):
        counts = dict(enumerate(truth))
        worlds[sum(truth), tuple(rules.of_place(counts, place) for place in counts)].append(truth)
    for (_, shown), truths in worlds.items():
        for place, value in enumerate(shown):
            possible = {truth[place] for truth in truths}
            assert value is None or possible == {value}
            assert value is None or value == 0 or value >= 5
            assert len(possible) > 1 or min(possible) not in range(1, 5), (shown, truths)


def test_shares_and_middles_of_too_few_are_not_given():
    assert rules.share(9, 9) is None
    assert rules.share(5, 10) == 0.5
    assert rules.middle([1, 2, None, 9, 4]) is None
    assert rules.middle([1, 2, None, 9, 4, 100]) == 4
    assert rules.together([{"1": 20, "": 9}, {"1": 5, "2": 8, "2x": 9}]) == {1: 25, 2: 8}
