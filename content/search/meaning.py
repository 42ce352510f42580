"""The second view: what is meant, as unit vectors of a multilingual model behind an interface.

An encoder turns texts into vectors; nothing here knows which. A vector is kept under the hash of the text it
was made of, so an entry that changed costs its changed texts only, and one that has no vectors yet is judged
by its words until it has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from content.search import tokens
from content.search.index import Document, Floats, Query, standard

Vectors = NDArray[np.float32]

BODY_CHARACTERS = 400  # of a body that are embedded with the title: the model reads about 512 tokens
LONGEST_QUESTION = 200  # characters that are embedded; longer ones say it first or not at all
BODY_WEIGHT = 1.0  # title-and-body against the best heading
ENOUGH = 0.5  # of the documents need vectors before the view says anything


class Encoder(Protocol):
    """A model that gives texts of any language comparable unit vectors. May be called from several threads."""

    @property
    def name(self) -> str:
        """Which model and version: vectors of another are never compared with its own. ASCII, at most 64 signs."""

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, shape (texts, dimensions). Raises UnavailableError."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of what may answer them, shape (texts, dimensions). Raises UnavailableError."""


def key(text: str) -> str:
    """What a passage's vector is kept under: 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def passages(document: Document) -> tuple[str, ...]:
    """What of a document is embedded: each heading, last the first heading with the body; none of it empty."""
    texts = document.meant or (*document.headings, with_body(document.headings[0], document.body))
    return tuple(tokens.fold(text) for text in texts)


def with_body(heading: str, body: str) -> str:
    """A heading and the beginning of its body as one passage."""
    return f"{heading} {body[:BODY_CHARACTERS]}"


def missing(documents: Iterable[Document], vectors: Mapping[str, Vectors]) -> Iterator[tuple[str, str]]:
    """The (key, text) of every passage that has no vector yet, each once, in the documents' order."""
    seen: set[str] = set()
    for document in documents:
        for text in passages(document):
            name = key(text)
            if name not in vectors and name not in seen:
                seen.add(name)
                yield name, text


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
    best heading, 0 where there is none.
    """

    score: Floats
    likeness: Floats


class MeaningView:
    """The vectors of a set of documents, and the encoder that asks them."""

    def __init__(self, documents: Sequence[Document], vectors: Mapping[str, Vectors], encoder: Encoder) -> None:
        """`vectors` by key, made by the same encoder; documents without all of theirs are left to the words."""
        self._encoder = encoder
        keys = [[key(text) for text in passages(document)] for document in documents]
        width = len(next(iter(vectors.values()))) if vectors else 0
        fitting = {name for names in keys for name in names if name in vectors and len(vectors[name]) == width}
        self.known = np.array([fitting.issuperset(names) for names in keys], dtype=bool)
        rows = np.flatnonzero(self.known)
        self._rows = rows
        # Families share their headings: each text's vector is kept and compared once.
        numbers: dict[str, int] = {}
        for row in rows:
            for name in keys[row]:
                numbers.setdefault(name, len(numbers))
        self._matrix = np.stack([vectors[name] for name in numbers]) if numbers else np.zeros((0, 1), dtype=np.float32)
        self._headings = np.array([numbers[name] for row in rows for name in keys[row][:-1]], dtype=np.intp)
        self._bodies = np.array([numbers[keys[row][-1]] for row in rows], dtype=np.intp)
        counts = [len(keys[row]) - 1 for row in rows]
        self._starts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.intp) if counts else rows
        names = [document.family or document.id for document in documents]
        self._groups = np.unique([names[row] for row in rows], return_inverse=True)[1] if counts else rows

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
        question = self._encoder.questions([text])[0]
        if len(question) != self._matrix.shape[1]:
            return None
        near = self._matrix @ question
        headings = np.maximum.reduceat(near[self._headings], self._starts).astype(np.float64)
        bodies = near[self._bodies].astype(np.float64)
        score, likeness = np.full(len(self.known), np.nan), np.zeros(len(self.known))
        total = standard(headings, self._groups) + BODY_WEIGHT * standard(bodies, self._groups)
        score[self._rows] = standard(total, self._groups)
        likeness[self._rows] = headings
        return Meant(score, likeness)
