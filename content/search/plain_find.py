"""Finding words in a text as people expect of a search box: any width, any case, hiragana and katakana alike. Pure.

All the words must be there, in any order. It is not the ranking that answers residents (content.search.rank): who looks
for a title wants what has these letters, nothing that means nearly the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from content.search import tokens

MOST_WORDS: Final = 6
AROUND: Final = 36  # characters shown on each side of the first word found
# A letter with what is written after it and joined to it: ｶﾞ, か゛ in two marks, é.
_CLUSTER: Final = re.compile("[^\u3099\u309a\uff9e\uff9f\u0300-\u036f][\u3099\u309a\uff9e\uff9f\u0300-\u036f]*")
_LETTERS: Final = tokens.LETTERS
_HAN: Final = re.compile("[一-鿿々]+")


def flat(text: str) -> str:
    """The form in which two spellings of the same letters are equal: `tokens.fold` and hiragana, for many texts."""
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.lower().translate(_LETTERS).split())


def words(query: str) -> tuple[str, ...]:
    """The words of what was typed, flat, each once."""
    return tuple(dict.fromkeys(flat(query).split()))[:MOST_WORDS]


def kanji(wanted: Iterable[str]) -> list[str]:
    """Runs of kanji that a text must have as they stand: what a database can look for before anybody reads."""
    return [run for word in wanted for run in _HAN.findall(word)]


def has(text: str, wanted: Iterable[str]) -> bool:
    """Whether all the words are in the text."""
    read = flat(text)
    return all(word in read for word in wanted)


@dataclass(frozen=True)
class Part:
    """A piece of a text; `found`: it is one of the words."""

    text: str
    found: bool = False


def marked(text: str, wanted: Iterable[str], *, whole: bool = False) -> tuple[Part, ...]:
    """The text with the words marked; not `whole`: only what stands around the first one, none without any."""
    pieces = _CLUSTER.findall(" ".join(text.split()))
    read, owner = "", []
    for at, piece in enumerate(pieces):
        small = tokens.hiragana(unicodedata.normalize("NFKC", piece).lower())
        read += small
        owner += [at] * len(small)
    hits = {at for word in wanted for start in _starts(read, word) for at in owner[start : start + len(word)]}
    if not hits and not whole:
        return ()
    first, last = (0, len(pieces)) if whole else (max(0, min(hits) - AROUND), min(hits) + AROUND * 2)
    shown: list[Part] = [Part("…")] if first else []
    for at, piece in enumerate(pieces[first:last], first):
        if shown and shown[-1].found == (at in hits):
            shown[-1] = Part(shown[-1].text + piece, shown[-1].found)
        else:
            shown.append(Part(piece, at in hits))
    return (*shown, Part("…")) if last < len(pieces) else tuple(shown)


def _starts(text: str, word: str) -> Iterable[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)
