"""Kind words that ask for nothing, and questions that only begin with them."""

from __future__ import annotations

import pytest

from content.smalltalk import kind


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ありがとう", "thanks"), ("ありがとうございます！", "thanks"), ("どうも", "thanks"), ("助かりました〜", "thanks"), ("わかりました、ありがとう", "thanks"),
        ("こんにちは。ありがとうございました", "thanks"), ("thank you!", "thanks"), ("Obrigado", "thanks"), ("谢谢", "thanks"), ("Cảm ơn", "thanks"), ("Salamat po", "thanks"),
        ("ありがとうございました助かりました", "thanks"), ("ありがとうm(_ _)m", "thanks"), ("なるほどね", "ok"), ("ｗｗｗ", "ok"), ("gracias", "thanks"), ("了解", "ok"), ("了解です", "ok"), ("りょうかい", "ok"), ("はい", "ok"), ("OK", "ok"), ("わかりました", "ok"), ("なるほど", "ok"),
        ("おはよう", "greeting"), ("こんにちは", "greeting"), ("こんばんは☆", "greeting"), ("Hello", "greeting"), ("bom dia", "greeting"), ("你好", "greeting"),
    ],
)  # fmt: skip
def test_kind(text, wanted):
    assert kind(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "ありがとう、あと防災訓練は？",
        "こんにちは、ごみの日は",
        "了解です。では予約は",
        "",
        "👍",
        "防災訓練",
        "はい、参加します",
        "おはよう体操はいつ",
        "hi, when is the drill",
    ],
)
def test_more_than_that(text):
    assert kind(text) is None
