"""What a closed poll leaves: tallies by item, splits that tell on nobody, how many came by which door.

Pure over the opened ballots; bot.services.closing stores it. One split only, by door where there were several,
else by district: tables by several attributes could be played off against each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.core import poll_items, small_numbers, tally
from bot.core.age_bands import BANDS, DECLINED
from bot.core.poll_items import CHOOSING, Item, ItemTally
from bot.services.ballots import Sheet

REST = ""  # the row of what had to be merged
NOWHERE = "0"  # among the districts: those of whom no district is known
NOT_SAID = str(DECLINED)  # among the ages: those who did not say


@dataclass(frozen=True)
class Outcome:
    """What is kept. `counts` are people per choice by item, for the rewritten ballots; [] items are not kept."""

    total: int
    items: tuple[ItemTally, ...]
    counts: list[Sequence[int]]
    texts: list[tuple[int, str]]
    split_by: str | None = None  # "door" | "district"
    splits: dict[int, dict[str, tuple[int, ...]]] = field(default_factory=dict)
    doors: dict[str, int] = field(default_factory=dict)
    districts: dict[str, int] = field(default_factory=dict)
    ages: dict[str, int] = field(default_factory=dict)  # by number of the band; NOT_SAID beside them

    def as_json(self) -> dict[str, Any]:
        """For the poll's tally column; `choices` is what a poll of one choice is read by."""
        first = self.items[0]
        plain = len(self.items) == 1 and first.kind in ("single", "scale")
        return {
            "total": self.total,
            "choices": list(first.counts) if plain and first.counts is not None else None,
            "items": [one.as_json() for one in self.items],
            "split_by": self.split_by,
            "splits": {str(at): {name: list(row) for name, row in rows.items()} for at, rows in self.splits.items()},
            "doors": self.doors,
            "districts": self.districts,
            "ages": self.ages,
        }


def outcome(items: Sequence[Item], sheets: Sequence[Sheet], *, asks_age: bool = False) -> Outcome:
    """Count the ballots; `sheets` hold only answers that count.

    Ages are counted by themselves and never with an answer or a district: each table of people stands alone, holds
    everybody of the poll, and is merged as a whole, so that nothing is left over to be told by subtracting.
    """
    given = [[sheet.answers[at] for sheet in sheets if at in sheet.answers] for at in range(len(items))]
    tallies = tuple(poll_items.tally(item, answers) for item, answers in zip(items, given, strict=True))
    doors = Counter(sheet.door for sheet in sheets)
    homes = Counter(str(sheet.district or NOWHERE) for sheet in sheets)
    by = "door" if len(doors) > 1 else "district" if len(homes.keys() - {NOWHERE}) > 1 else None
    return Outcome(
        len(sheets),
        tallies,
        [one.counts or () for one in tallies],
        [
            (at, answer["text"])
            for at, answers in enumerate(given)
            for answer in answers
            if isinstance(answer, dict) and tally.publishable(len(answers))
        ],
        by,
        {at: rows for at, item in enumerate(items) if by and (rows := _split(at, item, sheets, by, tallies[at]))},
        _visible(doors, len(sheets)),
        _visible(homes, len(sheets)),
        _visible(Counter(_band(sheet) for sheet in sheets), len(sheets)) if asks_age else {},
    )


def _band(sheet: Sheet) -> str:
    """The number of the ballot's age band; NOT_SAID for who did not want to tell, was not asked or did not answer."""
    return str(sheet.age) if sheet.age is not None and 0 <= sheet.age < len(BANDS) else NOT_SAID


def _split(at: int, item: Item, sheets: Sequence[Sheet], by: str, whole: ItemTally) -> dict[str, tuple[int, ...]]:
    """The item's counts by door or district, わからない and 答えたくない as the two last columns."""
    if item.kind not in CHOOSING or whole.counts is None:
        return {}
    rows: dict[str, list[int]] = defaultdict(lambda: [0] * (len(item.choices) + 2))
    for sheet in sheets:
        answer = sheet.answers.get(at)
        if answer is None:
            continue
        row = rows[sheet.door if by == "door" else str(sheet.district or REST)]
        if isinstance(answer, tuple):
            for choice in answer[:1] if item.kind == "ranking" else answer:
                row[choice] += 1
        else:
            row[-2 if answer == poll_items.UNKNOWN else -1] += 1
    return poll_items.split(rows, REST)


def _visible(people: Counter[str], total: int) -> dict[str, int]:
    """Participation by door or district; under five is not kept, and not to be had by subtracting."""
    return small_numbers.merge(people) if tally.publishable(total) else {}
