"""Fusing the two views into one ranking: what the words say (lexical) and what is meant (embeddings).

Views are added as z-scores (a weighted sum beat reciprocal ranks by 3 to 5 points of top1 on the FAQ
of a city). What a ranking says about its first entries is kept apart from how sure one may be of them:
`Hit.coverage`, `Hit.likeness` and `Hit.meaning` do not depend on how many other entries there are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from bot.errors import UnavailableError
from content.search.index import Floats, LexicalIndex, Query, standard
from content.search.meaning import MeaningView, Meant

WORDS_WEIGHT = 0.5  # the lexical view against the meaning's 1, for Japanese
COVERED_WEIGHT = 0.4  # the share of the question that a document's words cover, against their score
KANA_WEIGHT = 1.5  # the same for kana alone: the model was taught on kanji, the readings know better
FOREIGN_WEIGHT = 0.25  # the same for other languages: few words are shared, mostly names


@dataclass(frozen=True)
class Hit:
    """A document found: its fused score, the share of the question it covers, its likest heading (both 0 to 1).

    `meaning` is the cosine of the question with the heading nearest in meaning (after what all headings share was
    taken off: `content.search.meaning`), 0 to 1, 0 where no model spoke.
    """

    id: str
    score: float
    coverage: float
    likeness: float
    meaning: float = 0.0

    @property
    def confidence(self) -> float:
        """How sure this is the answer, 0 to 1: a heading that says the same, or a question wholly covered."""
        return round(max(self.likeness, 0.55 * self.coverage + 0.45 * self.likeness), 3)


class Ranker:
    """The lexical index and, when there is a model, the view of what is meant."""

    def __init__(self, lexical: LexicalIndex, meaning: MeaningView | None = None) -> None:
        """Both over the same documents in the same order."""
        self.lexical = lexical
        self.meaning = meaning

    def rank(
        self, asked: Query, allowed: Collection[str] | None = None, count: int = 10, matter: Query | None = None
    ) -> list[Hit]:
        """The best `count` documents, best first, only those in `allowed` when given; none if nothing is shared.

        `matter` is the question without what the entry need not say (a district's name): it measures
        coverage and likeness when given, and is what is meant.
        """
        words = standard(self.lexical.scores(asked), self.lexical.groups)
        meant = self._meant(matter or asked) if words.any() or asked.grams else None
        if meant is None and not words.any():
            return []
        coverage = self.lexical.coverage(matter or asked)
        said = standard(words + COVERED_WEIGHT * standard(coverage, self.lexical.groups), self.lexical.groups)
        scores = said
        if meant is not None:
            scores = standard(meant_or_said(meant, said) + words_weight(asked) * said, self.lexical.groups)
        rows = np.argsort(-scores, kind="stable")
        if allowed is not None:
            rows = np.array([row for row in rows if self.lexical.ids[row] in allowed], dtype=np.int64)
        first = [int(row) for row in rows[:count]]
        return [
            Hit(self.lexical.ids[row], float(scores[row]), float(coverage[row]), alike, near)
            for row, alike, near in zip(
                first,
                self._likeness(asked, matter, first),
                [0.0] * len(first) if meant is None else meant.likeness[first].tolist(),
                strict=True,
            )
        ]

    def _meant(self, asked: Query) -> Meant | None:
        """What the second view says; None without a model, or while it cannot be asked."""
        try:
            return self.meaning.look(asked) if self.meaning else None
        except UnavailableError:
            return None

    def _likeness(self, asked: Query, matter: Query | None, rows: Sequence[int]) -> list[float]:
        likeness = self.lexical.likeness(asked, rows)
        return list(map(max, likeness, self.lexical.likeness(matter, rows))) if matter else likeness


def meant_or_said(meant: Meant, said: Floats) -> Floats:
    """What the second view says, in standard deviations, shape (documents,).

    A document without vectors counts as meant as much as its words say, but never more than the best that
    has some: a half-built view neither hides an entry nor lifts it.
    """
    known = ~np.isnan(meant.score)
    return np.where(known, meant.score, np.minimum(said, meant.score[known].max()))


def words_weight(asked: Query) -> float:
    """How much the words count against the meaning, by the writing of the question."""
    if asked.kana_only:
        return KANA_WEIGHT
    return FOREIGN_WEIGHT if asked.foreign else WORDS_WEIGHT
