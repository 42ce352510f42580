"""How a poll's question could be asked better: leading, double-barrelled, no way out. Pure; hints, never a hindrance.

The rules are those of survey textbooks (Dillman et al. 2014, chapters 4 and 5), as far as words show them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.poll_items import Item

_LEADING = re.compile(
    r"(?:と思いませんか|べきではありませんか|べきですよね|ですよね|当然|もちろん|やはり|ぜひ(?!とも)|すばらしい|素晴らしい|ひどい|無駄な|もったいない)"
)
_OTHERS = re.compile(
    r"(?:多くの|ほとんどの|みんな|皆さん|他の)(?:人|方|地区|市民|住民).{0,12}(?:賛成|反対|求め|望ん|やって|行って)"
)
_TWO = re.compile(
    r"[^、。]{2,}(?:や|及び|および|と)[^、。]{2,}(?:に|は|を)(?:賛成|満足|必要|利用|参加)|か[、。](?:また|さらに)、?"
)
_NEGATED = re.compile(r"(?:ないわけではない|なくはない|ないことはない|ざるを得ない|反対しない|必要ないと思わない)")
_OUT = re.compile(r"(?:その他|ほか|どれでもない|どちらでもない|ふつう|分からない|わからない|決めていない|まだ)")
_AGREE = re.compile(r"(?:賛成|反対|よい|悪い|はい|いいえ|満足|不満|する|しない)")
LONG = 60


def hints(item: Item) -> list[str]:
    """What could be better about an item, each with what to do; [] when nothing shows."""
    question, found = item.question, []
    if _LEADING.search(question):
        found.append("答えを誘う言葉があります。どちらの答えの人も気持ちよく答えられる聞き方にしてください。")
    if _OTHERS.search(question):
        found.append("ほかの人の意見が先に書いてあります。取ると、自分の考えで答えやすくなります。")
    if _TWO.search(question):
        found.append("一度に2つのことを聞いているかもしれません。設問を2つに分けてください。")
    if _NEGATED.search(question):
        found.append("打ち消しが重なっています。「〜しますか」の形にすると、取りちがえがなくなります。")
    if len(question) > LONG:
        found.append(f"設問が{len(question)}文字あります。{LONG}文字までにすると、電話で一目で読めます。")
    return [*found, *_choice_hints(item)]


def _choice_hints(item: Item) -> list[str]:
    choices = item.choices
    if item.kind in ("single", "multiple") and len(choices) > 2 and not item.may_pass and not _way_out(choices):
        return ["「その他」か「どれでもない」がありません。当てはまる答えのない人のために足してください。"]
    if item.kind == "single" and len(choices) == 2 and not item.may_pass and all(map(_AGREE.search, choices)):
        return ["「わからない」と答える道がありません。足すと、迷っている人の数も分かります。"]
    return []


def _way_out(choices: Sequence[str]) -> bool:
    return any(_OUT.search(choice) for choice in choices)
