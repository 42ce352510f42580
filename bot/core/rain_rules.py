"""Rain plans: their states, what may be chosen, and what each choice does to the activity. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.core.transitions import Course

STATES: Final = ("draft", "submitted", "returned", "approved", "decided", "lapsed", "withdrawn")
# choice -> what the activity's date becomes (bot.services.activity_changes.ACTS)
CHOICES: Final[Mapping[str, str]] = {"held": "実施", "off": "中止", "put_off": "順延"}

RAIN_PLAN: Final[Mapping[tuple[str, str], str]] = {
    ("draft", "change"): "draft",
    ("returned", "change"): "draft",
    ("submitted", "change"): "draft",
    ("approved", "change"): "draft",  # what was changed is asked for anew
    ("withdrawn", "change"): "draft",
    ("draft", "submit"): "submitted",
    ("returned", "submit"): "submitted",
    ("submitted", "approve"): "approved",
    ("submitted", "send_back"): "returned",
    ("approved", "send_back"): "returned",
    ("approved", "decide"): "decided",
    ("draft", "withdraw"): "withdrawn",
    ("returned", "withdraw"): "withdrawn",
    ("submitted", "withdraw"): "withdrawn",
    ("approved", "withdraw"): "withdrawn",
    ("draft", "lapse"): "lapsed",  # the activity is over and nobody chose
    ("returned", "lapse"): "lapsed",
    ("submitted", "lapse"): "lapsed",
    ("approved", "lapse"): "lapsed",
}
FINAL: Final = frozenset({"decided", "lapsed"})

STATE_WORDS: Final[Mapping[str, str]] = {
    "draft": "下書き",
    "submitted": "承認待ち",
    "returned": "差し戻し",
    "approved": "用意できています",
    "decided": "決まりました",
    "lapsed": "決めないまま終わりました",
    "withdrawn": "取りやめ",
}
ACT_WORDS: Final[Mapping[str, str]] = {
    "change": "変更",
    "submit": "承認の依頼",
    "approve": "承認",
    "send_back": "差し戻し",
    "decide": "決定",
    "withdraw": "取りやめ",
    "lapse": "終了",
}


COURSE: Final = Course("この雨の日の用意", RAIN_PLAN, STATE_WORDS, ACT_WORDS)
next_state, possible = COURSE.next_state, COURSE.possible
