"""What an officer may ask: the checks on a poll's question, choices and deadline, with errors that say the mend."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from bot.core import poll_items
from bot.core.poll_items import Item
from bot.errors import BadInputError
from bot.line.limits import utf16
from bot.now import JST, jst

MAX_QUESTION = 200
MIN_CHOICES, MAX_CHOICES, MAX_CHOICE = 2, 10, 40  # 40: LINE's limit for a Flex button's label
LONGEST = timedelta(days=92)  # while a poll is open its ballots can be linked, so its end must be in sight


def checked(question: str, choices: Sequence[str], closes_at: datetime, now: datetime) -> tuple[str, list[str]]:
    """The question and choices, trimmed; empty choices are left out. Raises BadInputError naming each mend."""
    question = one_line(question)
    labels = [label for label in map(one_line, choices) if label]
    problems = [*_question_problems(question, "設問"), *_choice_problems(labels), *_time_problems(closes_at, now)]
    if problems:
        raise BadInputError("".join(problems))
    return question, labels


def checked_items(title: str, items: Sequence[Item], closes_at: datetime, now: datetime) -> tuple[str, list[Item]]:
    """The title and items, trimmed; a single item's question is the title. Raises BadInputError naming each mend."""
    good = [_trimmed(item) for item in items]
    title = one_line(title) if len(good) > 1 else (good[0].question if good else "")
    problems = _question_problems(title, "題名") if len(good) > 1 else []
    if not 0 < len(good) <= poll_items.MAX_ITEMS:
        problems.append(f"設問は1つから{poll_items.MAX_ITEMS}つまでです(いま{len(good)})。")
    for number, item in enumerate(good, 1):
        named = [*_question_problems(item.question, "設問"), *_kind_problems(item, number, good)]
        problems += [problem if len(good) == 1 else f"問{number}: {problem}" for problem in named]
    problems += _time_problems(closes_at, now)
    if problems:
        raise BadInputError("".join(problems))
    return title, good


def _trimmed(item: Item) -> Item:
    choices = tuple(label for label in map(one_line, item.choices) if label)
    choosing = item.kind in poll_items.CHOOSING
    return replace(
        item, question=one_line(item.question), choices=choices if choosing else (), unit=one_line(item.unit)
    )


def _question_problems(question: str, word: str) -> list[str]:
    problems = []
    if not question:
        problems.append(f"{word}を書いてください。")
    if utf16(question) > MAX_QUESTION:
        problems.append(f"{word}は{MAX_QUESTION}文字までです(いま{utf16(question)}文字)。")
    return problems


def _choice_problems(labels: Sequence[str]) -> list[str]:
    problems = []
    if not MIN_CHOICES <= len(labels) <= MAX_CHOICES:
        problems.append(f"選択肢は{MIN_CHOICES}つから{MAX_CHOICES}までです(いま{len(labels)})。")
    too_long = (label for label in labels if utf16(label) > MAX_CHOICE)
    problems += [f"選択肢「{label}」は{MAX_CHOICE}文字までにしてください。" for label in too_long]
    if len({folded(label) for label in labels}) < len(labels):
        problems.append("同じ選択肢が2つあります。")
    return problems


def _kind_problems(item: Item, number: int, items: Sequence[Item]) -> list[str]:
    problems = _choice_problems(item.choices) if item.kind in poll_items.CHOOSING else []
    if item.kind == "scale" and len(item.choices) != poll_items.STEPS:
        problems = [f"段階の言葉は、ちょうど{poll_items.STEPS}つ書いてください(いま{len(item.choices)})。"]
    if item.kind == "number" and not 0 <= item.low < item.high <= poll_items.HIGHEST:
        problems.append(f"数は、0から{poll_items.HIGHEST}までの間で、小さいほうと大きいほうを書いてください。")
    if item.after is not None:
        earlier, positions = item.after
        branching = earlier < number - 1 and items[earlier].kind in ("single", "scale") if earlier >= 0 else False
        if not branching or not positions or max(positions) >= len(items[earlier].choices):
            problems.append("この設問を出す条件は、前にある「1つ選ぶ」設問の選択肢から選んでください。")
    return problems


def _time_problems(closes_at: datetime, now: datetime) -> list[str]:
    if closes_at <= now:
        return ["締切は、いまよりあとの日時にしてください。"]
    return [f"締切は、{LONGEST.days}日以内にしてください。"] if closes_at > now + LONGEST else []


def remind_at(closes_at: datetime) -> datetime:
    """When those who have not answered are reminded: the evening before the last day, at six."""
    return datetime.combine(jst(closes_at).date() - timedelta(days=1), time(18), JST)


def folded(text: str) -> str:
    """A choice as it is compared: width, case and spaces do not count."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def one_line(text: str) -> str:
    """Without line breaks, control characters and doubled spaces."""
    kept = "".join(char if unicodedata.category(char) != "Cc" else " " for char in text)
    return " ".join(kept.split())
