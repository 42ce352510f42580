"""Entries of a city that does not exist, for measuring without any city's texts."""

from __future__ import annotations

import random
from typing import Any

THINGS = (
    "ごみ",
    "粗大ごみ",
    "資源",
    "住民票",
    "戸籍",
    "印鑑登録",
    "国民年金",
    "国民健康保険",
    "介護保険",
    "保育所",
    "幼稚園",
    "児童手当",
    "予防接種",
    "健康診査",
    "母子手帳",
    "市民税",
    "固定資産税",
    "軽自動車税",
    "納税証明",
    "上下水道",
    "道路",
    "公園",
    "街灯",
    "空き家",
    "墓地",
    "図書館",
    "体育館",
    "公民館",
    "文化祭",
    "防災訓練",
    "避難所",
    "町内会",
    "回覧板",
    "選挙",
    "パスポート",
    "マイナンバー",
    "犬の登録",
    "駐輪場",
    "市営住宅",
    "生活保護",
    "障害者手帳",
    "成年後見",
    "就学援助",
    "給食",
    "学童保育",
)
WISHES = (
    "の申し込み方法を知りたい",
    "の手数料はいくらですか",
    "はどこで受け付けていますか",
    "の日程について",
    "に必要な持ち物",
    "を変更したいとき",
    "の相談窓口",
    "をやめたいときの届け出",
)
PLACES = (
    "東",
    "西",
    "南",
    "北",
    "中央",
    "本庁",
    "支所",
    "駅前",
    "港",
    "山手",
    "川沿い",
    "新町",
    "古町",
    "城下",
    "団地",
)
STEP = 7919  # a prime: neighbours differ in everything


def made_up(count: int) -> list[dict[str, Any]]:
    """So many entries (id, title, body), all different, the same every time."""
    chosen = random.Random(1)
    kinds = [(place, thing, wish) for place in PLACES for thing in THINGS for wish in WISHES]
    found = []
    for number in range(count):
        place, thing, wish = kinds[number * STEP % len(kinds)]
        others = "、".join(chosen.sample(THINGS, 4))
        term = f"第{number // len(kinds) + 1}期の" if number >= len(kinds) else ""
        body = f"{place}の窓口で{thing}のことを受け付けています。{others}のことも同じ窓口です。" * 3
        found.append({"id": str(number), "title": f"{term}{place}の{thing}{wish}", "body": body})
    return found
