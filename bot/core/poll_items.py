"""The items (設問) of a poll: their kinds, what may be answered, which comes next, and counting. Pure.

An answer is what a ballot holds for one item: positions of choices (single, scale: one; multiple: several; ranking:
in the order of preference), a whole number, a text, or one of the two ways not to say: UNKNOWN, DECLINED.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any, Final

from bot.core.small_numbers import LEAST, REST_FROM
from bot.core.tally import SHOWN_FROM

KINDS: Final = ("single", "multiple", "scale", "number", "ranking", "text")
CHOOSING: Final = frozenset({"single", "multiple", "scale", "ranking"})
UNKNOWN, DECLINED = "unknown", "declined"  # わからない / 答えたくない
MAX_ITEMS: Final = 5
STEPS: Final = 5  # of a scale
MAX_RANKED: Final = 5
MAX_TEXT: Final = 140
LOWEST, HIGHEST = 0, 100_000  # of a number, unless the item says otherwise

Given = tuple[int, ...] | int | str | dict[str, str]
Answers = Mapping[int, Given]


@dataclass(frozen=True)
class Words:
    """An item in one language."""

    question: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """One question. `after`: shown only to who chose one of the positions of an earlier item (item, positions)."""

    kind: str
    question: str
    choices: tuple[str, ...] = ()
    low: int = LOWEST
    high: int = HIGHEST
    unit: str = ""
    after: tuple[int, tuple[int, ...]] | None = None
    texts: Mapping[str, Words] = field(default_factory=dict)
    may_pass: bool = False  # offers わからない and 答えたくない

    def words(self, language: str) -> Words:
        """Question and choices in a language, in Japanese where nobody has translated them."""
        found = self.texts.get(language)
        return found if found and len(found.choices) == len(self.choices) else Words(self.question, self.choices)


def to_json(items: Sequence[Item]) -> list[dict[str, Any]]:
    """Items as a column keeps them; `from_json` gives them back."""
    return [
        {
            "kind": one.kind,
            "question": one.question,
            "choices": list(one.choices),
            "low": one.low,
            "high": one.high,
            "unit": one.unit,
            "after": [one.after[0], list(one.after[1])] if one.after else None,
            "texts": {name: [words.question, list(words.choices)] for name, words in one.texts.items()},
            "may_pass": one.may_pass,
        }
        for one in items
    ]


def from_json(stored: Iterable[Mapping[str, Any]]) -> tuple[Item, ...]:
    """The items of a column."""
    return tuple(
        Item(
            one["kind"],
            one["question"],
            tuple(one["choices"]),
            one["low"],
            one["high"],
            one["unit"],
            (one["after"][0], tuple(one["after"][1])) if one["after"] else None,
            {name: Words(text, tuple(choices)) for name, (text, choices) in one["texts"].items()},
            one["may_pass"],
        )
        for one in stored
    )


def fits(item: Item, given: Given) -> bool:
    """Whether this can be an answer to the item."""
    if given in (UNKNOWN, DECLINED):
        return item.may_pass
    match item.kind:
        case "number":
            return isinstance(given, int) and item.low <= given <= item.high
        case "text":
            return isinstance(given, dict) and 0 < len(given.get("text", "")) <= MAX_TEXT
        case kind:
            return isinstance(given, tuple) and _chosen(item, kind, given)


def _chosen(item: Item, kind: str, given: tuple[int, ...]) -> bool:
    distinct = len(set(given)) == len(given) and all(0 <= at < len(item.choices) for at in given)
    most = {"single": 1, "scale": 1, "ranking": min(MAX_RANKED, len(item.choices))}.get(kind, len(item.choices))
    return distinct and 0 < len(given) <= most


def asked(items: Sequence[Item], answers: Answers) -> list[int]:
    """The items this person is asked, in order: all whose branch, if any, was taken."""
    found: list[int] = []
    for at, item in enumerate(items):
        if item.after is None:
            found.append(at)
            continue
        earlier, positions = item.after
        given = answers.get(earlier)
        if earlier in found and isinstance(given, tuple) and set(given) & set(positions):
            found.append(at)
    return found


def coming(items: Sequence[Item], answers: Answers, done: int = -1) -> int | None:
    """The next item after `done` that is not answered yet; None when there is none."""
    return next((at for at in asked(items, answers) if at > done and at not in answers), None)


def counted(items: Sequence[Item], answers: Answers) -> dict[int, Given]:
    """The answers that count: those that fit, to items this person is asked (a changed branch leaves others behind)."""
    return {at: answers[at] for at in asked(items, answers) if at in answers and fits(items[at], answers[at])}


@dataclass(frozen=True)
class ItemTally:
    """The final tally of an item, as it is kept.

    `people` answered it (with わからない and 答えたくない). `counts` are people per choice; for a ranking `points`
    too (Borda: the first of n choices n points, the last named fewer, unnamed none) and `firsts`. For a number:
    `middle` is the median and `bins` [(from, to, people)]. Nothing but `people` is kept of fewer than ten.
    """

    kind: str
    people: int
    counts: tuple[int, ...] | None = None
    unknown: int = 0
    declined: int = 0
    points: tuple[int, ...] = ()
    firsts: tuple[int, ...] = ()
    middle: float | None = None
    bins: tuple[tuple[int, int, int], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For the poll's tally column."""
        return {
            "kind": self.kind,
            "people": self.people,
            "counts": None if self.counts is None else list(self.counts),
            "unknown": self.unknown,
            "declined": self.declined,
            "points": list(self.points),
            "firsts": list(self.firsts),
            "middle": self.middle,
            "bins": [list(one) for one in self.bins],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> ItemTally:
        """A tally as it was kept."""
        return cls(
            kept["kind"],
            kept["people"],
            None if kept["counts"] is None else tuple(kept["counts"]),
            kept["unknown"],
            kept["declined"],
            tuple(kept["points"]),
            tuple(kept["firsts"]),
            kept["middle"],
            tuple((low, high, people) for low, high, people in kept["bins"]),
        )


def tally(item: Item, given: Sequence[Given]) -> ItemTally:
    """Count the answers to one item. Of fewer than ten only their number is kept: the rest could tell on people."""
    people = len(given)
    if people < SHOWN_FROM:
        return ItemTally(item.kind, people)
    chosen = [one for one in given if isinstance(one, tuple)]
    counts = tuple(sum(at in one for one in chosen) for at in range(len(item.choices)))
    found = ItemTally(item.kind, people, counts, given.count(UNKNOWN), given.count(DECLINED))
    if item.kind == "ranking":
        size = len(item.choices)
        points = tuple(sum(size - one.index(at) for one in chosen if at in one) for at in range(size))
        return replace(found, points=points, firsts=tuple(sum(one[0] == at for one in chosen) for at in range(size)))
    if item.kind == "number":
        numbers = [one for one in given if isinstance(one, int)]
        bins = _bins(numbers)
        return replace(found, middle=median(numbers) if bins else None, bins=bins)
    return found


def _bins(numbers: Sequence[int], least: int = 5) -> tuple[tuple[int, int, int], ...]:
    """Ranges that each hold at least five people, so that nobody's own number shows; () for fewer than ten."""
    if len(numbers) < SHOWN_FROM:
        return ()
    found: list[list[int]] = []
    current: list[int] = []
    for value in sorted(numbers):
        if len(current) >= least and value != current[-1]:
            found.append(current)
            current = []
        current.append(value)
    if len(current) < least and found:
        found[-1].extend(current)
    else:
        found.append(current)
    return tuple((part[0], part[-1], len(part)) for part in found)


def split(rows: Mapping[str, Sequence[int]], rest: str) -> dict[str, tuple[int, ...]]:
    """Counts of one item by district or door, as far as they may be shown; {} = not at all.

    Every non-zero cell of a row must be at least five. Rows that are not join under `rest` (as do people of no
    district, whose row already has that name), with the smallest others until each of its non-zero cells holds
    fifteen, and not only fours: so that nothing is learned by subtracting rows from the whole, nor from knowing
    this rule (as small_numbers.merge).
    """
    good = {name: tuple(row) for name, row in rows.items() if sum(row)}
    small = [name for name, row in good.items() if name == rest or not _enough(row, LEAST)]
    merged = [good.pop(name) for name in small]
    while merged and good and not _unsolvable(merged):
        smallest = min(sum(row) for row in good.values())
        merged += [row for row in good.values() if sum(row) == smallest]
        good = {name: row for name, row in good.items() if sum(row) > smallest}
    if merged:
        good[rest] = tuple(map(sum, zip(*merged, strict=True)))
    return good if len(good) > 1 else {}


def _unsolvable(merged: Sequence[Sequence[int]]) -> bool:
    """Whether nobody can tell the rows that were joined from their sums."""
    columns = list(zip(*merged, strict=True))
    return _enough(tuple(map(sum, columns)), REST_FROM) and not any(set(one) == {LEAST - 1} for one in columns)


def _enough(row: Sequence[int], least: int) -> bool:
    return all(value == 0 or value >= least for value in row)
