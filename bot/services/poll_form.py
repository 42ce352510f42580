"""What an officer may ask: the checks on a poll's question, choices and deadline, with errors that say the mend."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.errors import BadInputError
from bot.line.limits import utf16

MAX_QUESTION = 200
MIN_CHOICES, MAX_CHOICES, MAX_CHOICE = 2, 10, 40  # 40: LINE's limit for a Flex button's label
LONGEST = timedelta(days=92)  # while a poll is open its ballots can be linked, so its end must be in sight


def checked(question: str, choices: Sequence[str], closes_at: datetime, now: datetime) -> tuple[str, list[str]]:
    """The question and choices, trimmed; empty choices are left out. Raises BadInputError naming each mend."""
    question = one_line(question)
    labels = [label for label in map(one_line, choices) if label]
    problems = []
    if not question:
        problems.append("設問を書いてください。")
    if utf16(question) > MAX_QUESTION:
        problems.append(f"設問は{MAX_QUESTION}文字までです(いま{utf16(question)}文字)。")
    if not MIN_CHOICES <= len(labels) <= MAX_CHOICES:
        problems.append(f"選択肢は{MIN_CHOICES}つから{MAX_CHOICES}までです(いま{len(labels)})。")
    too_long = (label for label in labels if utf16(label) > MAX_CHOICE)
    problems += [f"選択肢「{label}」は{MAX_CHOICE}文字までにしてください。" for label in too_long]
    if len({folded(label) for label in labels}) < len(labels):
        problems.append("同じ選択肢が2つあります。")
    if closes_at <= now:
        problems.append("締切は、いまよりあとの日時にしてください。")
    elif closes_at > now + LONGEST:
        problems.append(f"締切は、{LONGEST.days}日以内にしてください。")
    if problems:
        raise BadInputError("".join(problems))
    return question, labels


def folded(text: str) -> str:
    """A choice as it is compared: width, case and spaces do not count."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def one_line(text: str) -> str:
    """Without line breaks, control characters and doubled spaces."""
    kept = "".join(char if unicodedata.category(char) != "Cc" else " " for char in text)
    return " ".join(kept.split())
