"""Questions that ask the same, put together. Pure: questions in, groups out.

Two questions are alike when the words that carry their matter are nearly the same (content.search: dictionary
forms, one word for each of 町内会 / 自治会 / 行政区, a denied verb another than the plain one), or when one is written
in kana alone and they are read nearly the same. The limits are set on labelled pairs
(tests/core/cases/question_pairs.tsv): they rather leave two alike questions apart, which costs a second look, than
hide one behind another. Embeddings do not join in: on these pairs the model in the package puts 空き家を借りたい
beside 空き家を貸したい (cosine .987) and 燃えるごみの日 beside 燃えないごみの日 (.994), nearer than most pairs that ask
the same; from .97 on it would find one pair in six that words miss and join two that must stay apart.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from content.search import index, tokens
from content.search.same_words import unify

WORDS_FROM: Final = 0.78  # Dice over the words that carry matter; labelled: the same >= .80, others <= .75
READ_FROM: Final = 0.66  # Dice over pairs and triples of kana, where one of the two has no kanji

Key = int


@dataclass(frozen=True)
class Asked:
    """One question as the staff's list has it. `count` is how often it was asked."""

    key: Key
    text: str
    count: int = 1


@dataclass(frozen=True)
class Group:
    """Questions that ask the same, the one asked most first: its wording leads."""

    questions: tuple[Asked, ...]

    @property
    def leading(self) -> Asked:
        return self.questions[0]

    @property
    def count(self) -> int:
        """How often any of them was asked."""
        return sum(one.count for one in self.questions)


@dataclass(frozen=True)
class _Read:
    words: frozenset[str]
    readings: frozenset[str]
    kana_only: bool


def groups(questions: Sequence[Asked]) -> list[Group]:
    """The groups, those asked most first. Each question joins the likest leading one, so that groups do not creep."""
    read = {one.key: _take_apart(one.text) for one in questions}
    found: list[list[Asked]] = []
    for one in sorted(questions, key=lambda one: (-one.count, one.key)):
        best, nearest = None, 0.0
        for group in found:
            near = _nearness(read[one.key], read[group[0].key])
            if near > nearest:
                best, nearest = group, near
        if best is not None and nearest >= 1:
            best.append(one)
        else:
            found.append([one])
    return sorted(map(Group, map(tuple, found)), key=lambda group: (-group.count, group.leading.key))


def alike(one: str, other: str) -> bool:
    """Whether two questions ask the same, as far as their words say."""
    return _nearness(_take_apart(one), _take_apart(other)) >= 1


def _nearness(one: _Read, other: _Read) -> float:
    """How near two questions are; from 1 on they are the same."""
    words = _dice(one.words, other.words) / WORDS_FROM
    return max(words, _dice(one.readings, other.readings) / READ_FROM) if one.kana_only or other.kana_only else words


def _take_apart(text: str) -> _Read:
    asked = index.query(unify(tokens.fold(text)))
    denied = _denied(asked.text)
    words = frozenset(f"{word}+ない" if word in denied else word for word in asked.lemmas)
    return _Read(words, frozenset(asked.readings), asked.kana_only)


def _denied(text: str) -> set[str]:
    """The dictionary forms of verbs that are denied in front of a noun: 燃えないごみ is another thing."""
    found = tokens.words(text)
    return {
        word
        for verb, no, thing in zip(found, found[1:], found[2:], strict=False)
        if (verb.part, no.lemma, thing.part) == ("動詞", "ない", "名詞")
        for word in tokens.lemmas([verb])
    }


def _dice(one: Collection[str], other: Collection[str]) -> float:
    together = len(one) + len(other)
    return 2 * len(set(one) & set(other)) / together if together else 0.0
