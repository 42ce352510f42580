"""Where to flee to: by hazard, district and place; what saves a life and where one stays are told apart."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bot.core import answer_text, refuges
from bot.core.answering import consider
from bot.core.asked import Question
from bot.core.knowledge import build
from content.packs_model import Entry, Shelter
from tests.core.test_answering import CITY, DESKS, DISTRICTS, NOW, SOURCE

HOME = (35.0, 138.0)
PLACES = tuple(replace(one, lat=35.0 + at, lon=138.0) for at, one in enumerate(DISTRICTS))


def shelter(key, title, north, *hazards, kind="emergency", **values):
    place = Shelter(kind, hazards, address=f"{title}の住所", lat=35.0 + north / 111.32, lon=138.0, **values)
    return Entry(key, "shelter", title, "", SOURCE, contact="city", shelter=place)


SHELTERS = (
    shelter("tower", "津波タワー", 1.0, "tsunami"),
    shelter("school", "東小学校", 0.5, "flood", "earthquake"),
    shelter("school-2", "東小学校", 0.5, "flood", "earthquake"),
    shelter("hill", "高台公園", 2.0, "tsunami", "earthquake"),
    shelter("far", "遠い公園", 30.0, "tsunami"),
    shelter("partly", "低い公園", 0.1, partly=("tsunami",)),
    shelter("gym", "東体育館", 0.2, kind="evacuation"),
    Entry("nowhere", "shelter", "場所のない所", "", SOURCE, shelter=Shelter(hazards=("tsunami",))),
)


def ask(text, **values):
    known = build(CITY, PLACES, DESKS, SHELTERS)
    decision = consider(Question(text, NOW, **values), known)
    return decision, answer_text.render(decision, known, NOW)


def test_the_nearest_of_the_hazard_from_the_districts_centre():
    decision, said = ask("津波のときどこに逃げる？", district="higashi")
    assert [one.entry.id for one in decision.refuges] == ["tower", "hill"]
    assert decision.kind == "answer"
    for words in (
        "東山の近く",
        "津波",
        "1. 津波タワー(約1.0km)",
        "津波タワーの住所",
        "2. 高台公園(約2.0km)",
        "避難所」とは別",
        "町内会(区)の役員",
        "出典",
        "市民協働課",
    ):
        assert words in said
    assert "低い公園" not in said


def test_from_where_somebody_is_the_location_counts_not_the_district():
    here = (35.0 + 1.9 / 111.32, 138.0)
    decision, said = ask("津波のときどこに逃げる？", district="nishi", near=here)
    assert [one.entry.id for one in decision.refuges] == ["hill", "tower"]
    assert "いまいる所から近い" in said
    assert "(約0.1km)" in said


def test_a_place_that_is_listed_twice_is_named_once():
    decision, _ = ask("洪水のときどこに逃げる", district="higashi")
    assert [one.entry.title for one in decision.refuges] == ["東小学校"]


def test_two_hazards_need_a_place_that_serves_both():
    decision, _ = ask("地震と津波のときはどこへ避難する", district="higashi")
    assert [one.entry.id for one in decision.refuges] == ["hill"]


def test_without_a_hazard_it_is_asked_back_and_without_a_place_the_district_is():
    decision, said = ask("どこに逃げればいい？", district="higashi")
    assert (decision.asks, [one.id for one in decision.options]) == ("hazard", ["earthquake", "tsunami", "flood"])
    assert "災害によって" in said
    decision, _ = ask("津波のときどこに逃げる？")
    assert decision.asks == "district"


def test_none_near_is_said():
    decision, said = ask("津波のときどこに逃げる？", near=(36.0, 139.0))
    assert decision.kind == "unknown"
    assert "登録されていません" in said
    assert ask("津波のときどこに逃げる？", district="nishi")[0].kind == "unknown"


def test_dwellings_are_another_list():
    decision, said = ask("近くの避難所はどこ", near=HOME)
    assert [one.entry.id for one in decision.refuges] == ["gym"]
    assert "家に帰れないとき" in said
    assert "津波タワー" not in said


def test_a_shelter_is_found_by_its_name():
    decision, said = ask("津波タワーはどこですか")
    assert [one.entry.id for one in decision.found] == ["tower"]
    assert "津波タワーの住所" in said


@pytest.mark.parametrize("language", ["easy-ja", "en", "pt", "vi", "zh-Hans", "tl", "es"])
def test_in_every_language(language):
    known = build(CITY, PLACES, DESKS, SHELTERS)
    decision = consider(Question("津波のときどこに逃げる？", NOW, district="higashi", language=language), known)
    said = answer_text.render(decision, known, NOW)
    assert "津波タワー" in said
    assert "1.0" in said


def test_distances_are_right_to_one_percent():
    here, there = (35.16139, 138.67611), (35.25986, 138.88994)
    (lat, lon), (lat2, lon2) = (tuple(map(math.radians, one)) for one in (here, there))
    half = math.sin((lat2 - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    assert refuges.km(here, there) == pytest.approx(2 * 6371.0 * math.asin(math.sqrt(half)), rel=0.01)  # haversine
