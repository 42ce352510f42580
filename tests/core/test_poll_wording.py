"""Hints on the wording of polls: what they find, and the good questions they leave alone."""

from __future__ import annotations

import pytest

from bot.core.poll_items import Item
from bot.core.poll_wording import hints

FAIR = ("参加する", "参加しない", "わからない")


@pytest.mark.parametrize(
    ("question", "choices", "word"),
    [
        ("夜の訓練は大切だと思いませんか。", FAIR, "誘う"),
        ("当然、ごみ拾いに参加しますよね。", FAIR, "誘う"),
        ("多くの地区が賛成しています。あなたはどうですか。", FAIR, "ほかの人"),
        ("夏祭りと運動会に参加しますか。", FAIR, "2つのこと"),
        ("夜道は暗いですか。また、街灯は要りますか。", FAIR, "2つのこと"),
        ("街灯は必要ないと思わないですか。", FAIR, "打ち消し"),
        ("あ" * 61, FAIR, "61文字"),
        ("どこに置きますか。", ("公園", "駅", "学校"), "その他"),
        ("夜の訓練に参加しますか。", ("はい", "いいえ"), "わからない"),
    ],
)
def test_what_could_be_better_is_said(question, choices, word):
    (said,) = hints(Item("single", question, choices))
    assert word in said


@pytest.mark.parametrize(
    "item",
    [
        Item("single", "夜の防災訓練があったら、参加しますか。", FAIR),
        Item("single", "公民館をどのくらい使いますか。", ("週1回", "月1回", "ほかの回数")),
        Item("single", "参加しますか。", ("はい", "いいえ"), may_pass=True),
        Item("multiple", "行きたい行事はどれですか。", ("祭り", "運動会", "その他")),
        Item("number", "何人で来ますか。"),
        Item("text", "地区に住んでよかったことは何ですか。"),
        Item("scale", "街灯の明るさに満足していますか。", ("とても", "まあ", "ふつう", "あまり", "まったく")),
        Item("ranking", "大事だと思う順に選んでください。", ("防災", "子育て", "交通")),
    ],
)
def test_a_good_question_is_left_alone(item):
    assert hints(item) == []
