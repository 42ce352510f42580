"""Hiding small numbers of people. Pure. The tally of a poll has its own rule in bot.core.tally."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

LEAST = 5
REST = ""  # what stands for those that are too small to stand alone
REST_FROM = 15  # people who may be shown together as the rest

Key = TypeVar("Key")


@dataclass(frozen=True)
class Cells(Generic[Key]):
    """Counts that may be shown (None: between 1 and 4, hidden) and the sum of the shown ones only.

    The sum leaves hidden cells out, so that nobody can subtract their way to one.
    """

    counts: Mapping[Key, int | None]
    total: int
    hidden: int


def hide(counts: Mapping[Key, int], least: int = LEAST) -> Cells[Key]:
    """Hide every non-zero count under `least`."""
    shown = {key: None if 0 < value < least else value for key, value in counts.items()}
    kept = [value for value in shown.values() if value is not None]
    return Cells(shown, sum(kept), len(shown) - len(kept))


def rounded_up(count: int, least: int = LEAST) -> int:
    """The next multiple of `least`: so many at most. Two such numbers cannot be subtracted down to one person."""
    return -(-count // least) * least


def merge(counts: Mapping[str, int]) -> dict[str, int]:
    """Places of five people or more; the others together under REST, with the smallest of those while need be.

    Need is as long as they are fewer than fifteen, or each as large as a hidden number can be: somebody who knows this
    rule must not be able to tell any of them. Equal ones go together. {} where nothing can be told apart.
    """
    good = {name: people for name, people in counts.items() if people >= LEAST}
    hidden = [people for people in counts.values() if 0 < people < LEAST]
    while hidden and good and (sum(hidden) < REST_FROM or set(hidden) == {LEAST - 1}):
        smallest = min(good.values())
        hidden += [people for people in good.values() if people == smallest]
        good = {name: people for name, people in good.items() if people > smallest}
    if hidden:
        good[REST] = sum(hidden)
    return good if len(good) > 1 else {}
