"""A district's profile equals what one works out by hand from the table."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from bot.core import profiles
from bot.core.profiles import OLD_FROM, WORKING_FROM
from content.formats.column_words import AGES
from content.packs_model import District, Entry, Source
from tests.support.places import SHARED

EAST = District("higashi", "東山", "ひがしやま", "", "")


def row(area, total, day="2026-10-01", districts=("higashi",), men=None, women=None, **more):
    extra = {"地域名": area, "総人口": str(total), "調査年月日": day} | {
        name: str(value) for name, value in more.items()
    }
    for sex, ages in (("男性", men), ("女性", women)):
        if ages:
            extra |= {f"{age}の{sex}": str(ages[at]) for at, age in enumerate(AGES)} | {sex: str(sum(ages))}
    return Entry(f"{area}{day}", "population", area, "", Source("市の統計"), districts=districts, extra=extra)


def test_towns_are_added_up():
    young, old = [1] * 18, [0] * 13 + [2] * 5
    profile = profiles.of_district(
        EAST, [row("一町", 28, men=young, women=old, 世帯数=10), row("二町", 18, men=young, women=[0] * 18, 世帯数=4)]
    )
    count = profile.now
    assert (count.total, count.households, count.sexes) == (46, 14, (36, 10))
    assert count.aged(OLD_FROM) == 5 + 5 + 10
    assert count.share(OLD_FROM) == pytest.approx(20 / 46)
    assert count.aged(0, WORKING_FROM) == 6
    assert count.per_household == pytest.approx(46 / 14)
    assert profile.change is None


def test_the_districts_own_row_counts_alone_and_the_days_make_a_trend():
    profile = profiles.of_district(EAST, [row("東山地区", 100), row("一町", 60), row("東山地区", 120, "2021-10-01")])
    assert [one.total for one in profile.counts] == [100, 120]
    assert profile.change[1] == -20


def test_what_is_not_known_is_not_made_up():
    profile = profiles.of_district(EAST, [row("一町", 10, 世帯数=4), row("二町", "x"), row("三町", 5)])
    assert (profile.now.total, profile.now.households, profile.now.share(OLD_FROM)) == (15, None, None)
    assert profiles.of_district(EAST, [row("よその町", 9, districts=())]) is None
    assert profiles.of_district(EAST, [row("東山", 9, "去年")]) is None


def test_the_city_is_its_own_row_or_the_sum_of_all():
    rows = [row("東山", 100), row("西川", 50, districts=("nishi",)), row("どこか", 5, districts=())]
    assert profiles.of_city(("村市",), rows).now.total == 155
    assert profiles.of_city(("村市",), [*rows, row("村市", 160, districts=())]).now.total == 160


@pytest.mark.shared
def test_a_real_table_by_hand():
    text = (SHARED / "data" / "opendata" / "takamatsu_population.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    bands = {
        f"{letter}{at}": f"{age}の{sex}"
        for at, age in enumerate(AGES, 1)
        for letter, sex in (("man", "男性"), ("woman", "女性"))
    }
    entries = [
        Entry(
            str(at), "population", one["regionName"], "", Source("高松市"), districts=("higashi",),
            extra={"地域名": one["regionName"], "総人口": one["totalPopulation"], "調査年月日": one["surveyDate"][:10], "世帯数": one["numberOfHouseholds"]}
            | {bands[name]: one[name] for name in bands},
        )
        for at, one in enumerate(rows)
    ]  # fmt: skip
    count = profiles.of_district(EAST, entries).now
    assert count.day == date(2026, 2, 1)
    assert count.total == sum(int(one["totalPopulation"]) for one in rows)
    by_hand = sum(int(one[f"{sex}{at}"]) for one in rows for sex in ("man", "woman") for at in range(14, 19))
    assert count.aged(OLD_FROM) == by_hand
    assert count.share(OLD_FROM) == pytest.approx(by_hand / sum(int(one[name]) for one in rows for name in bands))
