"""Every phrase in every language: same keys, same placeholders, really translated, marked human or machine."""

from __future__ import annotations

import re
import string

import pytest

from content.phrases import FOLDER, SERVED, languages, phrases

JAPANESE = re.compile("[ぁ-ヿ一-鿿]")
KANA = re.compile("[ぁ-ゖァ-ヺ]")


def placeholders(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def others():
    return [language for language in languages() if language != "ja"]


def test_every_language_that_can_be_chosen_has_a_catalogue():
    assert set(SERVED) == set(languages())


@pytest.mark.parametrize("language", others())
def test_keys_and_placeholders(language):
    ours, theirs = phrases("ja").texts, phrases(language).texts
    assert ours.keys() == theirs.keys()
    assert {key: placeholders(text) for key, text in ours.items()} == {
        key: placeholders(text) for key, text in theirs.items()
    }


def test_easy_japanese_is_written_anew():
    ours, theirs = phrases("ja").texts, phrases("easy-ja").texts
    same = {key for key, text in ours.items() if text == theirs[key] and JAPANESE.search(text)}
    assert {key for key in same if key.startswith(("answer.", "emergency.", "common."))} <= {"common.back"}


@pytest.mark.parametrize("language", [language for language in others() if language != "easy-ja"])
def test_no_kana_outside_what_is_to_be_read_out_in_japanese(language):
    found = {key for key, text in phrases(language).texts.items() if KANA.search(text)}
    assert found <= {"chat.first_line", "chat.language_body"} | {
        f"emergency.{kind}" for kind in ("fire", "medical", "crime", "suicide", "disaster")
    }


@pytest.mark.parametrize("language", languages())
def test_every_phrase_can_be_said(language):
    """A broken placeholder would raise: every hole is filled by name, and braces are in pairs."""
    for key, text in phrases(language).texts.items():
        said = phrases(language).say(key, **dict.fromkeys(placeholders(text), "x"))
        assert said.strip(), key
        assert "{" not in said, key
        assert "}" not in said, key


def test_every_catalogue_says_who_wrote_it():
    for language in languages():
        found = phrases(language)
        assert found.machine <= found.texts.keys(), language
        assert (FOLDER / f"{language}.toml").read_text(encoding="utf-8").startswith("[meta]\nby = ")


def test_the_nearest_catalogue_answers():
    assert phrases("ko").language == "en"
    assert phrases("zh-Hant").language == "zh-Hans"
    assert phrases("easy-ja").language == "easy-ja"


def test_unknown_keys_and_missing_values_are_errors():
    with pytest.raises(KeyError):
        phrases("ja").say("answer.nothing_like_it")
    with pytest.raises(KeyError):
        phrases("ja").say("answer.desk")


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(
    ("kind", "number"),
    [("fire", "119"), ("medical", "119"), ("crime", "110"), ("suicide", "0120-279-338"), ("disaster", "119")],
)
def test_emergency_texts_hold_the_number(language, kind, number):
    lines = phrases(language).say(f"emergency.{kind}").split("\n")
    assert number in (lines[0] if kind != "suicide" else "".join(lines[:3]))
