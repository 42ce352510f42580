"""Grouping of questions on labelled pairs: `same` must meet, `other` must not, `meant` the words do not tell."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bot.core.question_groups import Asked, alike, groups

PAIRS = Path(__file__).parent / "cases" / "question_pairs.tsv"


def pairs(kind: str) -> list[tuple[str, str]]:
    with PAIRS.open(encoding="utf-8") as file:
        return [(row["one"], row["other"]) for row in csv.DictReader(file, delimiter="\t") if row["kind"] == kind]


def test_there_are_enough_labelled_pairs():
    assert len(pairs("same")) >= 20
    assert len(pairs("other")) >= 20


@pytest.mark.parametrize(("one", "other"), pairs("same"))
def test_the_same_matter_is_alike_both_ways(one, other):
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(("one", "other"), pairs("other"))
def test_another_matter_is_not(one, other):
    assert not alike(one, other)
    assert not alike(other, one)


def test_the_wording_asked_most_leads_and_the_largest_group_comes_first():
    found = groups(
        [
            Asked(1, "ドローンを飛ばしたい"),
            Asked(2, "図書館は何時まで"),
            Asked(3, "ドローンを飛ばしてもいいですか", 4),
            Asked(4, "ﾄﾞﾛｰﾝ飛ばしたい"),
            Asked(5, "蛇が出た", 3),
        ]
    )
    assert [[one.key for one in group.questions] for group in found] == [[3, 1, 4], [5], [2]]
    assert [group.count for group in found] == [6, 3, 1]


def test_nothing_and_strange_texts_stay_apart():
    assert groups([]) == []
    texts = ["?", "", "🐸🐸", "あ", "https://example.jp/x", "5", "あ" * 300]
    found = groups([Asked(key, text) for key, text in enumerate(texts)])
    assert len(found) == len(texts)
