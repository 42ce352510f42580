"""Who took part, in numbers: no step and no district under five, and nothing to be had by subtracting."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.small_numbers import merge
from bot.services.opinion_audience import ended, noted

FIRST = date(2026, 11, 20)


@given(st.lists(st.lists(st.integers(-2, 9), min_size=1, max_size=3), max_size=12))
def test_steps_are_of_five_or_more_and_all_are_counted_in_the_end(days):
    """Each day a few ticks, each with people who came (or were erased)."""
    people, found = 0, []
    for number, ticks in enumerate(days):
        for come in ticks:
            people = max(0, people + come)
            found = noted(found, FIRST + timedelta(days=number), people)
    found = ended(found, FIRST + timedelta(days=len(days)), people)
    steps = [later[1] - earlier[1] for earlier, later in pairwise([["", 0], *found])]
    assert all(step >= 5 for step in steps)
    assert [day for day, _ in found] == sorted({day for day, _ in found})
    if all(come >= 0 for ticks in days for come in ticks):
        assert (found[-1][1] if found else 0) == (people if people >= 5 else 0)


def ways(districts, people):
    """Every way up to so many people can come from so many districts."""
    if not districts:
        yield ()
        return
    for count in range(people + 1):
        yield from ((count, *others) for others in ways(districts - 1, people - count))


@pytest.mark.parametrize(("districts", "people"), [(2, 30), (3, 28), (4, 20)])
def test_what_is_shown_of_districts_fits_several_truths(districts, people):
    """An attacker who knows the rule, the total and what is shown finds no number from 1 to 4."""
    worlds = defaultdict(list)
    for truth in ways(districts, people):
        shown = merge({str(at): count for at, count in enumerate(truth)})
        worlds[sum(truth), tuple(sorted(shown.items()))].append(truth)
    for (total, shown), truths in worlds.items():
        assert not shown or total == sum(count for _, count in shown)
        assert all(count >= 5 for _, count in shown)
        for at in range(districts):
            possible = {truth[at] for truth in truths}
            assert len(possible) > 1 or min(possible) not in range(1, 5), (total, shown)
    assert len({shown for _, shown in worlds}) > 50
