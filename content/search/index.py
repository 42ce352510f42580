"""The lexical view: BM25 over fields kept apart, as lemmas, as character grams, and as readings.

An index is built from documents and never changes; what was analysed is remembered by the document's
content, so building it anew after one entry changed costs only the assembling. Figures that led to
the weights: lemma grams and fields apart beat each other's mixtures on the FAQ of a city
(`entaku bench search`); nothing is fitted to one file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from content.language import identify
from content.search import tokens
from content.search.chinese import simplified

Floats = NDArray[np.float64]
Rows = NDArray[np.int32]
Units = tuple[str, ...]

K1, B = 1.2, 0.75  # BM25's usual constants (Robertson and Zaragoza 2009)
BODY_WEIGHT = 0.8  # against the heading's 1: a body says it longer and less to the point
GRAM_WEIGHT = 0.5  # character grams beside lemmas: they forgive typos and unknown words
SHORT_KANA = 4  # below, bigrams of kana say too little (ばか is in ばかり); the word itself is looked up
KEYWORD_WEIGHT = 0.5  # names people use that the text itself does not


@dataclass(frozen=True)
class Document:
    """What is searched of an entry: headings are its title and the questions it answers, each a text of its own.

    Documents of one `family` say the same of one district each: statistics count them once. `meant` are the
    passages that the view of meanings reads (headings, last one with the body) where they leave something out,
    as the district's name; empty: the texts as they are.
    """

    id: str
    headings: tuple[str, ...]
    body: str = ""
    keywords: tuple[str, ...] = ()
    family: str = ""
    meant: tuple[str, ...] = ()


@dataclass(frozen=True)
class Query:
    """A question taken apart once for every view."""

    text: str
    lemmas: Units
    grams: Units
    readings: Units
    kana_only: bool
    latin_only: bool = False
    foreign: bool = False  # surely no Japanese: another language's letters


_TOPIC = re.compile(r"(?<=[一-鿿も])会って(?![くい])")  # 敬老会って is no 会う


def query(text: str) -> Query:
    """Take a question apart; Latin letters that spell Japanese are read as kana."""
    folded = tokens.fold(text)
    folded = _TOPIC.sub("会は", tokens.from_romaji(folded) or folded)
    language = identify(folded).language
    if language == "zh-Hant":
        folded = simplified(folded)
    stem = tokens.without_tail(folded)
    kana_only = tokens.is_kana_only(folded) and len(stem) >= SHORT_KANA
    if kana_only:
        stem = tokens.without_tail(tokens.hiragana(folded))  # ｵｼｴﾃｸﾀﾞｻｲ is polite, too
    read = stem.replace(" ", "") if kana_only else tokens.reading(tokens.words(stem))
    return Query(
        folded,
        (*tokens.lemmas(tokens.words(folded)), *tokens.latin_words(folded)),
        tuple(tokens.grams(stem)),
        tuple(tokens.grams(read, (2, 3))),
        kana_only,
        latin_only := tokens.is_latin_only(folded),
        latin_only or (not kana_only and language != "ja"),
    )


class Postings:
    """An inverted index in arrays: for each unit the rows (texts, not entries) that hold it, with BM25 weights."""

    def __init__(self, texts: Sequence[Units], groups: Sequence[int], b: float = B) -> None:
        """Index `texts`, each of a group counted once; `b` is BM25's length normalisation (0 for lists of names)."""
        self.rows = len(texts)
        lengths = np.array([len(text) for text in texts], dtype=np.int64)
        average = max(float(lengths.mean()) if len(lengths) else 0.0, 1.0)
        penalty = K1 * (1 - b + b * lengths / average)
        self._numbers: dict[str, int] = {}
        number = self._numbers.setdefault
        units = np.fromiter(
            (number(unit, len(self._numbers)) for text in texts for unit in text),
            dtype=np.int64,
            count=int(lengths.sum()),
        )
        pairs, counts = np.unique(
            units * max(self.rows, 1) + np.repeat(np.arange(self.rows), lengths), return_counts=True
        )
        self._rows = (pairs % max(self.rows, 1)).astype(np.int32)
        self._bounds = np.searchsorted(pairs // max(self.rows, 1), np.arange(len(self._numbers) + 1))
        self._groups = np.unique(np.asarray(groups, dtype=np.int64)).size
        group_of = np.asarray(groups, dtype=np.int64)[self._rows] if len(pairs) else np.empty(0, dtype=np.int64)
        units_held = pairs // max(self.rows, 1)
        distinct = np.unique(units_held * (max(groups, default=0) + 1) + group_of) // (max(groups, default=0) + 1)
        self._idf = _idf(self._groups, np.bincount(distinct, minlength=len(self._numbers)))
        self._weights = (self._idf[units_held] * counts * (K1 + 1) / (counts + penalty[self._rows])).astype(np.float32)

    def idf(self, unit: str) -> float:
        """How telling a unit is; one that no text holds is the most telling."""
        number = self._numbers.get(unit)
        return float(_idf(self._groups, np.zeros(1))[0] if number is None else self._idf[number])

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


def _idf(texts: int, holding: NDArray[Any]) -> Floats:
    """BM25's inverse document frequency, never negative."""
    return np.asarray(np.log(1 + (texts - holding + 0.5) / (holding + 0.5)), dtype=np.float64)


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
    parsed_stems = [
        words if stem == text else tokens.parse(stem) for stem, text, words in zip(stems, texts, parsed, strict=True)
    ]
    return _Analysed(
        tuple((*tokens.lemmas(words), *tokens.latin_words(text)) for words, text in zip(parsed, texts, strict=True)),
        tuple(tuple(tokens.grams(stem)) for stem in stems),
        tuple(tuple(tokens.grams(tokens.reading(words), (2, 3))) for words in parsed_stems),
    )


class _Side:
    """One kind of unit (lemmas, grams or readings) over the three fields."""

    def __init__(self, analysed: Sequence[tuple[Units, ...]], groups: Sequence[int], body_weight: float) -> None:
        counts = [len(texts) - 2 for texts in analysed]
        of_headings = [group for group, count in zip(groups, counts, strict=True) for _ in range(count)]
        self._headings = Postings([units for texts in analysed for units in texts[:-2]], of_headings)
        self._body = Postings([texts[-2] for texts in analysed], groups)
        self._keywords = Postings([texts[-1] for texts in analysed], groups, b=0.0)
        self._groups = np.asarray(groups, dtype=np.int64)
        self._starts = (
            np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.intp) if analysed else np.empty(0, np.intp)
        )
        self._body_weight = body_weight

    def score(self, units: Units) -> Floats:
        """The fields' z-scores, weighted and added; a heading counts by its best text."""
        headings = np.maximum.reduceat(self._headings.score(units), self._starts)
        return (
            standard(headings, self._groups)
            + self._body_weight * standard(self._body.score(units), self._groups)
            + KEYWORD_WEIGHT * standard(self._keywords.score(units), self._groups)
        )


class LexicalIndex:
    """The lexical view of a set of documents."""

    def __init__(self, documents: Sequence[Document]) -> None:
        """Build it; every document needs at least one heading."""
        self.ids = tuple(document.id for document in documents)
        analysed = [_analyse(document) for document in documents]
        groups = _numbered([document.family or document.id for document in documents])
        self._lemmas = _Side([item.lemmas for item in analysed], groups, BODY_WEIGHT)
        self._grams = _Side([item.grams for item in analysed], groups, BODY_WEIGHT)
        self._readings = _Side([item.readings for item in analysed], groups, 1.0)
        self.groups = np.asarray(groups, dtype=np.int64)
        self._headings = [
            tuple(frozenset(tokens.grams(tokens.hiragana(text), (2,))) for text in _stems(document))
            for document in documents
        ]
        self._read_headings = [tuple(_pairs(units) for units in item.readings[:-2]) for item in analysed]
        self._heading_lemmas = [tuple(frozenset(units) for units in item.lemmas[:-2]) for item in analysed]
        self._named = {
            document.id: frozenset().union(*item.lemmas[:-2], item.lemmas[-1])
            for document, item in zip(documents, analysed, strict=True)
        }
        self._whole = Postings([tuple({unit for text in item.lemmas for unit in text}) for item in analysed], groups)
        self._whole_read = Postings(
            [tuple({unit for text in item.readings for unit in text}) for item in analysed], groups
        )

    def scores(self, asked: Query) -> Floats:
        """How well each document answers, higher is better, shape (documents,)."""
        if not self.ids:
            return np.zeros(0)
        if asked.kana_only:
            return self._readings.score(asked.readings)
        if asked.latin_only:  # letters of other languages say nothing one by one
            return self._lemmas.score(asked.lemmas)
        return self._lemmas.score(asked.lemmas) + GRAM_WEIGHT * self._grams.score(asked.grams)

    def coverage(self, asked: Query) -> Floats:
        """The share of the question's telling units that each document holds, 0 to 1, shape (documents,).

        A unit weighs its idf; one that no document holds weighs most, so a question about something
        foreign to all of them is covered by none.
        """
        whole, units = (self._whole_read, asked.readings) if asked.kana_only else (self._whole, asked.lemmas)
        held, total = np.zeros(len(self.ids)), 0.0
        for unit in dict.fromkeys(units):
            weight = whole.idf(unit)
            total += weight
            held[whole.holding(unit)] += weight
        return held / total if total else held

    def named(self, name: str) -> frozenset[str]:
        """The lemmas that a document's headings and keywords hold: what it is about, not what it mentions."""
        return self._named[name]

    def knows(self, lemma: str) -> bool:
        """Whether any document holds the lemma."""
        return bool(len(self._whole.holding(tokens.hiragana(lemma))))

    def telling(self, lemma: str) -> float:
        """How telling a lemma is (its idf over whole documents); one that no document holds is the most telling."""
        return self._whole.idf(lemma)

    def likeness(self, asked: Query, rows: Iterable[int]) -> list[float]:
        """How alike the question and the likest heading of each row are: Dice over their bigrams (or words)."""
        if asked.latin_only:
            said, headings = frozenset(asked.lemmas), self._heading_lemmas
        elif asked.kana_only:
            said, headings = _pairs(asked.readings), self._read_headings
        else:
            said, headings = _pairs(asked.grams), self._headings
        return [
            max((2 * len(said & units) / ((len(said) + len(units)) or 1) for units in headings[row]), default=0.0)
            for row in rows
        ]


def _pairs(units: Units) -> frozenset[str]:
    return frozenset(unit for unit in units if len(unit) == 2)


def standard(scores: Floats, groups: Rows | NDArray[np.int64]) -> Floats:
    """z-scores against the best of each group; all zeros when nothing differs."""
    if not len(scores):
        return scores
    best = np.full(int(groups.max()) + 1, -np.inf)
    np.maximum.at(best, groups, scores)
    spread = float(best.std())
    return (scores - best.mean()) / spread if spread > 0 else np.zeros(len(scores))


def _numbered(names: Sequence[str]) -> list[int]:
    numbers: dict[str, int] = {}
    return [numbers.setdefault(name, len(numbers)) for name in names]
