"""Texts that only mean something after an answer: 「場所は？」「来月は？」「大淵は？」「もっと」「ちがう」. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core import follow_words as words
from bot.core.follow_words import Aspect
from bot.core.knowledge import Knowledge
from content import dates, districts
from content.search import tokens

Kind = Literal["more", "wrong", "aspect", "again"]


@dataclass(frozen=True)
class Follow:
    """What a text means after an answer: `text` is the whole question that it stands for (kind `again`)."""

    kind: Kind
    aspect: Aspect | None = None
    text: str = ""


def follow(text: str, before: str, knowledge: Knowledge, now: datetime) -> Follow | None:
    """What `text` means when `before` was asked last; None when it is a question of its own."""
    said = bare(text)
    if not said or len(said) > 40:
        return None
    if simple := without_context(said):
        return simple
    anew = _said_anew(said, knowledge, now)
    if anew is None or not before:
        return None
    return Follow("again", text=" ".join(filter(None, (*anew, _matter(before, anew, knowledge, now)))))


def without_context(text: str) -> Follow | None:
    """The kind of a text that says nothing by itself: 「もっと」「ちがう」「場所は？」."""
    said = bare(text)
    if words.MORE.fullmatch(said):
        return Follow("more")
    if words.WRONG.fullmatch(said):
        return Follow("wrong")
    aspect = next((name for name, pattern in words.ASPECTS.items() if pattern.fullmatch(said)), None)
    return Follow("aspect", aspect) if aspect else None


def leans(text: str) -> bool:
    """Whether a text has no matter without a question before it; 「申し込み」 alone is one."""
    meant = without_context(text)
    return meant is not None and meant.aspect != "apply"


def combined(before: str, text: str) -> str:
    """The last question asked again with what a text adds: 「まちセンの部屋借りたい」「いくら？」."""
    return f"{words.EDGES.sub('', tokens.without_tail(tokens.fold(before)))} {bare(text)}"


def bare(text: str) -> str:
    """Folded, without marks and blanks at the ends."""
    return words.EDGES.sub("", tokens.fold(text))


def _said_anew(said: str, knowledge: Knowledge, now: datetime) -> tuple[str, str] | None:
    """(district, words of a date) when the text is nothing else than one or both; either may be ""."""
    match = districts.find(said, knowledge.districts)
    unnamed = districts.without_names(said, knowledge.districts) if match.districts else said
    day = dates.find(unnamed, now)
    rest = words.SHIFTS.sub("", day.rest if day else unnamed)
    if any(letter.isalnum() for letter in words.PARTICLES.sub("", rest.strip())):
        return None
    if not match.districts and not day:
        return None
    place = said if match.shared else "と".join(one.name for one in match.districts)
    return (f"{words.PARTICLES.sub('', place)}の" if place else "", day.words if day else "")


def _matter(before: str, anew: tuple[str, str], knowledge: Knowledge, now: datetime) -> str:
    """The question before, without the date or the district that is said anew."""
    place, when = anew
    text = tokens.fold(before)
    if place and districts.find(text, knowledge.districts).districts:
        text = re.sub(r"^の", "", districts.without_names(text, knowledge.districts).strip())
    day = dates.find(districts.without_names(text, knowledge.districts), now) if when else None
    if day:
        text = re.sub(r"^(?:の|に|は)(?=\S)", "", text.replace(day.words, " ", 1).strip())
    return text.strip()
