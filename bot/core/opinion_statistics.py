"""What groups and everybody say of each statement: consensus, representative statements, which to show next.

Formulae after Polis (its `repness`, `consensus` and comment priority), re-implemented from their description; pure.
Counts are of people: agreed, disagreed, seen (with passes).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.core.opinion_groups import Labels
from bot.core.opinion_matrix import Floats, Matrix, Positions, extremity

Counts = NDArray[np.int64]

CERTAIN = 1.2816  # one-sided 90 %
NEW_FACTOR, NEW_HALVES = 8.0, 5.0  # a statement nobody has seen counts nine times; half of that goes every 5 votes
META_PRIORITY = 49.0
SHOWN_PER_GROUP = 5
ENOUGH = 10  # answers before a statement may be called agreed, split or unsure
AGREED, SPLIT, UNSURE = 0.6, 0.3, 0.4  # shares of those who saw it


@dataclass(frozen=True)
class Tallies:
    """People who agreed, disagreed and saw each statement, per group: arrays of shape (groups, statements)."""

    agreed: Counts
    disagreed: Counts
    seen: Counts

    def of(self, groups: Sequence[int]) -> Tallies:
        """The same of some groups only."""
        rows = np.array(groups, dtype=np.int64)
        return Tallies(self.agreed[rows], self.disagreed[rows], self.seen[rows])

    @property
    def total(self) -> Tallies:
        """The same over all groups, shape (1, statements)."""
        return Tallies(*(part.sum(axis=0, keepdims=True) for part in (self.agreed, self.disagreed, self.seen)))


def tallies(votes: Floats, labels: Labels) -> Tallies:
    """Count the votes (voters, statements) of each group; label -1 counts nowhere."""
    groups = range(int(labels.max(initial=-1)) + 1)
    parts = [votes[labels == number] for number in groups] or [votes[:0]]
    return Tallies(
        np.array([(part == 1).sum(axis=0) for part in parts], dtype=np.int64),
        np.array([(part == -1).sum(axis=0) for part in parts], dtype=np.int64),
        np.array([(~np.isnan(part)).sum(axis=0) for part in parts], dtype=np.int64),
    )


def informed_consensus(counted: Tallies) -> Floats:
    """Group-informed consensus: the product over the groups of (agreed + 1) / (seen + 2), shape (statements,)."""
    return np.asarray(np.prod((counted.agreed + 1) / (counted.seen + 2), axis=0))


def group_consensus(counted: Tallies) -> Floats:
    """The geometric mean of the same shares: it does not shrink as groups are added."""
    return np.asarray(informed_consensus(counted) ** (1 / len(counted.agreed)))


def priorities(votes: Matrix, at: Positions, labels: Labels, meta: Sequence[bool] = ()) -> Floats:
    """How much each statement deserves to be shown next, shape (statements,).

    (importance x (1 + 8 x 2^(-seen / 5)))^2 with importance = (1 - passed) x (extremity + 1) x agreed, over the
    grouped people; a statement about the poll itself (meta) has 49. Statements are drawn at random by it.
    """
    total = tallies(votes.used, labels).total
    agreed, disagreed, seen = total.agreed[0], total.disagreed[0], total.seen[0]
    passed = (seen - agreed - disagreed + 1) / (seen + 2)
    importance = (1 - passed) * (extremity(at) + 1) * ((agreed + 1) / (seen + 2))
    found = (importance * (1 + NEW_FACTOR * 2.0 ** (-seen / NEW_HALVES))) ** 2
    return np.where(np.array(meta, dtype=np.bool_), META_PRIORITY, found) if len(meta) else found


def proportion_z(successes: Floats | Counts, trials: Floats | Counts) -> Floats:
    """How surely a share is above one half: 2 sqrt(n + 1) ((s + 1) / (n + 1) - 1/2)."""
    return np.asarray(2 * np.sqrt(trials + 1) * ((successes + 1) / (trials + 1) - 0.5))


def difference_z(successes: Counts, trials: Counts, others: Counts, of_others: Counts) -> Floats:
    """How surely a share is above the others': the two-proportion test with one added to all four numbers."""
    one, two = (successes + 1) / (trials + 1), (others + 1) / (of_others + 1)
    pooled = (successes + others + 2) / (trials + of_others + 2)
    spread = np.sqrt(np.maximum(pooled * (1 - pooled) * (1 / (trials + 1) + 1 / (of_others + 1)), 0))
    return np.asarray(np.where(pooled < 1, (one - two) / np.where(spread > 0, spread, 1), 0.0))


@dataclass(frozen=True)
class Representative:
    """A statement that marks a group off: by agreeing or by disagreeing, how many of how many."""

    statement: int
    agrees: bool
    people: int
    of: int
    strength: float


def representative(counted: Tallies, hidden: Sequence[bool] = ()) -> list[list[Representative]]:
    """For each group up to five statements, agreements first, the most telling in front."""
    total = counted.total
    skipped = frozenset(int(at) for at in np.flatnonzero(np.array(hidden, dtype=np.bool_)))
    return [
        _of_group(
            Tallies(counted.agreed[[g]], counted.disagreed[[g]], counted.seen[[g]]),
            Tallies(
                total.agreed - counted.agreed[g], total.disagreed - counted.disagreed[g], total.seen - counted.seen[g]
            ),
            skipped,
        )
        for g in range(len(counted.agreed))
    ]


def _of_group(own: Tallies, rest: Tallies, skipped: frozenset[int]) -> list[Representative]:
    sides = []
    for agrees in (True, False):
        people = (own.agreed if agrees else own.disagreed)[0]
        others = (rest.agreed if agrees else rest.disagreed)[0]
        share = (people + 1) / (own.seen[0] + 2)
        ratio = share / ((others + 1) / (rest.seen[0] + 2))
        sure = proportion_z(people, own.seen[0])
        more = difference_z(people, own.seen[0], others, rest.seen[0])
        sides.append((people, share, ratio, sure, more))
    (_, *_, agree_more), (_, *_, disagree_more) = sides
    found = []
    for at in range(own.seen.shape[1]):
        agrees = bool(agree_more[at] > disagree_more[at])
        people, share, ratio, sure, more = sides[0 if agrees else 1]
        if at in skipped or not people[at] or more[at] <= CERTAIN or sure[at] <= CERTAIN:
            continue
        strength = float(ratio[at] * more[at] * share[at] * sure[at])
        found.append(Representative(at, agrees, int(people[at]), int(own.seen[0, at]), strength))
    strongest = sorted(found, key=lambda one: (-one.strength, one.statement))[:SHOWN_PER_GROUP]
    return sorted(strongest, key=lambda one: not one.agrees)


@dataclass(frozen=True)
class Sorted:
    """Statements most agreed on, split over, and unsure of, strongest first: what needs no groups at all."""

    agreed: tuple[int, ...]
    split: tuple[int, ...]
    unsure: tuple[int, ...]


def sort_out(total: Tallies, hidden: Sequence[bool] = ()) -> Sorted:
    """一致・対立・わからない: from ten answers on, by shares of those who saw a statement.

    Agreed: at least 60 % say the same; split: at least 30 % on either side; unsure: at least 40 % passed.
    """
    agreed, disagreed, seen = total.agreed[0], total.disagreed[0], total.seen[0]
    lists: dict[str, list[tuple[float, int]]] = {"agreed": [], "split": [], "unsure": []}
    for at in range(len(seen)):
        if seen[at] < ENOUGH or (len(hidden) and hidden[at]):
            continue
        yes, no = agreed[at] / seen[at], disagreed[at] / seen[at]
        unsure = 1 - yes - no
        if unsure >= UNSURE:
            lists["unsure"].append((-unsure, at))
        elif min(yes, no) >= SPLIT:
            lists["split"].append((-min(yes, no), at))
        elif max(yes, no) >= AGREED:
            lists["agreed"].append((-max(yes, no), at))
    return Sorted(*(tuple(at for _, at in sorted(found)) for found in lists.values()))


def wilson(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval of a share (Wilson 1927), 95 % by default; (0, 1) without trials."""
    if trials == 0:
        return 0.0, 1.0
    share, square = successes / trials, z * z / trials
    middle = share + square / 2
    spread = z * math.sqrt(share * (1 - share) / trials + square / (4 * trials))
    return max(0.0, (middle - spread) / (1 + square)), min(1.0, (middle + spread) / (1 + square))
