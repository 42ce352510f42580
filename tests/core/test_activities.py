"""The list of activities: by range, for whom, at what kind of place."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.core import activities, intent
from bot.now import JST
from content import dates
from content.packs_model import Activity, Change, Entry, Source
from content.recurrence import occurrences

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=JST)


def entry(key, place, rule="FREQ=WEEKLY;BYDAY=SA", audience="どなたでも", **more):
    activity = Activity(rule=rule, place=place, audience_words=audience, **more)
    return Entry(key, "activity", key, "-", Source("たより"), activity=activity)


WALK = entry("walk", "川べりの公園（見本）")
TEA = entry("tea", "今泉まちづくりセンター（見本）", rule="FREQ=WEEKLY;BYDAY=TH", audience="高齢者の方")
PLAY = entry("play", "今泉小学校のグラウンド（見本）", rule="FREQ=WEEKLY;BYDAY=SU", audience="子ども")
ALL = (WALK, TEA, PLAY)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("今度の土日の行事", ["walk", "play"]),
        ("今度の土日、公園で何かある？", ["walk"]),
        ("来週のまちセンの行事", ["tea"]),
        ("来週、公民館の行事", ["tea"]),  # what the centres were called before
        ("来週、市役所の行事", ["tea", "walk", "play"]),  # nothing there: all of them, each with its place
        ("来週、子どもの行事", ["play", "walk"]),
    ],
)
def test_range_audience_and_place(text, found):
    listed = activities.listing(ALL, text, NOW, dates.find(text, NOW))
    assert [one.id for one, _ in listed] == found


def test_a_question_for_a_place_is_one_for_events():
    assert intent.wants_events("公園の行事", dated=False)
    assert not intent.wants_events("公園の掃除", dated=False)


def test_a_moved_date_is_listed_on_its_new_day_and_only_there():
    moved = entry("moved", "公園", changes=(Change(date(2026, 11, 21), "順延", "雨", date(2026, 11, 23)),))
    days = [(one.day.day, one.starts_at.day, one.state) for one in occurrences(moved, NOW, NOW.replace(day=30))]
    assert days == [(21, 23, "順延"), (28, 28, "予定")]
    assert activities.listing([moved], "", NOW, dates.find("今度の土日", NOW)) == []
    assert len(activities.listing([moved], "", NOW, dates.find("11月23日", NOW))) == 1
