"""The language of short messages, and the prior that a short word never overrules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from content.language import identify, of_catalogue
from tests.support.places import SHARED


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ごみの日はいつですか", "ja"), ("防災訓練", "ja"), ("避難所", "ja"), ("円卓会議", "ja"), ("国民健康保険", "ja"), ("ｺﾞﾐ", "ja"), ("受給者証 申請", "ja"),
        ("When is the disaster drill?", "en"), ("Quando é o treinamento de desastre?", "pt"), ("Onde jogo o lixo?", "pt"),
        ("¿Dónde tiro la basura?", "es"), ("Khi nào có diễn tập?", "vi"), ("Kailan ang fire drill?", "tl"), ("垃圾什么时候扔？", "zh-Hans"),
        ("垃圾什麼時候丟？", "zh-Hant"), ("쓰레기 버리는 날", "ko"), ("วันทิ้งขยะ", "th"), ("फोहोर कहिले", "ne"), ("Kapan hari sampah?", "id"),
    ],
)  # fmt: skip
def test_identify(text, language):
    assert identify(text).language == language


@pytest.mark.parametrize("text", ["", "123", "👍", "OK", "?", "e"])
@pytest.mark.parametrize("prior", ["pt", "ja", "vi"])
def test_a_short_text_never_changes_the_language(text, prior):
    guess = identify(text, prior)
    assert (guess.language, guess.sure) == (prior, False)


def test_short_messages_as_people_type_them():
    """Lower case, capitals, names, digits, signs, Latin letters for Japanese, Vietnamese without its signs."""
    lines = (Path(__file__).parent / "cases" / "short_messages.tsv").read_text(encoding="utf-8").splitlines()
    wrong = [line for line in lines if identify(line.split("\t")[1]).language != line.split("\t")[0]]
    assert len(lines) > 200
    assert len(wrong) <= 0.02 * len(lines), wrong


@pytest.mark.parametrize("prior", [None, "ja", "easy-ja"])
def test_romaji_is_japanese(prior):
    assert identify("gomi no hi wa itsu desu ka", prior).language == "ja"


@pytest.mark.parametrize("prior", ["pt", "en", "tl"])
def test_romaji_of_who_chose_another_language_changes_nothing(prior):
    assert not identify("gomi no hi wa itsu desu ka", prior).sure


@pytest.mark.parametrize(
    ("text", "prior"),
    [("banana", "ja"), ("Rosa", "easy-ja"), ("no", "pt"), ("hola", "ja"), ("sunog", "en"), ("lixo", "vi"), ("道路", "zh-Hans"), ("今泉", "vi"), ("Imaizumi", "es")],
)  # fmt: skip
def test_one_word_is_never_sure_of_another_language(text, prior):
    guess = identify(text, prior)
    assert not guess.sure or guess.language == prior


def test_a_clear_sentence_does():
    assert identify("Quando é o treinamento de desastre do bairro?", "en").language == "pt"
    assert identify("ごみの日はいつですか", "pt").language == "ja"


def test_the_nearest_catalogue():
    known = ("easy-ja", "en", "ja")
    assert [of_catalogue(one, known) for one in ("ja", "easy-ja", "pt", "zh-Hant")] == ["ja", "easy-ja", "en", "en"]


@pytest.mark.shared
def test_macro_accuracy_on_shared_messages():
    lines = (SHARED / "data" / "language" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    right: dict[str, list[bool]] = {}
    for line in map(json.loads, lines):
        guess = identify(line["text"]).language
        right.setdefault(line["lang"], []).append(
            guess == line["lang"] or (line["lang"] == "zh" and guess.startswith("zh-"))
        )
    shares = {language: sum(values) / len(values) for language, values in right.items()}
    assert sum(shares.values()) / len(shares) >= 0.985
    assert shares["zh-Hant"] >= 0.96
