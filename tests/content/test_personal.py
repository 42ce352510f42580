"""Masking what identifies people in the text they type."""

from __future__ import annotations

import pytest

from content import personal


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("電話は0545-21-7102です", "7102"), ("０９０−１２３４−５６７８", "５６７８"), ("携帯09012345678に", "5678"), ("(0545)21-7102", "7102"), ("0545（21）7102", "7102"), ("0545(21)7102まで", "0545"),
        ("+81 90-1234-5678", "5678"), ("mail: a.b@example.co.jp まで", "example"), ("マイナンバー1234 5678 9012", "9012"), ("123456789012", "9012"),
        ("〒417-0001", "0001"), ("今泉7丁目12-37の山田です", "12-37"), ("今泉七丁目十二番三十七号", "十二"), ("永田町1丁目100番地", "100"),
        ("富士見台6-1-1に住む", "6-1-1"), ("森下52-1です", "52-1"),
    ],
)  # fmt: skip
def test_masked(text, secret):
    masked = personal.mask(text)
    assert secret not in masked
    assert personal.MASK in masked
    assert personal.holds(text)
    assert personal.mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28",
        "11月28日(土) 9:00-12:00",
        "5人以上の団体",
        "午前8時30分",
        "10-12人",
        "26地区",
        "会費は300円",
        "3年生",
        "119に電話",
        "今泉地区の防災訓練",
        "第2土曜",
        "今泉1丁目の街灯",
        "三丁目の交差点",
    ],
)
def test_left_alone(text):
    assert personal.mask(text) == text


def test_sendable():
    assert personal.sendable("0545-21-7102\x00\u202e" + "あ" * 900, 50) == (personal.MASK + "あ" * 900)[:50]
