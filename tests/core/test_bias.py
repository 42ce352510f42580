"""Who answered beside the population: what chance explains is not told, a part is not compared with a whole."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import age_bands, bias
from bot.core.opinion_statistics import wilson
from bot.core.profiles import Count

NAMES = {"1": "今泉", "2": "吉原", "": "そのほかの地区"}
PEOPLE = st.dictionaries(st.sampled_from(["1", "2", "3", ""]), st.integers(5, 400), min_size=1)


def test_a_difference_beyond_chance_is_told_in_a_sentence():
    found = bias.weigh("地区", {"2": 60, "1": 40}, NAMES, {"1": 1200, "2": 8800})
    assert found.words == (
        "吉原の人が少なめです: 参加した人の60%、人口では88%。",
        "今泉の人が多めです: 参加した人の40%、人口では12%。",
    )
    assert bias.weigh("地区", {"2": 12, "1": 2}, NAMES, {"1": 1200, "2": 8800}).words == ()


@given(PEOPLE, st.dictionaries(st.sampled_from(["1", "2"]), st.integers(1, 9000)))
def test_shares_add_up_and_only_what_chance_does_not_explain_is_called_apart(people, population):
    found = bias.weigh("地区", people, NAMES, population)
    assert found.people == sum(people.values())
    assert sum(one.share for one in found.shares) == pytest.approx(1)
    for one in found.shares:
        low, high = wilson(one.people, found.people)
        assert (one.apart == "") == (one.of_population is None or low <= one.of_population <= high)
    assert found.compared == bool(set(people) & set(population))
    assert found.finding
    assert (found.finding == bias.NO_TABLE) == (not found.compared)


def test_nobody_is_no_bias():
    assert bias.weigh("地区", {}, NAMES, {"1": 3}) is None


def test_the_bands_of_the_population_begin_at_fifteen_and_leave_nobody_else_out():
    each = tuple(range(1, 19))  # 1 of 0-4 years, 2 of 5-9 ... 18 of 85 and more, of either sex
    found = age_bands.population(Count(date(2026, 10, 1), 342, None, each, each, None))
    assert found == {
        "0": 2 * (4 + 5 + 6),
        "1": 2 * (7 + 8 + 9 + 10),
        "2": 2 * (11 + 12 + 13),
        "3": 2 * (14 + 15),
        "4": 2 * 51,
    }
    assert sum(found.values()) == 342 - 2 * (1 + 2 + 3)
    assert age_bands.population(Count(date(2026, 10, 1), 342, None, None, None, None)) == {}


def test_what_is_no_band_does_not_fit():
    assert [one for one in range(-2, 9) if age_bands.fits(one)] == [0, 1, 2, 3, 4, age_bands.DECLINED]
