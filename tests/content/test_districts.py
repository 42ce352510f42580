"""Districts in what people type: look-alikes, readings, schools, and what is none."""

from __future__ import annotations

import pytest

from content import districts, packs
from tests.support.places import PACKS


@pytest.fixture(scope="module")
def fuji():
    return packs.load(PACKS / "fuji").districts


@pytest.fixture(scope="module")
def tomioka():
    return packs.load(PACKS / "tomioka").districts


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("今泉です", "今泉"), ("うちの避難所どこですか　須津です", "須津"), ("富士南のまちセン何時まで？", "富士南"), ("富士駅南", "富士駅南"),
        ("ふじえきみなみ", "富士駅南"), ("ﾌｼﾞｴｷﾐﾅﾐのまちせん　なんじまで", "富士駅南"), ("ふじみなみ", "富士南"), ("ふじきた", "富士北"),
        ("子ども会入りたい　丘小です", "丘"), ("丘地区", "丘"), ("丘", "丘"), ("おかです", "丘"), ("吉永の運動会やるの？", "吉永"), ("吉永北の運動会", "吉永北"),
        ("元吉原", "元吉原"), ("もとよしわら", "元吉原"), ("吉原の祇園祭", "吉原"), ("岩松", "岩松"), ("岩松北小学校", "岩松北"), ("いわまつきた", "岩松北"),
        ("富士川地区です", "富士川"), ("富士川のごみの日", "富士川"), ("神戸の防災訓練", "神戸"), ("ごうど", "神戸"), ("すど", "須津"), ("すどにすんでます", "須津"),
        ("富士駅みなみ", "富士駅南"), ("富士見台小", "富士見台"), ("広見公園", "広見"), ("Quando é o treinamento em Imaizumi?", "今泉"),
        ("今泉まちづくりセンター", "今泉"), ("静岡県富士市今泉に住んでいます", "今泉"),
    ],
)  # fmt: skip
def test_one_in_fuji(fuji, text, name):
    match = districts.find(text, fuji)
    assert (match.kind, [one.name for one in match.districts]) == ("one", [name])


@pytest.mark.parametrize(
    "text",
    [
        "富士市の避難所", "緑ヶ丘の公園", "丘の上公園", "富士川が氾濫したら", "富士川の河川敷", "富士川の水位", "神戸市に引っ越す", "原田さんに相談",
        "今泉さんの電話番号", "おかね", "おかしい", "富士北部", "夏祭りいつ？", "", "ひろみちゃん", "富士山",
    ],
)  # fmt: skip
def test_none_in_fuji(fuji, text):
    assert districts.find(text, fuji).kind == "none"


def test_several(fuji):
    match = districts.find("富士駅のそばです", fuji)
    assert match.kind == "several"
    assert {one.name for one in match.districts} == {"富士駅北", "富士駅南"}
    assert {one.name for one in districts.find("今泉と須津", fuji).districts} == {"今泉", "須津"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("富岡", "富岡"), ("富岡地区です", "富岡"), ("富岡公民館の電話", "富岡"), ("東富岡", "東富岡"), ("七日市黒川の行事", "七日市黒川"), ("小野", "小野"),
        ("小野地区", "小野"), ("吉田公民館の電話", "吉田"), ("丹生小", "丹生"), ("にゅうです", "丹生"), ("みょうぎ", "妙義"),
    ],
)  # fmt: skip
def test_one_in_tomioka(tomioka, text, name):
    match = districts.find(text, tomioka)
    assert (match.kind, [one.name for one in match.districts]) == ("one", [name])


@pytest.mark.parametrize(
    "text", ["富岡市", "富岡の円卓会議", "富岡製糸場", "小野さんに聞いて", "にゅうがく", "とみおかし", "小野寺さん"]
)
def test_none_in_tomioka(tomioka, text):
    assert districts.find(text, tomioka).kind == "none"


def test_every_district_is_found_by_its_name_reading_and_centre(fuji, tomioka):
    for cities in (fuji, tomioka):
        for district in cities:
            for text in (district.name, district.kana, f"{district.name}地区の行事", f"{district.centre}はどこ"):
                match = districts.find(text, cities)
                assert [one.id for one in match.districts] == [district.id], text


def test_nearest(fuji):
    centre = next(one for one in fuji if one.name == "今泉")
    assert districts.nearest(centre.lat, centre.lon, fuji)[0].name == "今泉"
    assert len(districts.nearest(35.16, 138.69, fuji, count=5)) == 5


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("吉田公民館の電話", "吉田"), ("山田まちセン何時まで", "山田"), ("吉田地区の夏祭り", "吉田"), ("東富岡まちづくりセンター", "東富岡"),
        ("須津公民館の電話", None), ("吉永北まちセン", None), ("公民館の電話", None), ("最寄りの公民館", None), ("日曜まちセンは開く", None),
        ("富士市の公民館", None), ("静岡県の補助金", None), ("中央公民館の場所", "中央"), ("静岡市のごみの日", "静岡市"),
        ("高崎市の防災訓練いつ", "高崎市"), ("静岡市から引っ越してきた", None), ("甘楽町の祭り", "甘楽町"),
        ("甘楽町から引っ越した", None), ("町内会の祭り", None), ("朝市はいつ", None), ("市の人口", None),
        ("各地区の防災訓練", None), ("年末年始まちセンやってる", None), ("まちづくりセンターの料金", None),
    ],
)  # fmt: skip
def test_a_place_that_is_none_of_these(fuji, text, name):
    assert districts.unknown_place(text, fuji, ("富士市", "静岡県")) == name


def test_a_word_that_several_share_is_none_of_them_yet(fuji):
    shared = districts.find("富士駅の文化祭", fuji)
    assert [one.name for one in shared.districts] == ["富士駅北", "富士駅南"]
    assert shared.shared
    assert not districts.find("吉原と今泉の文化祭", fuji).shared


def test_a_person_called_as_a_district_is(tomioka):
    assert districts.without_people("小野さんの電話", tomioka) == "個人の電話"
    assert districts.without_people("小野の電話", tomioka) == "小野の電話"
