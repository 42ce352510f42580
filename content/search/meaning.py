"""The second view: what is meant, as unit vectors of a multilingual model behind an interface.

An encoder turns texts into vectors; nothing here knows which. A vector is kept under the hash of the text it
was made of, so an entry that changed costs its changed texts only, and one that has no vectors yet is judged
by its words until it has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from content.search import tokens
from content.search.index import Document, Floats, Query, standard

Vectors = NDArray[np.float32]

BODY_CHARACTERS = 400  # of a body that are embedded with the title: the model reads about 512 tokens
LONGEST_QUESTION = 200  # characters that are embedded; longer ones say it first or not at all
BODY_WEIGHT = 1.0  # title-and-body against the best heading
ENOUGH = 0.5  # of the documents need vectors before the view says anything
COMPONENTS = 3  # principal ones taken off; a hundredth of the dimensions, as those who found it advise
MANY = 300  # passages that tell such components
FEW = 20  # passages do not tell their mean: it is taken off by half
SPARE, ROUNDS = 5, 30  # more axes than wanted and enough rounds for the first ones to settle
EPSILON = 1e-6


class Encoder(Protocol):
    """A model that gives texts of any language comparable unit vectors. May be called from several threads."""

    @property
    def name(self) -> str:
        """Which model and version: vectors of another are never compared with its own. ASCII, at most 64 signs."""

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, shape (texts, dimensions). Raises UnavailableError."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of what may answer them, shape (texts, dimensions). Raises UnavailableError."""


class Passage(NamedTuple):
    """A text that is embedded. A heading asks as residents do and is compared as a question; a body answers."""

    text: str
    asks: bool


def key(passage: Passage) -> str:
    """What a passage's vector is kept under: 32 hexadecimal digits of a SHA-256."""
    return hashlib.sha256(f"{'?' * passage.asks}{passage.text}".encode("utf-8", "replace")).hexdigest()[:32]


def passages(document: Document) -> tuple[Passage, ...]:
    """What of a document is embedded: each heading, last the first heading with the body; none of it empty."""
    *headings, body = document.meant or (*document.headings, with_body(document.headings[0], document.body))
    return (*(Passage(tokens.fold(text), asks=True) for text in headings), Passage(tokens.fold(body), asks=False))


def with_body(heading: str, body: str) -> str:
    """A heading and the beginning of its body as one passage."""
    return f"{heading} {body[:BODY_CHARACTERS]}"


def missing(documents: Iterable[Document], vectors: Mapping[str, Vectors]) -> tuple[tuple[str, Passage], ...]:
    """The (key, passage) of all that have no vector yet, each once, in the documents' order."""
    wanted = {key(passage): passage for document in documents for passage in passages(document)}
    return tuple((name, passage) for name, passage in wanted.items() if name not in vectors)


def made(encoder: Encoder, wanted: Sequence[tuple[str, Passage]]) -> dict[str, Vectors]:
    """The vectors of (key, passage) pairs by key, as they come out of a store. Raises UnavailableError."""
    found: dict[str, Vectors] = {}
    for asks, encode in ((True, encoder.questions), (False, encoder.passages)):
        some = [(name, passage.text) for name, passage in wanted if passage.asks == asks]
        rows = encode([text for _, text in some]) if some else ()
        found |= {name: unpacked(packed(row)) for (name, _), row in zip(some, rows, strict=True)}
    return found


def packed(vector: Vectors) -> bytes:
    """A vector as signed bytes, one a dimension: a quarter of the room, the same ranking to three places."""
    highest = float(np.abs(vector).max()) or 1.0
    return bytes(np.rint(vector * (127 / highest)).astype(np.int8).tobytes())


def unpacked(stored: bytes) -> Vectors:
    """The unit vector again."""
    return units(np.frombuffer(stored, dtype=np.int8).astype(np.float32))


def units(vectors: Vectors) -> Vectors:
    """Each row divided by its length; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1), dtype=np.float32)


@dataclass(frozen=True)
class Meant:
    """What the view says of one question, arrays of shape (documents,).

    `score` is in standard deviations, NaN where a document has no vectors; `likeness` is the cosine with the
    nearest heading once what all headings share is taken off, 0 to 1, 0 where there is none.
    """

    score: Floats
    likeness: Floats


class _Space:
    """One kind of passage, freed of what all of its texts share.

    Vectors of one model crowd in a narrow cone: the mean and the first principal components carry what every
    text has (kind of text, length, language), not what it is about. Taking them off ("all but the top", Mu and
    Viswanath 2018) gained 3 to 5 points of top1 on the FAQ of a city.
    """

    def __init__(self, vectors: Vectors) -> None:
        count = len(vectors)
        self.mean = vectors.mean(axis=0) * (count / (count + FEW)) if count else np.zeros(1, dtype=np.float32)
        self._centred = vectors - self.mean
        components = COMPONENTS if count >= MANY else 0
        self._axes = _principal(self._centred, components)
        self._length = np.linalg.norm(self._centred, axis=1) + EPSILON
        without = self._length**2 - np.square(self._centred @ self._axes).sum(axis=1)
        self._length_without = np.sqrt(np.maximum(without, 0)) + EPSILON

    def near(self, question: Vectors, *, whole: bool) -> Vectors:
        """The cosine of each passage with a centred question; `whole`: with the first components left in."""
        if whole:
            return np.asarray(self._centred @ units(question) / self._length)
        # What is left of the question is orthogonal to the components: the passages' share of them drops out.
        left = question - self._axes @ (self._axes.T @ question)
        return np.asarray(self._centred @ units(left) / self._length_without)


def _principal(centred: Vectors, count: int) -> Vectors:
    """The first principal axes, shape (dimensions, count), by orthogonal iteration: all of them would take a second."""
    covariance = centred.T @ centred
    axes = np.random.default_rng(0).normal(size=(len(covariance), min(count + SPARE, len(covariance))))
    for _ in range(ROUNDS if count else 0):
        axes, _ = np.linalg.qr(covariance @ axes)
    return axes[:, :count].astype(np.float32)


class MeaningView:
    """The vectors of a set of documents, and the encoder that asks them. `missing` as `missing()` gives it."""

    def __init__(self, documents: Sequence[Document], vectors: Mapping[str, Vectors], encoder: Encoder) -> None:
        """`vectors` by key, made by the same encoder; documents without all of theirs are left to the words."""
        self._documents, self.encoder = documents, encoder
        texts = [passages(document) for document in documents]
        names = {passage: key(passage) for found in texts for passage in found}
        width = len(next(iter(vectors.values()))) if vectors else 0
        self._vectors = {
            name: vectors[name] for name in names.values() if name in vectors and len(vectors[name]) == width
        }
        self.keys = frozenset(names.values())
        self.missing = tuple((name, passage) for passage, name in names.items() if name not in self._vectors)
        # Families share their headings: each text is compared once.
        numbers: dict[Passage, int] = {}
        spaces: dict[bool, list[Vectors]] = {True: [], False: []}
        for passage, name in names.items():
            if name in self._vectors:
                numbers[passage] = len(spaces[passage.asks])
                spaces[passage.asks].append(self._vectors[name])
        arrays = (np.array(spaces[asks], dtype=np.float32).reshape(-1, width or 1) for asks in (True, False))
        self._headings, self._bodies = map(_Space, arrays)
        self.known = np.array([all(passage in numbers for passage in found) for found in texts], dtype=bool)
        self._rows = rows = np.flatnonzero(self.known)
        self._of_headings = np.array([numbers[passage] for row in rows for passage in texts[row][:-1]], dtype=np.intp)
        self._of_bodies = np.array([numbers[texts[row][-1]] for row in rows], dtype=np.intp)
        counts = [len(texts[row]) - 1 for row in rows]
        self._starts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.intp) if counts else rows
        families = [document.family or document.id for document in documents]
        self._groups = np.unique([families[row] for row in rows], return_inverse=True)[1] if counts else rows

    def joined(self, more: Mapping[str, Vectors]) -> MeaningView:
        """The view with more vectors by key."""
        return MeaningView(self._documents, {**self._vectors, **more}, self.encoder)

    @property
    def speaks(self) -> bool:
        """Whether enough documents have vectors for their comparison to mean something."""
        return bool(len(self._rows)) and len(self._rows) >= ENOUGH * len(self.known)

    def look(self, asked: Query) -> Meant | None:
        """What the view says, None while it has too little to compare or another model's vectors.

        Raises UnavailableError.
        """
        text = asked.text[:LONGEST_QUESTION].strip()
        if not self.speaks or not text:
            return None
        question = self.encoder.questions([text])[0]
        if len(question) != len(self._headings.mean):
            return None
        question = question - self._headings.mean
        plain = self._best(self._headings.near(question, whole=True))
        # A language is one of the first components: between two of them it has to stay.
        headings = plain if asked.foreign else self._best(self._headings.near(question, whole=False))
        bodies = self._bodies.near(question, whole=asked.foreign)[self._of_bodies].astype(np.float64)
        total = standard(headings, self._groups) + BODY_WEIGHT * standard(bodies, self._groups)
        score, likeness = np.full(len(self.known), np.nan), np.zeros(len(self.known))
        score[self._rows] = standard(total, self._groups)
        likeness[self._rows] = np.clip(plain, 0, 1)
        return Meant(score, likeness)

    def _best(self, near: Vectors) -> Floats:
        """Of each document's headings the nearest."""
        return np.asarray(np.maximum.reduceat(near[self._of_headings], self._starts), dtype=np.float64)
