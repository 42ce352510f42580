"""A model for tests of the second view: quick, and of few words."""

from __future__ import annotations

import numpy as np

from content.search.meaning import units

# Four things that can be meant, in the words of several languages.
WORDS = (
    ("ごみ", "lixo", "garbage", "塵芥"),
    ("訓練", "避難", "drill"),
    ("保育", "子ども", "預け"),
    ("ドローン", "無人航空機"),
)


class WordModel:
    """Counts the words of each thing; one more dimension keeps texts without any of them apart from zero."""

    name = "words-1"

    def __init__(self, extra=0):
        self.asked: list[str] = []
        self.answering: list[str] = []
        self._extra = extra

    @property
    def made(self):
        return self.asked + self.answering

    def questions(self, texts):
        self.asked += texts
        return self._vectors(texts)

    def passages(self, texts):
        self.answering += texts
        return self._vectors(texts)

    def _vectors(self, texts):
        return units(np.array([self._vector(text) for text in texts], dtype=np.float32))

    def _vector(self, text):
        # Four more dimensions of its letters: no two texts are quite alike, as with a true model.
        letters = [sum(ord(letter) % prime for letter in text) % 11 / 50 for prime in (3, 5, 7, 11)]
        return [sum(word in text for word in words) for words in WORDS] + letters + [0.2] * (1 + self._extra)
