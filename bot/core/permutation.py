"""Are there groups at all? A permutation test: votes are shuffled within each statement, among those who saw it.

Shuffling keeps how every statement was answered and who saw what, and destroys only that the same people
agree on several. Groups are clear when at most 2 in 100 such shuffled conversations look as grouped.
With the 15 to 30 voters of a district the honest answer is often no.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.core.opinion_groups import k_means, most_groups, silhouette
from bot.core.opinion_matrix import Floats, Matrix, principal

SHUFFLES = 199
CLEAR_AT = 0.02
LEAST_SHOWN = 5  # people in a group that is shown
_STARTS, _ROUNDS, _PCA_ROUNDS = 4, 25, 12
_PEOPLE = 300  # looked at, evenly spaced: with more the answer is as clear, and silhouettes cost their square


def p_value(votes: Matrix, k: int | None = None, shuffles: int = SHUFFLES) -> float:
    """(1 + shuffles at least as grouped) / (1 + shuffles); 1.0 where there is nothing to group."""
    used, active = votes.used, votes.active
    chosen = np.flatnonzero(active)
    chosen = chosen[:: -(-len(chosen) // _PEOPLE) or 1]
    if len(chosen) < 3:
        return 1.0
    seen = ~np.isnan(used)
    means = np.nansum(used, axis=0) / np.maximum(seen.sum(axis=0), 1)
    centred = np.where(seen, used - means, 0.0)
    scale = np.sqrt(used.shape[1] / np.maximum(seen.sum(axis=1), 1))
    numbers = [k] if k else list(range(2, most_groups(int(active.sum())) + 1))
    observed = _grouped(centred, scale, chosen, numbers)
    rng = np.random.default_rng(0)
    held = [np.flatnonzero(column) for column in seen.T]
    as_grouped = 0
    for _ in range(shuffles):
        for column, rows in enumerate(held):
            centred[rows, column] = rng.permutation(centred[rows, column])
        as_grouped += _grouped(centred, scale, chosen, numbers) >= observed - 1e-12
    return (1 + as_grouped) / (1 + shuffles)


def is_clear(p: float, sizes: Sequence[int]) -> bool:
    """Whether groups may be shown: more than chance, at least two, and five people in each."""
    return p <= CLEAR_AT and len(sizes) > 1 and min(sizes) >= LEAST_SHOWN


def _grouped(centred: Floats, scale: Floats, chosen: NDArray[np.int64], ks: list[int]) -> float:
    """How grouped the voters are: the best silhouette over the numbers of groups tried."""
    points = (centred[chosen] @ principal(centred, _PCA_ROUNDS).T) * scale[chosen, None]
    distinct = len(np.unique(points.round(12), axis=0))
    best = [silhouette(points, k_means(points, k, _STARTS, _ROUNDS)[1]) for k in ks if k <= distinct]
    return max(best, default=-1.0)
