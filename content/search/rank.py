"""Fusing views into one ranking. Today there is the lexical view; further ones join with a weight.

Views are added as z-scores (a weighted sum beat reciprocal ranks by 3 to 5 points of top1 on the FAQ
of a city). What a ranking says about its first entries is kept apart from how sure one may be of them:
`Hit.coverage` and `Hit.likeness` do not depend on how many other entries there are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from content.search.index import Floats, LexicalIndex, Query, standard


class View(Protocol):
    """Anything that scores every document for a question, higher is better, in the documents' order."""

    def scores(self, asked: Query) -> Floats:
        """Shape (documents,)."""


@dataclass(frozen=True)
class Hit:
    """A document found: its fused score, the share of the question it covers, its likest heading (both 0 to 1)."""

    id: str
    score: float
    coverage: float
    likeness: float

    @property
    def confidence(self) -> float:
        """How sure this is the answer, 0 to 1: a heading that says the same, or a question wholly covered."""
        return round(max(self.likeness, 0.55 * self.coverage + 0.45 * self.likeness), 3)


class Ranker:
    """The lexical index and whatever views were added to it."""

    def __init__(self, lexical: LexicalIndex, others: Sequence[tuple[View, float]] = ()) -> None:
        """`others` are further views with their weights against the lexical view's 1."""
        self.lexical = lexical
        self._others = tuple(others)
        self._rows = {name: row for row, name in enumerate(lexical.ids)}

    def rank(
        self, asked: Query, allowed: Collection[str] | None = None, count: int = 10, matter: Query | None = None
    ) -> list[Hit]:
        """The best `count` documents, best first, only those in `allowed` when given; none if nothing is shared.

        `matter` is the question without what the entry need not say (a district's name): it measures
        coverage and likeness when given.
        """
        scores = standard(self.lexical.scores(asked), self.lexical.groups)
        for view, weight in self._others:
            scores = scores + weight * standard(view.scores(asked), self.lexical.groups)
        if not scores.any():
            return []
        coverage = self.lexical.coverage(matter or asked)
        rows = np.argsort(-scores, kind="stable")
        if allowed is not None:
            rows = np.array([row for row in rows if self.lexical.ids[row] in allowed], dtype=np.int64)
        first = [int(row) for row in rows[:count]]
        likeness = self.lexical.likeness(asked, first)
        if matter:
            likeness = list(map(max, likeness, self.lexical.likeness(matter, first)))
        return [
            Hit(self.lexical.ids[row], float(scores[row]), float(coverage[row]), alike)
            for row, alike in zip(first, likeness, strict=True)
        ]
