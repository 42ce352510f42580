"""Votes on statements as a matrix, and where each voter stands: imputation, two components, sparsity scaling.

Agree is 1, disagree -1, pass 0, never seen NaN. Voters and statements are put in the order of their ids, so
that the same votes give the same result in whatever order they came. The steps are those of Polis
(Small et al. 2021, "Polis: Scaling deliberation by mapping high dimensional opinion spaces"), written anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ENOUGH_VOTES = 7  # who answered fewer statements is not grouped (all of them, where there are fewer)
FILL_UP_TO = 15  # with fewer voters than this who answered enough, the most active join them
_ROUNDS, _SPARE = 60, 4  # of the subspace iteration: rounds, and vectors beside the two that are wanted


@dataclass(frozen=True)
class Matrix:
    """Votes, shape (voters, statements); `hidden` marks statements moderated out or meta.

    `votes` are as given; `used` has the hidden columns set to 0 for everybody, as Polis does: they weigh
    nothing, but stay in the number of columns.
    """

    voters: tuple[str, ...]
    statements: tuple[str, ...]
    votes: Floats
    hidden: Flags

    @property
    def used(self) -> Floats:
        """The votes that say where somebody stands."""
        used = self.votes.copy()
        used[:, self.hidden] = 0.0
        return used

    @property
    def active(self) -> Flags:
        """Who answered enough to be grouped, shape (voters,)."""
        answered = np.asarray((~np.isnan(self.votes)).sum(axis=1))
        active = np.asarray(answered >= min(ENOUGH_VOTES, len(self.statements)))
        if active.sum() < FILL_UP_TO:
            active[np.argsort(-answered, kind="stable")[:FILL_UP_TO]] = True
        return np.asarray(active & (answered > 0))


def in_order(ids: Iterable[str]) -> tuple[str, ...]:
    """Distinct ids, numbers by size, then words."""
    return tuple(sorted(set(ids), key=lambda one: (not one.isdecimal(), int(one) if one.isdecimal() else 0, one)))


def matrix(
    votes: Mapping[tuple[str, str], int], statements: Iterable[str] = (), hidden: Collection[str] = frozenset()
) -> Matrix:
    """Arrange {(voter, statement): vote}. `statements` names those that must have a column though nobody voted."""
    voters = in_order(voter for voter, _ in votes)
    columns = in_order((*statements, *(statement for _, statement in votes)))
    row_of = {voter: row for row, voter in enumerate(voters)}
    column_of = {statement: column for column, statement in enumerate(columns)}
    values = np.full((len(voters), len(columns)), np.nan)
    for (voter, statement), vote in votes.items():
        values[row_of[voter], column_of[statement]] = vote
    return Matrix(voters, columns, values, np.array([one in hidden for one in columns], dtype=np.bool_))


@dataclass(frozen=True)
class Positions:
    """Where voters stand: `points` (voters, 2); `components` (2, statements) and the columns' `means`."""

    points: Floats
    components: Floats
    means: Floats


def positions(used: Floats) -> Positions:
    """Project every voter onto the first two components of the votes, NaN imputed by the column's mean.

    A voter's projection sums over the statements seen only and is scaled by sqrt(statements / seen), so that
    who answered little is not drawn to the middle.
    """
    seen = ~np.isnan(used)
    means = np.nansum(used, axis=0) / np.maximum(seen.sum(axis=0), 1)
    centred = np.where(seen, used - means, 0.0)
    components = principal(centred)
    scale = np.sqrt(used.shape[1] / np.maximum(seen.sum(axis=1), 1))
    return Positions((centred @ components.T) * scale[:, None], components, means)


def principal(centred: Floats, rounds: int = _ROUNDS) -> Floats:
    """The first two principal components, shape (2, columns), each with its heaviest loading positive.

    By subspace iteration from a fixed start: deterministic, and cheap where only two of hundreds are wanted.
    Rows of zeros where the votes have fewer dimensions.
    """
    columns = centred.shape[1]
    width = min(2 + _SPARE, *centred.shape)
    if width == 0:
        return np.zeros((2, columns))
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((columns, width)))[0]
    for _ in range(rounds):
        basis = np.linalg.qr(centred.T @ (centred @ basis))[0]
    _, sizes, turned = np.linalg.svd(centred @ basis, full_matrices=False)
    found = np.zeros((2, columns))
    count = min(2, int((sizes > 1e-9 * max(float(sizes[0]), 1e-300)).sum()) if sizes[0] > 1e-9 else 0)
    found[:count] = (turned @ basis.T)[:count]
    heaviest = np.argmax(np.abs(found).round(9), axis=1)
    return found * np.where(found[np.arange(2), heaviest] < 0, -1.0, 1.0)[:, None]


def extremity(at: Positions) -> Floats:
    """How far apart a statement draws people: the length of the projection of a voter who only agreed with it.

    Shape (statements,); sqrt(statements) x |1 - mean| x the length of its loadings (Polis' "comment extremity").
    """
    loadings = np.sqrt((at.components**2).sum(axis=0))
    return np.asarray(np.sqrt(len(at.means)) * np.abs(1 - at.means) * loadings)
