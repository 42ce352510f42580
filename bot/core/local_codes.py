"""全国地方公共団体コード: six digits, the last of which checks the others, the first two of which name the prefecture.

Source: 総務省「全国地方公共団体コード仕様」(検査数字の算出方法).
"""

from __future__ import annotations

from typing import Final

_WEIGHTS: Final = (6, 5, 4, 3, 2)
# In the order of their numbers, from 01.
_PREFECTURES: Final = (
    "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県", "群馬県",
    "埼玉県", "千葉県", "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県",
    "岐阜県", "静岡県", "愛知県", "三重県", "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県",
    "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県", "福岡県",
    "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県",
)  # fmt: skip


def check_digit(five: str) -> str:
    """The sixth digit: the weighted sum's distance to the next multiple of 11, its last digit."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, five, strict=True))
    return str((11 - total % 11) % 10)


def prefecture(code: str) -> str:
    """The prefecture of a code; "" when its first two digits name none."""
    number = int(code[:2]) if code[:2].isdigit() else 0
    return _PREFECTURES[number - 1] if 1 <= number <= len(_PREFECTURES) else ""


def wrong(code: str) -> str:
    """What to mend in a code, in Japanese; "" when it is right."""
    if not (code.isascii() and code.isdigit() and len(code) in {5, 6}):
        return "団体コードは6けたの数字です(例: 222101)。"
    if not prefecture(code):
        return "はじめの2けたが、都道府県の番号(01から47)ではありません。"
    if len(code) == 5:  # without its check digit, as many lists print it
        return f"団体コードは6けたです。5けたの{code}に検査数字を付けると{code}{check_digit(code)}です。"
    if code[5] != check_digit(code[:5]):
        right = code[:5] + check_digit(code[:5])
        return f"最後の1けた(検査数字)が合いません。{code[:5]}なら{right}です。数字を1つずつ確かめてください。"
    return ""
