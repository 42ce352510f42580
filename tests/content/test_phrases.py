"""Every phrase in every language: same keys, same placeholders, really translated, marked human or machine."""

from __future__ import annotations

import re
import string

import pytest

from content.phrases import FOLDER, languages, phrases

# Proper names and signs that are the same in every language.
SAME: frozenset[str] = frozenset({"common.back"})
JAPANESE = re.compile("[ぁ-ヿ一-鿿]")


def placeholders(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def others():
    return [language for language in languages() if language != "ja"]


@pytest.mark.parametrize("language", ["easy-ja", "en"])
def test_keys_and_placeholders(language):
    ours, theirs = phrases("ja").texts, phrases(language).texts
    assert ours.keys() == theirs.keys()
    assert {key: placeholders(text) for key, text in ours.items()} == {
        key: placeholders(text) for key, text in theirs.items()
    }


@pytest.mark.parametrize("language", ["easy-ja", "en"])
def test_nothing_is_left_in_japanese(language):
    ours, theirs = phrases("ja").texts, phrases(language).texts
    same = {key for key, text in ours.items() if text == theirs[key] and JAPANESE.search(text)}
    assert {key for key in same if key.startswith(("answer.", "emergency.", "common."))} <= SAME


def test_every_catalogue_says_who_wrote_it():
    for language in languages():
        found = phrases(language)
        assert found.machine <= found.texts.keys(), language
        assert (FOLDER / f"{language}.toml").read_text(encoding="utf-8").startswith("[meta]\nby = ")


def test_the_nearest_catalogue_answers():
    assert phrases("pt").language == "en"
    assert phrases("easy-ja").language == "easy-ja"


def test_unknown_keys_and_missing_values_are_errors():
    with pytest.raises(KeyError):
        phrases("ja").say("answer.nothing_like_it")
    with pytest.raises(KeyError):
        phrases("ja").say("answer.desk")


@pytest.mark.parametrize("language", ["ja", "easy-ja", "en"])
@pytest.mark.parametrize(
    ("kind", "number"), [("fire", "119"), ("medical", "119"), ("crime", "110"), ("suicide", "0120-279-338")]
)
def test_emergency_texts_hold_the_number(language, kind, number):
    assert number in phrases(language).say(f"emergency.{kind}")
