"""The search box finds the same letters in any width, case and kana, and marks them as they were written."""

from __future__ import annotations

import pytest

from content.search.plain_find import has, kanji, marked, words


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("ごみ", "ゴミの出し方"),
        ("ゴミ", "ｺﾞﾐの日"),
        ("ＬＩＮＥ", "Lineとつなぐ"),
        ("公園 清掃", "清掃のお知らせ(中央公園)"),
        ("１２月", "12月6日"),
        ("バス", "ハ\u3099ス停"),
    ],
)
def test_the_same_letters_are_found(typed: str, text: str):
    assert has(text, words(typed))


@pytest.mark.parametrize(("typed", "text"), [("ごみ 粗大", "ゴミの出し方"), ("はす", "バス停"), ("", "")])
def test_other_letters_are_not(typed: str, text: str):
    assert not words(typed) or not has(text, words(typed))


def test_what_was_found_is_marked_as_it_was_written():
    parts = marked("あしたは、ｺﾞﾐを出す日です。ゴミ袋に入れます。", words("ごみ"), whole=True)
    assert [part.text for part in parts if part.found] == ["ｺﾞﾐ", "ゴミ"]
    assert "".join(part.text for part in parts) == "あしたは、ｺﾞﾐを出す日です。ゴミ袋に入れます。"


def test_of_a_long_text_only_what_stands_around_is_shown():
    parts = marked("前" * 300 + "㈱円卓" + "後" * 300, words("(株)円卓"))
    assert [part.text for part in parts if part.found] == ["㈱円卓"]
    assert len("".join(part.text for part in parts)) < 120
    assert parts[0].text.startswith("…")
    assert marked("何もない", words("円卓")) == ()


def test_kanji_must_stand_in_a_text_as_they_are():
    assert kanji(words("公園のゴミ拾い")) == ["公園", "拾"]
