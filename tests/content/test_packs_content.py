"""The two packs that come with the product: complete, sourced, marked, and worth asking."""

from __future__ import annotations

import csv
import re
from datetime import datetime, timedelta
from itertools import combinations

import pytest

from bot.now import JST
from content import packs
from content.packs_check import ALIKE, is_fact, jaccard, trigrams
from content.packs_model import KINDS
from tests.support.places import PACKS, SHARED

CITIES = {"fuji": 26, "tomioka": 11}
# The only telephone numbers anybody verified.
PHONES = {"0545-21-7102", "0274-62-1511", "0274-62-0357", "119", "110"}
NOWS = [
    datetime(2026, 11, 22, 10, tzinfo=JST),
    datetime(2026, 11, 25, 23, 59, tzinfo=JST),
    datetime(2026, 12, 31, 12, tzinfo=JST),
    datetime(2027, 2, 28, 8, tzinfo=JST),
    datetime(2028, 2, 29, 20, tzinfo=JST),
]

# What each resident's question must find: the entry, by the question's number in the shared list.
EXPECTED = {
    "Q01": "gomi-toban", "Q03": "gomi-soji", "Q05": "shelter-sudo", "Q07": "tsunami-tagoura",
    "Q09": "chonaikai-nini", "Q11": "chonaikai-yameru", "Q13": "kairanban-tomaru", "Q15": "machisen-kariru",
    "Q17": "facility-centre-fuji-minami", "Q19": "center-riyo", "Q21": "facility-centre-yoshida", "Q23": "natsumatsuri",
    "Q25": "tsukodome", "Q27": "keirokai", "Q29": "kodomokai", "Q31": "mimamori", "Q33": "yatai-naosu",
    "Q35": "bohanto-hojo", "Q37": "npo-tsukuru", "Q39": "kaikei-koza-hi", "Q41": "chonaikai-machikyo",
    "Q43": "kodo-keikaku-shinchoku", "Q45": "entaku-towa", "Q47": "entaku-iken", "Q49": "mirai-kaigi",
    "Q51": "idea", "Q53": "kusakari", "Q55": "akiya-kusa", "Q57": "sashidashi-shinpai", "Q59": "kyukyu-shobo",
    "Q61": "bousai-kunren-imaizumi", "Q63": "gomi-hi", "Q65": "moji-chiisai", "Q67": "toroku-kesu",
    "Q69": "wakaimono", "Q71": "joho-furui", "Q73": "undokai-yoshinaga", "Q75": "taiikukan-yoyaku",
}  # fmt: skip


@pytest.fixture(scope="module", params=sorted(CITIES))
def pack(request):
    return packs.load(PACKS / request.param)


@pytest.fixture(scope="module")
def both():
    return {city: packs.load(PACKS / city) for city in CITIES}


def test_nothing_is_wrong_and_there_is_enough(pack):
    report = packs.check(PACKS / pack.municipality.id)
    assert (report.errors, report.warnings) == ((), ())
    assert report.districts == CITIES[pack.municipality.id]
    assert report.facts >= 55
    assert {entry.kind for entry in pack.entries} | {"shelter"} == set(KINDS)


def test_no_two_facts_say_the_same(pack):
    # A published list says the same of each of its rows.
    facts = [(entry.id, trigrams(entry.body)) for entry in pack.entries if is_fact(entry) and not entry.imported]
    for (one, left), (other, right) in combinations(facts, 2):
        assert jaccard(left, right) <= ALIKE, (one, other)


FUJI = (
    "吉原 伝法 今泉 広見 青葉台 神戸 原田 富士見台 吉永 吉永北 須津 浮島 元吉原 大淵 富士駅北 富士北 富士駅南 富士南 "
    "田子浦 岩松 岩松北 鷹岡 丘 天間 富士川 松野"
)
TOMIOKA = "富岡 東富岡 七日市黒川 黒岩 一ノ宮 高瀬 額部 小野 吉田 丹生 妙義"


@pytest.mark.parametrize(("city", "names"), [("fuji", FUJI), ("tomioka", TOMIOKA)])
def test_the_districts_are_the_known_ones(both, city, names):
    assert " ".join(one.name for one in both[city].districts) == names


def test_every_district_has_its_reading_council_and_centre(both):
    for pack in both.values():
        for district in pack.districts:
            assert re.fullmatch(r"[ぁ-ん]+", district.kana)
            assert district.council
            assert district.centre


def test_names_that_people_mix_up_know_each_other(both):
    districts = {one.name: one for one in both["fuji"].districts}
    for left, right in [
        ("富士駅北", "富士北"),
        ("富士駅南", "富士南"),
        ("吉永", "吉永北"),
        ("岩松", "岩松北"),
        ("吉原", "元吉原"),
    ]:
        assert districts[right].id in districts[left].look_alikes
        assert districts[left].id in districts[right].look_alikes


@pytest.mark.shared
def test_districts_agree_with_the_table_they_were_told_from(both):
    with (SHARED / "data" / "districts" / "districts.csv").open(encoding="utf-8") as file:
        rows = {(row["city_code"], row["district"]): row for row in csv.DictReader(file)}
    for pack in both.values():
        for district in pack.districts:
            row = rows[pack.municipality.code, district.name]
            assert (district.kana, district.centre, district.address) == (row["kana"], row["centre"], row["address"])
            assert (district.lat, district.lon) == (float(row["lat"] or 0) or None, float(row["lon"] or 0) or None)


def test_only_verified_telephone_numbers_are_named(pack):
    for entry in pack.entries:
        texts = [entry.title, entry.body, *entry.keywords, *entry.extra.values()]
        texts += [part for one in entry.translations.values() for part in (one.title, one.body)]
        for text in texts:
            assert set(re.findall(r"0\d{1,4}-\d{1,4}-\d{3,4}", text)) <= PHONES, entry.id
    assert {desk.phone for desk in pack.desks} | {desk.fax for desk in pack.desks} <= PHONES | {None}


def test_samples_are_marked_and_everything_else_has_its_source_and_day(pack):
    for entry in pack.entries:
        assert entry.source.title, entry.id
        if entry.sample:
            assert "（見本）" in entry.title, entry.id
            assert "見本" in entry.activity.place, entry.id
        elif entry.kind != "desk":
            assert entry.checked_on, entry.id
            assert entry.activity is None, entry.id


def test_texts_are_short_enough_to_read_on_a_phone(pack):
    for entry in pack.entries:
        if entry.imported:  # its names are written as the list writes them
            continue
        assert len(entry.body) <= 200, (entry.id, len(entry.body))
        assert "させていただ" not in entry.body, entry.id
        assert not re.search(r"[！!０-９]", entry.body), entry.id


def test_the_most_asked_have_easy_japanese_and_english(pack):
    own = [entry for entry in pack.entries if is_fact(entry)]
    easy = [entry for entry in own if "easy-ja" in entry.translations]
    english = [entry for entry in own if "en" in entry.translations]
    assert len(easy) >= 25
    assert len(english) >= 25
    assert all(one.translations["en"].by == "machine" for one in english)
    for entry in easy:
        assert entry.translations["easy-ja"].by == "human"


def test_every_district_has_its_desk_centre_council_drill_and_cleaning(pack):
    ids = {entry.id for entry in pack.entries}
    for district in pack.districts:
        for part in ("centre-", "facility-centre-", "council-", "bousai-kunren-", "seiso-"):
            assert part + district.id in ids


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_any_day_has_something_this_weekend_called_off_full_and_past_its_deadline(pack, now):
    found = [
        one
        for entry in pack.entries
        for one in packs.occurrences(entry, now, now + timedelta(days=7))
        if one.starts_at.weekday() >= 5
    ]
    assert [one for one in found if one.state in ("予定", "実施", "小雨決行") and not one.full and not one.closed(now)]
    assert [one for one in found if one.called_off and one.state_note]
    assert [one for one in found if one.full]
    assert [one for one in found if one.closed(now) and not one.full]


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_every_activity_has_a_next_date(pack, now):
    for entry in pack.entries:
        if entry.activity:
            assert packs.next_occurrence(entry, now), entry.id


def test_round_tables_are_counted(pack):
    table = next(entry for entry in pack.entries if entry.id.startswith("entaku-") and entry.activity)
    assert re.search(r"第\d+回（見本）$", packs.next_occurrence(table, NOWS[0]).title)


def _pairs(text: str) -> set[str]:
    packed = re.sub(r"[\s？?、。]", "", text).lower()
    return {packed[at : at + 2] for at in range(len(packed) - 1)}


def _nearness(question: str, entry: packs.Entry) -> float:
    asked = _pairs(question)
    own = [entry.title, *entry.questions]
    return max(len(asked & _pairs(one)) / (len(asked | _pairs(one)) or 1) for one in own)


@pytest.mark.shared
def test_every_residents_question_meets_its_entry(both):
    """Counted with bare letter pairs, so that it is the pack's own words that lead there, not a clever search."""
    with (SHARED / "data" / "questions" / "resident-questions.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert {row["id"] for row in rows} == set(EXPECTED)
    for row in rows:
        pack = both["fuji" if row["city"] == "富士" else "tomioka"]
        by_id = {entry.id: entry for entry in pack.entries}
        expected = by_id[EXPECTED[row["id"]]]
        if row["id"] == "Q59":
            continue  # 「火事です」 is an emergency: it never reaches the entries
        named = [one.id for one in pack.districts if one.name in row["question"]]
        rivals = [
            entry
            for entry in pack.entries
            if entry.family is None or entry.family != expected.family
            if not entry.districts or not named or set(entry.districts) & set(named)
        ]
        better = [
            entry.id for entry in rivals if _nearness(row["question"], entry) > _nearness(row["question"], expected)
        ]
        assert len(better) < 3, (row["question"], better)
