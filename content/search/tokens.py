"""Text into comparable units: folding, lemmas, readings, character grams, romaji.

Pure apart from one tagger per thread (fugashi's taggers are not thread safe), built on first use.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Any

from content.language_words import COMMON_WORDS
from content.search import token_words

_KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
LETTERS = _KATAKANA_TO_HIRAGANA | _DASHES  # both at once, for str.translate
_KEPT_PARTS = frozenset({"名詞", "動詞", "形容詞", "形状詞", "副詞", "代名詞", "接頭辞", "接尾辞", "感動詞", "連体詞"})
_ROMAJI_ONLY = re.compile(r"[a-z'\-\s?!.,0-9]+\Z")


def fold(text: str) -> str:
    """Width, case and dashes made one: NFKC (half-width kana join their marks), lower case, one space.

    Halves of surrogate pairs, which no library takes, are left out; a NUL is a space.
    """
    folded = unicodedata.normalize("NFKC", text).translate(_DASHES).lower().replace("\0", " ")
    folded = folded.encode("utf-8", "ignore").decode()
    return re.sub(r"\s+", " ", folded).strip()


def hiragana(text: str) -> str:
    """Katakana as hiragana; the long-vowel mark and everything else stay."""
    return text.translate(_KATAKANA_TO_HIRAGANA)


def is_kana_only(text: str) -> bool:
    """True if Japanese is there and none of it is kanji (the reading index's case)."""
    kana = sum("ぁ" <= character <= "ヿ" for character in text)
    han = any("一" <= character <= "鿿" or character == "々" for character in text)
    return kana >= 2 and not han


def without_tail(text: str) -> str:
    """The text without the polite words that end a question (〜を教えてください); never empty."""
    shorter = token_words.POLITE_TAIL.sub("", text.rstrip("?!。.、 "))
    return shorter if len(shorter) >= 2 else text


def grams(text: str, sizes: tuple[int, ...] = (1, 2)) -> list[str]:
    """Character n-grams of the letters and digits, katakana as hiragana; none spans punctuation."""
    units: list[str] = []
    for run in re.findall(r"[^\W_]+", hiragana(text)):
        for size in sizes:
            units.extend(intern(run[start : start + size]) for start in range(len(run) - size + 1))
    return units


@dataclass(frozen=True, slots=True)
class Word:
    """One morpheme: how it is written, its dictionary form without sense marks, its reading, its part of speech.

    `proper` is true of the names of people and places, `place` of places alone.
    """

    surface: str
    lemma: str
    reading: str
    part: str
    proper: bool = False
    place: bool = False


_local = threading.local()


def _tagger() -> Any:
    if not hasattr(_local, "tagger"):
        import fugashi  # heavy: loads the dictionary's map

        _local.tagger = fugashi.Tagger()
    return _local.tagger


_OWN = re.compile("(" + "|".join(token_words.OWN_WORDS) + ")")


def parse(text: str) -> list[Word]:
    """The morphemes of folded text (fugashi with unidic-lite); words that its dictionary lacks are kept whole."""
    found: list[Word] = []
    for piece in _OWN.split(text):
        if piece in token_words.OWN_WORDS:
            found.append(Word(piece, piece, token_words.OWN_WORDS[piece], "名詞"))
        elif piece:
            found += _parse(piece)
    return found


def _parse(text: str) -> list[Word]:
    found = []
    for node in _tagger()(text):
        feature = node.feature
        lemma = (feature.lemma or node.surface).split("-")[0]
        reads = hiragana(feature.kana or node.surface)
        proper = feature.pos2 == "固有名詞"
        found.append(Word(node.surface, lemma, reads, feature.pos1, proper, proper and feature.pos3 == "地名"))
    return found


@lru_cache(maxsize=256)
def words(text: str) -> tuple[Word, ...]:
    """The same, remembered: a question is looked at from several sides."""
    return tuple(parse(text))


def lemmas(found: Iterable[Word]) -> list[str]:
    """Dictionary forms of the words that carry matter, particles and polite verbs left out."""
    return [
        intern(hiragana(word.lemma))
        for word in found
        if word.part in _KEPT_PARTS
        and word.lemma not in token_words.STOP_LEMMAS
        and re.search(r"\w", word.lemma)
        and not is_latin_only(word.surface)
    ]


def latin_words(text: str) -> list[str]:
    """The Latin-letter words that carry matter, accents and tones taken off; common words are left out."""
    found = re.findall(r"[a-zß-ɏḀ-ỿ]+", text)
    plain = ["".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)) for word in found]
    return [
        intern(bare)
        for word, bare in zip(found, plain, strict=True)
        if len(bare) > 1 and word not in COMMON_WORDS and bare not in token_words.ASKING_WORDS
    ]


def is_latin_only(text: str) -> bool:
    """True if there are Latin letters and no kana, kanji or other letters."""
    letters = [character for character in text if character.isalpha()]
    return bool(letters) and all(re.match(r"[a-zß-ɏḀ-ỿ]", letter) for letter in letters)


def reading(found: Iterable[Word]) -> str:
    """The words in hiragana as they are read; what has no reading stays as written."""
    return "".join(word.reading for word in found)


def _romaji_table() -> dict[str, str]:
    table = {
        head + vowel: kana
        for head, row in token_words.SYLLABLES.items()
        for vowel, kana in zip("aiueo", row, strict=True)
    }
    for head, kana in token_words.GLIDES.items():
        table |= {head + "a": kana + "ゃ", head + "u": kana + "ゅ", head + "o": kana + "ょ"}
    table |= {"shi": "し", "chi": "ち", "tsu": "つ", "ji": "じ", "fu": "ふ", "ya": "や", "yu": "ゆ", "yo": "よ"}
    return table | {"wa": "わ", "wo": "を", "she": "しぇ", "che": "ちぇ", "je": "じぇ", "fa": "ふぁ", "fi": "ふぃ"}


_ROMAJI = _romaji_table()


def spell(word: str) -> str | None:
    """One Latin word as hiragana, or None if it is not romaji."""
    kana, at = "", 0
    while at < len(word):
        for size in (3, 2, 1):
            piece = word[at : at + size]
            if piece in _ROMAJI:
                kana, at = kana + _ROMAJI[piece], at + size
                break
        else:
            if word[at] == "n" or (word[at] == "m" and word[at + 1 : at + 2] in {"b", "p", "m"}):
                kana, at = kana + "ん", at + 1
            elif word[at + 1 : at + 2] == word[at]:
                kana, at = kana + "っ", at + 1
            elif word[at] in "'-":
                at += 1
            else:
                return None
    return kana


def _may_be_romaji(found: list[str]) -> bool:
    foreign = COMMON_WORDS.intersection(found) - token_words.JAPANESE_SIGNS
    return bool(token_words.JAPANESE_SIGNS.intersection(found)) or (len(found) <= 2 and not foreign)


def from_romaji(text: str) -> str | None:
    """Folded Latin text that spells Japanese, as hiragana with its spaces; None when it does not.

    Two words at most may stand alone; longer text has to hold a Japanese particle or ending,
    since short words of other languages spell well too.
    """
    if not _ROMAJI_ONLY.match(text):
        return None
    found = re.findall(r"[a-z'\-]+", text)
    if not found or len("".join(found)) < 4 or not _may_be_romaji(found):
        return None
    spelled = [spell(word) for word in found]
    return None if None in spelled else " ".join(word for word in spelled if word)
