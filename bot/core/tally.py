"""Counting answers and the small-number rule. Pure; the one place that decides what of a count may be seen.

Rule (docs/decisions/0004-ballots.md): while a poll is open everyone, staff included, sees participation
only. Afterwards a question's whole tally is shown from 10 answers on; with fewer, participation only.
Page, file and chat all ask `shown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SHOWN_FROM = 10


@dataclass(frozen=True)
class Shown:
    """What may be seen of a poll: how many answered and, where allowed, the counts in the order of the choices.

    `why` is None when counts are shown, else the reason that they are not: `open`, `few` or `lost`
    (the key of its ballots is gone).
    """

    participants: int
    counts: tuple[int, ...] | None
    why: str | None

    @property
    def percents(self) -> tuple[int, ...]:
        """Whole percents that add up to 100 (largest remainder); () when nothing is shown."""
        return percents(self.counts) if self.counts else ()


def count(answers: Iterable[int], choices: int) -> tuple[int, ...]:
    """How often each choice (0 to choices - 1) was taken. Raises ValueError for an answer outside."""
    counts = [0] * choices
    for answer in answers:
        if not 0 <= answer < choices:
            raise ValueError("an answer names no choice of this poll")
        counts[answer] += 1
    return tuple(counts)


def publishable(total: int) -> bool:
    """Whether a whole tally of so many answers may be shown, and so may be kept at all."""
    return total >= SHOWN_FROM


def shown(participants: int, counts: Sequence[int] | None, *, open_: bool = False, lost: bool = False) -> Shown:
    """What may be seen. `counts` None: there is no tally (yet, or it was never kept)."""
    if lost:
        return Shown(participants, None, "lost")
    if open_:
        return Shown(participants, None, "open")
    if counts is None or not publishable(sum(counts)):
        return Shown(participants, None, "few")
    return Shown(participants, tuple(counts), None)


def percents(counts: Sequence[int]) -> tuple[int, ...]:
    """Whole percents adding up to 100: rounded down, the rest to the largest remainders (Hamilton's method).

    Equal remainders go to the earlier choice. All zero when nothing was counted.
    """
    total = sum(counts)
    if total == 0:
        return tuple(0 for _ in counts)
    parts = [value * 100 // total for value in counts]
    by_remainder = sorted(range(len(counts)), key=lambda at: (-(counts[at] * 100 % total), at))
    for at in by_remainder[: 100 - sum(parts)]:
        parts[at] += 1
    return tuple(parts)
