"""Typed words that stand for a button: its number (1 １ ① 2番), its label, もどる, もういちど, やめる."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Any, Final

from bot.core.postback import Postback
from handlers.chat.turn import Turn

_NUMBER = re.compile(
    r"[(\[]?([0-9]{1,2})[)\]]?(?:番目?|ばん|つ目)?(?:です|で|を|にします|がいい(?:です)?|お願いします)?[.。、,!]?\Z"
)
_KANJI = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_ENDS = " 　。.!！?？、,🌐📍"
_ABROAD: Final = {
    "back": ("voltar", "volver", "quay lại", "返回", "bumalik"),
    "again": ("mais uma vez", "de novo", "otra vez", "một lần nữa", "再一次", "isa pa"),
    "quit": ("cancelar", "thôi", "取消", "kanselahin"),
}
_WORDS: Final = {
    "back": ("もどる", "戻る", "まえ", "前へ", "前に戻る", "まえにもどる", "back", "go back", *_ABROAD["back"]),
    "again": ("もういちど", "もう一度", "もう1度", "もういっかい", "もう一回", "もう1回", "again", "repeat",
              *_ABROAD["again"]),
    "quit": ("やめる", "やめます", "キャンセル", "取り消し", "とりけし", "おわり", "終わり", "cancel", "quit",
             *_ABROAD["quit"]),
}  # fmt: skip


def fold(text: str) -> str:
    """One form for what means the same: width, case, spaces and punctuation at the ends."""
    return unicodedata.normalize("NFKC", text).casefold().strip(_ENDS).strip()


def number(text: str) -> int | None:
    """The number that a short text is, however it is written; None for anything else."""
    found = _NUMBER.fullmatch(fold(text))
    if found:
        return int(found[1])
    return _KANJI.get(fold(text).removesuffix("番"))


def understood(turn: Turn) -> Turn:
    """The turn with the button that its text stands for, if it stands for one."""
    if turn.event.kind != "message/text" or turn.event.postback is not None:
        return turn
    text = fold(turn.event.text)
    for meaning, spoken in _WORDS.items():
        if text in spoken:
            return _press(turn, _way(turn, meaning))
    offered = turn.state.get("offered") or []
    for label, action, fields in offered:
        if text and text == fold(label):
            return _press(turn, [label, action, fields])
    chosen = number(turn.event.text)
    if chosen is None:
        return turn
    if 1 <= chosen <= len(offered):
        return _press(turn, offered[chosen - 1])
    return _press(turn, ["", "home.number", {"of": len(offered)}])


def _way(turn: Turn, meaning: str) -> list[Any]:
    if meaning == "quit":
        return ["", "home.quit", {}]
    way = turn.state.get("back" if meaning == "back" else "here")
    fallback = "home.menu" if turn.registered else "register.ask"
    return list(way) if way else ["", fallback, {}]


def _press(turn: Turn, stored: list[Any]) -> Turn:
    _, action, fields = stored
    button = Postback(action, {name: str(value) for name, value in fields.items()})
    return replace(turn, event=replace(turn.event, postback=button))
