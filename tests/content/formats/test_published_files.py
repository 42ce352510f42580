"""The real files of data/opendata: every row is read, and what is odd in them is told."""

from __future__ import annotations

from datetime import date, time

import pytest

from content.formats.reading import kind_of, open_file
from content.formats.rows_in import City
from content.packs_model import Source
from tests.support.places import SHARED

FILES = SHARED / "data" / "opendata"
CITY = City("fuji", "222101", "富士市", Source("見本の出典"), date(2026, 8, 3), {"今泉": "imaizumi"})

pytestmark = pytest.mark.shared

READ = [
    ("activities", "takamatsu_events.csv", "E", 51),
    ("facilities", "takamatsu_community_center.csv", "E", 52),
    ("facilities", "yaizu_222127_community_center.csv", "A", 9),
    ("shelters", "yaizu_222127_evacuation_space.csv", "A", 31),
    ("shelters", "gsi_222101_emergency.geojson", "GeoJSON", 127),
    ("shelters", "gsi_222101_evacuation.geojson", "GeoJSON", 65),
    ("shelters", "gsi_102105_emergency.geojson", "GeoJSON", 40),
    ("shelters", "gsi_102105_evacuation.geojson", "GeoJSON", 44),
    ("population", "takamatsu_population.csv", "E", 235),
    ("calendar", "narashino_R5calendar_akitsu.ics", "iCalendar", 238),
]


def rows(kind: str, name: str):
    with (FILES / name).open("rb") as stream:
        found = open_file(kind, stream, CITY)
        return found.form, list(found.rows)


@pytest.mark.parametrize(("kind", "name", "form", "number"), READ)
def test_every_row_is_taken(kind, name, form, number):
    known, read = rows(kind, name)
    assert known.startswith(form)
    assert len(read) == number
    assert [row for row in read if row.refused] == []
    with (FILES / name).open("rb") as stream:
        assert kind_of(stream) == kind


def test_a_citys_own_event_list_with_free_texts():
    _, read = rows("activities", "takamatsu_events.csv")
    activities = {row.row: row.entry.activity for row in read}
    assert (activities[1].starts_on, activities[1].ends_on) == (date(2026, 8, 5), date(2026, 8, 16))
    assert (activities[1].start, activities[1].end) == (time(9), time(22))
    assert "※10日（月）以外" in read[0].entry.body
    assert activities[6].ends_on == date(2026, 8, 16)  # 8月16日(日)まで
    assert (activities[10].start, activities[10].end) == (time(14), time(20, 30))  # ②14:00 ③18:30
    assert activities[16].starts_on == date(2026, 8, 22)  # a date that Excel had written
    assert activities[31].dates == (date(2026, 9, 5),)  # two matches, told in the column of times
    assert activities[32].dates == (date(2026, 9, 18), date(2026, 10, 2), date(2026, 10, 16))
    assert (activities[3].capacity, activities[27].capacity) == (220, None)
    assert activities[35].apply_by == date(2026, 8, 21)
    undated = read[49]
    assert (undated.entry.activity.starts_on, undated.entry.activity.rule) == (None, None)
    assert "随時" in undated.entry.body
    assert any("随時" in note.why for note in undated.warnings)


def test_shelters_of_both_kinds_are_told_apart():
    _, emergency = rows("shelters", "gsi_222101_emergency.geojson")
    _, evacuation = rows("shelters", "gsi_222101_evacuation.geojson")
    assert {row.entry.shelter.type for row in emergency} == {"emergency"}
    assert {row.entry.shelter.type for row in evacuation} == {"evacuation"}
    first = emergency[0].entry
    assert (first.title, first.shelter.hazards) == ("神戸まちづくりセンター", ("flood", "landslide"))
    assert (first.shelter.lat, first.shelter.lon) == (35.188613, 138.712558)


def test_marks_that_are_circles_count():
    _, read = rows("shelters", "yaizu_222127_evacuation_space.csv")
    assert read[0].entry.shelter.hazards == ("earthquake", "tsunami")
    assert [note.column for note in read[0].warnings] == ["市区町村コード"]


def test_the_days_of_a_rubbish_calendar_are_one_activity_each():
    _, read = rows("calendar", "narashino_R5calendar_akitsu.ics")
    entries = [row.entry for row in read if row.entry]
    assert len(entries) == 4
    assert sum(1 + len(entry.activity.dates) for entry in entries) == 238
