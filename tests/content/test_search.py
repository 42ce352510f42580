"""The lexical index: what people type finds what was written, however they type it."""

from __future__ import annotations

import threading

import pytest

from bot.bench.search import read_lines, scores
from content.search import tokens
from content.search.index import Document, LexicalIndex, query
from content.search.rank import Ranker
from content.search.same_words import unify
from tests.support.places import SHARED

DOCUMENTS = [
    Document("garbage", ("ごみの収集日を知りたいとき", "ごみの日はいつ"), "収集日は町ごとに違います。", ("燃えるごみ", "lixo", "Abfall")),
    Document("centre", ("まちづくりセンターの部屋を借りるには",), "5人以上の団体が使えます。", ("会議室", "まちセン")),
    Document("drill", ("防災訓練", "避難訓練はいつ"), "安否の確認と初期消火をします。", ("訓練",)),
    Document("lamp", ("防犯灯が切れているとき",), "町内会長に知らせてください。"),
    Document("festival", ("夏祭りはいつか",), "地区ごとに違います。", ("盆踊り",)),
]  # fmt: skip


@pytest.fixture(scope="module")
def ranker():
    return Ranker(LexicalIndex(DOCUMENTS))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ごみの日はいつですか", "garbage"), ("ゴミ収集日教えてください", "garbage"), ("ごみ　ひ　いつ", "garbage"), ("ｺﾞﾐの日", "garbage"), ("gomi no hi itsu", "garbage"),
        ("Onde jogo o lixo?", "garbage"), ("部屋を借りたい", "centre"), ("へやをかりたいです", "centre"), ("まちセンの会議室", "centre"), ("ぼうさいくんれん", "drill"),
        ("ボウサイクンレン", "drill"), ("避難訓錬はいつ", "drill"), ("防犯灯がつかない", "lamp"), ("夏まつり", "festival"), ("bon odori", "festival"),
    ],
)  # fmt: skip
def test_found_first(ranker, text, wanted):
    assert ranker.rank(query(text))[0].id == wanted


@pytest.mark.parametrize("text", ["", "。。。", "👍", "?", "\u202e"])
def test_nothing_said_finds_nothing(ranker, text):
    assert ranker.rank(query(text)) == []


def test_only_what_is_allowed(ranker):
    assert {hit.id for hit in ranker.rank(query("ごみの日"), {"drill", "lamp"})} <= {"drill", "lamp"}


def test_confidence_tells_near_from_far(ranker):
    near, far = ranker.rank(query("ごみの日はいつ"))[0], ranker.rank(query("宝くじの当選番号はいつ"))[0]
    assert near.confidence == 1.0
    assert far.confidence < 0.36


def test_an_empty_index_answers_nothing():
    assert Ranker(LexicalIndex([])).rank(query("ごみ")) == []


def test_a_family_weighs_as_one():
    many = [
        Document(f"drill-{number}", (f"第{number}地区の防災訓練",), "訓練です。", family="drill")
        for number in range(30)
    ]
    alone = Ranker(LexicalIndex([*many[:1], *DOCUMENTS])).rank(query("防災訓練"))[0]
    crowd = Ranker(LexicalIndex([*many, *DOCUMENTS])).rank(query("防災訓練"))[0]
    assert crowd.coverage == alone.coverage


def test_polite_tails_are_stripped():
    assert tokens.without_tail(tokens.fold("ごみの日を教えてください。")) == "ごみの日"
    assert tokens.without_tail("教えてください") == "教えてください"


def test_romaji():
    assert tokens.from_romaji("gomi no hi itsu") == "ごみ の ひ いつ"
    assert tokens.from_romaji("bousai kunren itsu desuka") == "ぼうさい くんれん いつ ですか"
    for other in ("where is the park", "onde jogo o lixo?", "no", "hola como te llamas", "ごみ"):
        assert tokens.from_romaji(other) is None


def test_one_thing_one_word():
    assert unify("自治会のゴミステーション") == unify("町内会のごみ置き場")
    assert unify("公民館を借りる") == unify("地域づくりセンターを借りる")
    assert unify("教育委員会") == "教育委員会"


def test_what_people_say_here_is_one_word_and_kana_stays_kana():
    assert next(word.surface for word in tokens.words("まちセンて何時まで")) == "まちセン"
    assert unify("ナノカイチノコウミンカンドコ") == "なのかいちのまちセンどこ"
    assert unify("もえるごみ なんようび") == "もえるごみ なんようび"
    assert unify("もえるごみは何曜") == "燃えるごみは何曜日"


def test_traditional_chinese_is_read_as_simplified():
    assert query("垃圾什麼時候丟").text == "垃圾什么时候扔"
    assert query("総会の時間と場所").text == "総会の時間と場所"


def test_taggers_are_one_a_thread():
    wanted = tokens.lemmas(tokens.parse("防災訓練はいつですか"))
    found: list[list[str]] = []

    def work() -> None:
        for _ in range(50):
            found.append(tokens.lemmas(tokens.parse("防災訓練はいつですか")))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 300


@pytest.mark.shared
def test_heights_on_shared_queries():
    """Below these the lexical path is worse than what was measured before it was built."""
    folder = SHARED / "data" / "faq"
    docs = read_lines(folder / "docs.jsonl", ("id", "title"))
    ranker = Ranker(LexicalIndex([Document(str(one["id"]), (one["title"],), one["body"]) for one in docs]))

    def measured(name, kind):
        asked = [one for one in read_lines(folder / name, ("id", "text", "relevant")) if one["kind"] == kind]
        return scores(asked, [[hit.id for hit in ranker.rank(query(one["text"]))] for one in asked])

    plain, kana = measured("queries_dev.jsonl", "orig"), measured("variants_dev.jsonl", "hira")
    assert (plain["top1"] >= 0.44, plain["recall@3"] >= 0.60) == (True, True), plain
    assert kana["recall@3"] >= 0.5, kana
