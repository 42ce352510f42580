"""Hiding small numbers of people. Pure. The tally of a poll has its own rule in bot.core.tally."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

LEAST = 5

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
