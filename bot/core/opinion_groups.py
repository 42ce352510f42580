"""Opinion groups: who answered alike. Seeded, so that the same votes always give the same groups.

k-means from many starts, k by silhouette, never a group of next to nobody. Whether groups are *real* is
another question: bot.core.permutation answers it, and only then are they shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.core.opinion_matrix import Flags, Floats, Matrix, Positions, positions

Labels = NDArray[np.int64]

MOST_GROUPS = 5
PER_GROUP = 12  # voters for one more group to be tried: k <= 2 + voters // 12, as Polis
STARTS = 20
LEAST_PEOPLE, LEAST_SHARE = 3, 0.02  # below either, a group is not one; its members join the nearest
# More groups must be clearly better than fewer: silhouettes that differ by less are a toss of a coin.
CLEARLY_BETTER = 0.05
_ROUNDS = 100
_SILHOUETTE_OF = 2_000  # points; the cost grows with their square


@dataclass(frozen=True)
class Grouping:
    """Groups by number, 0 the largest; -1 = not grouped (answered too little). `labels` has shape (voters,)."""

    labels: Labels
    k: int
    silhouette: float
    at: Positions

    @property
    def sizes(self) -> tuple[int, ...]:
        """People per group."""
        return tuple(int(size) for size in np.bincount(self.labels[self.labels >= 0], minlength=self.k))


def group(votes: Matrix, k: int | None = None) -> Grouping:
    """Group the voters who answered enough; `k` forces the number of groups.

    One voter, or voters who all stand at one point, are one group.
    """
    at = positions(votes.used)
    active = votes.active
    points = at.points[active]
    labels = np.full(len(votes.voters), -1, dtype=np.int64)
    found = _best(points, k) if len(points) else (np.empty(0, np.int64), 0.0)
    labels[active] = _by_size(found[0], points)
    return Grouping(labels, int(labels.max(initial=-1)) + 1, found[1], at)


def most_groups(people: int) -> int:
    """The largest number of groups worth trying with so many people."""
    return min(MOST_GROUPS, 2 + people // PER_GROUP)


def _best(points: Floats, k: int | None) -> tuple[Labels, float]:
    distinct = len(np.unique(points.round(12), axis=0))
    numbers = [k] if k else range(2, most_groups(len(points)) + 1)
    tried = [(fit(points, number)) for number in numbers if number <= distinct]
    if not tried:
        return np.zeros(len(points), np.int64), 0.0
    scored = [(labels, silhouette(points, labels)) for labels in tried]
    highest = max(score for _, score in scored)
    return next(one for one in scored if one[1] >= highest - CLEARLY_BETTER)


def fit(points: Floats, k: int) -> Labels:
    """k-means where every group has enough people: who is in a smaller one joins the nearest in the end.

    With so few people that k such groups cannot be, the smaller ones are accepted.
    """
    least = max(LEAST_PEOPLE, int(np.ceil(LEAST_SHARE * len(points))))
    kept: Flags = np.ones(len(points), dtype=np.bool_)
    while True:
        centres, labels = k_means(points[kept], k, STARTS)
        sizes = np.bincount(labels, minlength=k)
        small = (sizes > 0) & (sizes < least)  # where many stand at one point, a group may stay empty
        remaining = int(sizes[~small].sum())
        if not small.any() or remaining < k * least:
            return _nearest(points, centres)
        kept[np.flatnonzero(kept)[small[labels]]] = False


def k_means(points: Floats, k: int, starts: int, rounds: int = _ROUNDS) -> tuple[Floats, Labels]:
    """Lloyd's algorithm from `starts` seeded k-means++ starts at once; centres (k, 2) and labels of the tightest."""
    centres, before = _starts(points, k, starts), None
    for _ in range(rounds):
        closest = _closest(points, centres)
        if before is not None and np.array_equal(closest, before):
            break
        member = (closest[:, None, :] == np.arange(k)[:, None]).astype(np.float64)
        sizes = member.sum(axis=2)[..., None]
        centres = np.where(sizes > 0, (member @ points) / np.maximum(sizes, 1), centres)
        before = closest
    spread = _distances(points, centres).min(axis=2).sum(axis=1)
    best = centres[int(np.argmin(spread.round(9)))]
    return best, _nearest(points, best)


def _starts(points: Floats, k: int, starts: int) -> Floats:
    """k-means++ (Arthur and Vassilvitskii 2007), all starts side by side, shape (starts, k, 2)."""
    rng = np.random.default_rng(0)
    chosen = points[rng.integers(len(points), size=starts)][:, None, :]
    for _ in range(k - 1):
        near = _distances(points, chosen).min(axis=2).cumsum(axis=1)
        wanted = rng.random(starts) * near[:, -1]
        rows = np.minimum((near <= wanted[:, None]).sum(axis=1), len(points) - 1)
        chosen = np.concatenate((chosen, points[rows][:, None, :]), axis=1)
    return chosen


def _distances(points: Floats, centres: Floats) -> Floats:
    """Squared distances, shape (starts, points, centres)."""
    across = points[None, :, 0, None] - centres[:, None, :, 0]
    along = points[None, :, 1, None] - centres[:, None, :, 1]
    return np.asarray(across * across + along * along)


def _closest(points: Floats, centres: Floats) -> Labels:
    return np.asarray(_distances(points, centres).argmin(axis=2))


def _nearest(points: Floats, centres: Floats) -> Labels:
    return np.asarray(_closest(points, centres[None])[0])


def silhouette(points: Floats, labels: Labels) -> float:
    """The mean silhouette (Rousseeuw 1987), -1 to 1; who is alone in a group counts 0. 0.0 for a single group.

    Of more than 2,000 points every n-th is looked at.
    """
    step = -(-len(points) // _SILHOUETTE_OF)
    points, labels = points[::step], labels[::step]
    member = (labels[:, None] == np.unique(labels)).astype(np.float64)
    sizes = member.sum(axis=0)
    if len(sizes) < 2:
        return 0.0
    apart = np.sqrt(_distances(points, points[None])[0]) @ member
    own_size = member @ sizes
    own = (apart * member).sum(axis=1) / np.maximum(own_size - 1, 1)
    other = np.where(member > 0, np.inf, apart / sizes).min(axis=1)
    widest = np.maximum(own, other)
    values = np.where((own_size > 1) & (widest > 0), (other - own) / np.where(widest > 0, widest, 1.0), 0.0)
    return float(values.mean())


def _by_size(labels: Labels, points: Floats) -> Labels:
    """Number the groups from the largest; equal ones by where they stand."""
    numbers = np.unique(labels)
    order = sorted(
        numbers, key=lambda one: (-int((labels == one).sum()), *points[labels == one].mean(axis=0).round(9).tolist())
    )
    rank = {int(number): place for place, number in enumerate(order)}
    return np.array([rank[int(label)] for label in labels], dtype=np.int64)
