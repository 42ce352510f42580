"""Emergency words, both ways: what must be heard and what must not raise an alarm."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from content import emergency

CASES = Path(__file__).parent / "cases" / "emergency.tsv"


def rows():
    with CASES.open(encoding="utf-8") as file:
        return [(row["text"], row["kind"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


@pytest.mark.parametrize("kind", ["fire", "medical", "crime", "suicide", "disaster", "-"])
def test_every_case(kind):
    wrong = {
        text: found for text, wanted in rows() if wanted == kind and (found := emergency.find(text) or "-") != kind
    }
    assert wrong == {}


def test_there_are_enough_cases_of_both():
    kinds = [kind for _, kind in rows()]
    assert kinds.count("-") >= 60
    assert len(kinds) - kinds.count("-") >= 60


@pytest.mark.parametrize(
    "text",
    ["ｶｼﾞﾃﾞｽ", "火　事　で　す", "Ｆｉｒｅ！", "火事です" + "。" * 3000, "きょうは暑いです。" * 400 + "人が倒れています"],
)
def test_width_spaces_and_length_hide_nothing(text):
    assert emergency.find(text)


@pytest.mark.parametrize("text", ["", " ", "🔥", "\u202e", "a" * 5000, "防災訓練" * 1000])
def test_anything_else_is_calm(text):
    assert emergency.find(text) is None
