"""The fields of a poll's items in a form: from the form to items and back. The first is required, four more may follow.

Fields are named `NAME`, from the second item on `NAME_N`: kind, question, choices (one a line), low, high, unit, pass,
after (the number of an earlier item) and after_choices (numbers of its choices), texts_LANGUAGE (question, then
choices, a line each).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.core import poll_items
from bot.core.poll_items import Item, Words
from bot.services.poll_form import MAX_CHOICE, MAX_CHOICES, MAX_QUESTION, MIN_CHOICES
from content.phrases import SERVED
from handlers.console import show
from handlers.console.forms import Fields

KINDS = show.ITEM_KINDS
STEPS = "とても満足\nまあ満足\nふつう\nあまり満足でない\nまったく満足でない"
LANGUAGES: Mapping[str, str] = {code: name for code, name in SERVED.items() if code != "ja"}
NUMBERS = range(1, poll_items.MAX_ITEMS + 1)


def named(field: str, number: int) -> str:
    """The form's name of an item's field."""
    return field if number == 1 else f"{field}_{number}"


def read(fields: Fields) -> tuple[Item, ...]:
    """The items that were filled in, in their order; what is to be mended stands in `fields.errors`."""
    used = [number for number in NUMBERS if number == 1 or _filled(fields, number)]
    place = {number: at for at, number in enumerate(used)}
    return tuple(_item(fields, number, place) for number in used)


def is_plain(items: tuple[Item, ...]) -> bool:
    """Whether it is no more than one choice: what every poll was at first."""
    return len(items) == 1 and items[0] == Item("single", items[0].question, items[0].choices)


def values(items: tuple[Item, ...]) -> Iterator[tuple[str, str]]:
    """What a form shows of stored items."""
    for number, item in enumerate(items, 1):
        yield named("kind", number), item.kind
        yield named("question", number), item.question
        yield named("choices", number), "\n".join(item.choices)
        if item.kind == "number":
            yield from ((named("low", number), str(item.low)), (named("high", number), str(item.high)))
        yield named("unit", number), item.unit
        yield named("pass", number), "1" if item.may_pass else ""
        if item.after is not None:
            yield named("after", number), str(item.after[0] + 1)
            yield named("after_choices", number), "、".join(str(at + 1) for at in item.after[1])
        for language, words in item.texts.items():
            yield named(f"texts_{language}", number), "\n".join((words.question, *words.choices))


def _filled(fields: Fields, number: int) -> bool:
    return bool(fields.value(named("question", number)).strip() or fields.value(named("choices", number)).strip())


def _item(fields: Fields, number: int, place: Mapping[int, int]) -> Item:
    kind = fields.value(named("kind", number)) or "single"
    if kind not in KINDS:
        fields.errors[named("kind", number)] = "答え方を選んでください。"
        kind = "single"
    choices = _lines(fields.value(named("choices", number)))
    if kind == "scale" and not choices:
        choices = tuple(STEPS.split("\n"))
    choosing = kind in poll_items.CHOOSING
    if choosing:
        _check_choices(fields, number, choices)
    low, high = (_number(fields, named(name, number), usual) for name, usual in (("low", 0), ("high", 100)))
    return Item(
        kind,
        fields.text(named("question", number), "設問" if number == 1 else f"問{number}の設問", most=MAX_QUESTION),
        choices if choosing else (),
        *((low, high) if kind == "number" else (poll_items.LOWEST, poll_items.HIGHEST)),
        unit=fields.value(named("unit", number)).strip()[:10],
        after=_after(fields, number, place),
        texts=_texts(fields, number, len(choices) if choosing else 0),
        may_pass=bool(fields.value(named("pass", number))),
    )


def _check_choices(fields: Fields, number: int, choices: tuple[str, ...]) -> None:
    name = named("choices", number)
    if not MIN_CHOICES <= len(choices) <= MAX_CHOICES:
        fields.errors[name] = (
            f"選択肢は、1行に1つずつ、{MIN_CHOICES}つから{MAX_CHOICES}まで書いてください(いま{len(choices)})。"
        )
    elif long := [choice for choice in choices if len(choice) > MAX_CHOICE]:
        fields.errors[name] = f"選択肢「{long[0]}」が長すぎます。{MAX_CHOICE}文字までにしてください。"


def _after(fields: Fields, number: int, place: Mapping[int, int]) -> tuple[int, tuple[int, ...]] | None:
    earlier = fields.value(named("after", number))
    if not earlier:
        return None
    positions = tuple(int(one) - 1 for one in re.findall("[0-9]+", fields.value(named("after_choices", number))))
    if not earlier.isdecimal() or int(earlier) not in place or not positions:
        fields.errors[named("after", number)] = "どの設問で何番を選んだ人に聞くかを、番号で書いてください(例: 1、3)。"
        return None
    return place[int(earlier)], positions


def _texts(fields: Fields, number: int, choices: int) -> dict[str, Words]:
    found = {}
    for language in LANGUAGES:
        name = named(f"texts_{language}", number)
        lines = _lines(fields.value(name))
        if lines and len(lines) != choices + 1:
            fields.errors[name] = f"1行目に設問、そのあとに選択肢を1行ずつ、全部で{choices + 1}行書いてください。"
        if lines:
            found[language] = Words(lines[0], lines[1:])
    return found


def _number(fields: Fields, name: str, usual: int) -> int:
    value = fields.value(name).strip()
    if not value:
        return usual
    if not (value.isascii() and value.isdecimal() and len(value) < 7):
        fields.errors[name] = "数字で書いてください(例: 10)。"
        return usual
    return int(value)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
