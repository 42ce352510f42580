"""The pictures of a profile say what the table says: by hand for one, by property for all."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import profile_charts
from bot.core.profiles import Count, Profile

AGED = st.lists(st.integers(0, 900), min_size=18, max_size=18).map(tuple)


def count(men, women, day=date(2026, 10, 1)):
    return Count(day, sum(men) + sum(women), None, men, women, None)


@given(AGED, AGED, AGED)
def test_the_bands_hold_everybody_once_and_their_shares_add_up(men, women, others):
    mine, whole = count(men, women), count(others, others)
    found = profile_charts.bands(mine, whole)
    if not mine.total:
        assert found == ()
        return
    assert sum(one.people for one in found) == mine.total
    assert sum(one.share for one in found) == pytest.approx(1)
    picture = profile_charts.ages(found, "今泉", "富士市")
    drawn = ET.fromstring(picture.svg)
    for one in found:
        if one.of_city is not None and abs(one.share - one.of_city) >= 0.02:
            assert f"{one.name}は{one.share:.1%}" in picture.finding
    assert picture.finding in drawn.find("{http://www.w3.org/2000/svg}desc").text


def test_by_hand():
    old = tuple([0] * 15 + [10, 0, 0])  # ten men of 75 to 79
    young = tuple([30] + [0] * 17)  # thirty girls under five
    found = profile_charts.bands(count(old, young), count(young, young))
    assert [(one.people, one.share, one.of_city) for one in (found[0], found[5])] == [(30, 0.75, 1.0), (10, 0.25, 0.0)]
    assert "75歳からは25.0%で、富士市(0.0%)より多いです。" in profile_charts.ages(found, "今泉", "富士市").finding


def test_people_over_the_years_and_what_is_not_known():
    counts = [Count(date(year, 4, 1), people, None, None, None, None) for year, people in ((2026, 950), (2021, 1000))]
    picture = profile_charts.people(Profile(tuple(counts), "市の統計"), "今泉")
    assert picture.finding == "2021年4月から2026年4月までに、50人減りました(-5.0%)。"
    assert profile_charts.people(Profile((counts[0],), ""), "今泉") is None
    assert profile_charts.bands(counts[0], None) == ()
    assert profile_charts.ages((), "今泉", "富士市") is None
