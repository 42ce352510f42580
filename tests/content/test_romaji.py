"""District names for people who do not read kana."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from content import romaji


@pytest.mark.parametrize(
    ("kana", "latin"),
    [("いまいずみ", "Imaizumi"), ("ごうど", "Goudo"), ("しゅんじゅう", "Shunjuu"), ("にゅう", "Nyuu"), ("はっとり", "Hattori"), ("みょうぎ", "Myougi")],
)  # fmt: skip
def test_readings_in_latin_letters(kana: str, latin: str) -> None:
    assert romaji.latin(kana) == latin


def test_a_place_by_language() -> None:
    assert romaji.place("今泉", "いまいずみ", "vi") == "Imaizumi (今泉)"
    assert romaji.place("今泉", "いまいずみ", "zh-Hans") == "今泉"
    assert romaji.place("今泉", "いまいずみ", "ja") == "今泉"


def test_every_district_can_be_read() -> None:
    for city in ("fuji", "tomioka"):
        with Path(f"content/packs/{city}/districts.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                assert romaji.latin(row["kana"]).isascii(), row["name"]
