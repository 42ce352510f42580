"""The lexical view: BM25 over fields kept apart, as lemmas, as character grams, and as readings.

An index is built from documents and never changes; what was analysed is remembered by the document's
content, so building it anew after one entry changed costs only the assembling. Figures that led to
the weights: lemma grams and fields apart beat each other's mixtures on the FAQ of a city
(`entaku bench search`); nothing is fitted to one file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from content.search import tokens

Floats = NDArray[np.float64]
Rows = NDArray[np.int32]
Units = tuple[str, ...]

K1, B = 1.2, 0.75  # BM25's usual constants (Robertson and Zaragoza 2009)
BODY_WEIGHT = 0.8  # against the heading's 1: a body says it longer and less to the point
GRAM_WEIGHT = 0.5  # character grams beside lemmas: they forgive typos and unknown words
KEYWORD_WEIGHT = 0.5  # names people use that the text itself does not


@dataclass(frozen=True)
class Document:
    """What is searched of an entry: headings are its title and the questions it answers, each a text of its own."""

    id: str
    headings: tuple[str, ...]
    body: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True)
class Query:
    """A question taken apart once for every view."""

    text: str
    lemmas: Units
    grams: Units
    readings: Units
    kana_only: bool


def query(text: str) -> Query:
    """Take a question apart; Latin letters that spell Japanese are read as kana."""
    folded = tokens.fold(text)
    folded = tokens.from_romaji(folded) or folded
    stem = tokens.without_tail(folded)
    kana_only = tokens.is_kana_only(folded)
    read = tokens.hiragana(stem).replace(" ", "") if kana_only else tokens.reading(tokens.words(stem))
    return Query(
        folded, tuple(tokens.lemmas(tokens.words(folded))), tuple(tokens.grams(stem)), tuple(tokens.grams(read, (2, 3))), kana_only
    )


class Postings:
    """An inverted index in arrays: for each unit the rows that hold it and their BM25 weights. Rows are texts, not entries."""

    def __init__(self, texts: Sequence[Units], b: float = B) -> None:
        """Index `texts`; `b` is BM25's length normalisation (0 for lists of names)."""
        self.rows = len(texts)
        lengths = np.array([len(text) for text in texts], dtype=np.int64)
        average = max(float(lengths.mean()) if len(lengths) else 0.0, 1.0)
        penalty = K1 * (1 - b + b * lengths / average)
        self._numbers: dict[str, int] = {}
        number = self._numbers.setdefault
        units = np.fromiter(
            (number(unit, len(self._numbers)) for text in texts for unit in text), dtype=np.int64, count=int(lengths.sum())
        )
        pairs, counts = np.unique(units * max(self.rows, 1) + np.repeat(np.arange(self.rows), lengths), return_counts=True)
        self._rows = (pairs % max(self.rows, 1)).astype(np.int32)
        self._bounds = np.searchsorted(pairs // max(self.rows, 1), np.arange(len(self._numbers) + 1))
        held = np.diff(self._bounds)
        idf = np.log(1 + (self.rows - held + 0.5) / (held + 0.5))
        self._weights = (np.repeat(idf, held) * counts * (K1 + 1) / (counts + penalty[self._rows])).astype(np.float32)

    def idf(self, texts_with_it: int) -> float:
        """How telling a unit is, from the number of texts that hold it (BM25's, never negative)."""
        return float(np.log(1 + (self.rows - texts_with_it + 0.5) / (texts_with_it + 0.5)))

    def holding(self, unit: str) -> Rows:
        """The rows that hold the unit."""
        number = self._numbers.get(unit)
        return self._rows[:0] if number is None else self._rows[self._bounds[number] : self._bounds[number + 1]]

    def score(self, units: Iterable[str]) -> Floats:
        """BM25 of each row, shape (rows,)."""
        total = np.zeros(self.rows)
        for unit in units:
            number = self._numbers.get(unit)
            if number is None:
                continue
            begin, end = self._bounds[number], self._bounds[number + 1]
            total[self._rows[begin:end]] += self._weights[begin:end]
        return total


@dataclass(frozen=True)
class _Analysed:
    lemmas: tuple[Units, ...]  # one per heading, then the body, then the keywords
    grams: tuple[Units, ...]
    readings: tuple[Units, ...]


def _stems(document: Document) -> list[str]:
    return [tokens.without_tail(tokens.fold(heading)) for heading in document.headings]


@lru_cache(maxsize=50_000)
def _analyse(document: Document) -> _Analysed:
    headings = [tokens.fold(heading) for heading in document.headings]
    body, keywords = tokens.fold(document.body), tokens.fold("、".join(document.keywords))
    texts = [*headings, body, keywords]
    stems = [*(tokens.without_tail(heading) for heading in headings), body, keywords]
    parsed = [tokens.parse(text) for text in texts]
    parsed_stems = [words if stem == text else tokens.parse(stem) for stem, text, words in zip(stems, texts, parsed, strict=True)]
    return _Analysed(
        tuple(tuple(tokens.lemmas(words)) for words in parsed),
        tuple(tuple(tokens.grams(stem)) for stem in stems),
        tuple(tuple(tokens.grams(tokens.reading(words), (2, 3))) for words in parsed_stems),
    )


class _Side:
    """One kind of unit (lemmas, grams or readings) over the three fields."""

    def __init__(self, analysed: Sequence[tuple[Units, ...]], body_weight: float) -> None:
        self._headings = Postings([units for texts in analysed for units in texts[:-2]])
        self._body = Postings([texts[-2] for texts in analysed])
        self._keywords = Postings([texts[-1] for texts in analysed], b=0.0)
        counts = [len(texts) - 2 for texts in analysed]
        self._starts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.int64) if analysed else np.empty(0)
        self._body_weight = body_weight

    def score(self, units: Units) -> Floats:
        """The fields' z-scores, weighted and added; a heading counts by its best text."""
        headings = np.maximum.reduceat(self._headings.score(units), self._starts)
        return (
            standard(headings)
            + self._body_weight * standard(self._body.score(units))
            + KEYWORD_WEIGHT * standard(self._keywords.score(units))
        )


class LexicalIndex:
    """The lexical view of a set of documents."""

    def __init__(self, documents: Sequence[Document]) -> None:
        """Build it; every document needs at least one heading."""
        self.ids = tuple(document.id for document in documents)
        analysed = [_analyse(document) for document in documents]
        self._lemmas = _Side([item.lemmas for item in analysed], BODY_WEIGHT)
        self._grams = _Side([item.grams for item in analysed], BODY_WEIGHT)
        self._readings = _Side([item.readings for item in analysed], 1.0)
        self._headings = [
            tuple(frozenset(tokens.grams(tokens.hiragana(text), (2,))) for text in _stems(document))
            for document in documents
        ]
        self._read_headings = [
            tuple(frozenset(unit for unit in units if len(unit) == 2) for units in item.readings[:-2]) for item in analysed
        ]
        self._whole = Postings([tuple({unit for text in item.lemmas for unit in text}) for item in analysed])
        self._whole_read = Postings([tuple({unit for text in item.readings for unit in text}) for item in analysed])

    def scores(self, asked: Query) -> Floats:
        """How well each document answers, higher is better, shape (documents,)."""
        if not self.ids:
            return np.zeros(0)
        if asked.kana_only:
            return self._readings.score(asked.readings)
        return self._lemmas.score(asked.lemmas) + GRAM_WEIGHT * self._grams.score(asked.grams)

    def coverage(self, asked: Query) -> Floats:
        """The share of the question's telling units that each document holds, 0 to 1, shape (documents,).

        A unit weighs its idf; one that no document holds weighs most, so a question about something
        foreign to all of them is covered by none.
        """
        whole, units = (self._whole_read, asked.readings) if asked.kana_only else (self._whole, asked.lemmas)
        held, total = np.zeros(len(self.ids)), 0.0
        for unit in dict.fromkeys(units):
            rows = whole.holding(unit)
            weight = whole.idf(len(rows))
            total += weight
            held[rows] += weight
        return held / total if total else held

    def likeness(self, asked: Query, row: int) -> float:
        """How alike the question and a document's likest heading are: Dice's coefficient of their bigrams."""
        said = frozenset(unit for unit in (asked.readings if asked.kana_only else asked.grams) if len(unit) == 2)
        headings = self._read_headings[row] if asked.kana_only else self._headings[row]
        return max((2 * len(said & units) / ((len(said) + len(units)) or 1) for units in headings), default=0.0)


def standard(scores: Floats) -> Floats:
    """z-scores; all zeros when nothing differs."""
    spread = float(scores.std()) if len(scores) else 0.0
    return (scores - scores.mean()) / spread if spread > 0 else np.zeros(len(scores))

