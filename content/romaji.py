"""Readings in Latin letters, for people who do not read kana: いまいずみ = Imaizumi. Pure."""

from __future__ import annotations

from typing import Final

_VOWELS: Final = {"あ": "a", "い": "i", "う": "u", "え": "e", "お": "o", "ん": "n", "ー": ""}
_CONSONANTS: Final = {
    "か": "k", "が": "g", "さ": "s", "ざ": "z", "た": "t", "だ": "d", "な": "n", "は": "h", "ば": "b", "ぱ": "p",
    "ま": "m", "ら": "r",
}  # fmt: skip
_SERIES: Final = (
    "かきくけこ", "がぎぐげご", "さしすせそ", "ざじずぜぞ", "たちつてと", "だぢづでど", "なにぬねの", "はひふへほ",
    "ばびぶべぼ", "ぱぴぷぺぽ", "まみむめも", "らりるれろ",
)  # fmt: skip
_HEPBURN: Final = {"し": "shi", "ち": "chi", "つ": "tsu", "ふ": "fu", "じ": "ji", "ぢ": "ji", "づ": "zu"}
_YA: Final = {"や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "を": "o"}
_SMALL: Final = {"ゃ": "a", "ゅ": "u", "ょ": "o"}
# Written with Latin letters: their readers cannot guess how 今泉 is said.
_LATIN_SCRIPT: Final = frozenset({"en", "pt", "vi", "tl", "es", "id"})


def _table() -> dict[str, str]:
    table = {**_VOWELS, **_YA}
    for series in _SERIES:
        for kana, vowel in zip(series, "aiueo", strict=True):
            table[kana] = _HEPBURN.get(kana, _CONSONANTS[series[0]] + vowel)
    return table


_LATIN: Final = _table()


def latin(kana: str) -> str:
    """A reading in Hepburn letters, every kana written (おおぶち = Oobuchi): nothing is lost, nothing guessed.

    Whether おう is one long vowel (ごうど) or two words (たご・うら) cannot be seen in kana.
    """
    out = ""
    for at, letter in enumerate(kana):
        if letter in _SMALL and out:
            head = out[:-1]  # きょ: k(i) + yo, しょ: sh(i) + o
            out = head + _SMALL[letter] if head.endswith(("sh", "ch", "j")) else f"{head}y{_SMALL[letter]}"
        elif letter == "っ":
            following = _LATIN.get(kana[at + 1 : at + 2], "")
            out += "t" if following.startswith("ch") else following[:1]
        else:
            out += _LATIN.get(letter, letter)
    return out.capitalize()


def in_latin_script(language: str) -> bool:
    """Whether a language is written with Latin letters."""
    return language in _LATIN_SCRIPT


def place(name: str, kana: str, language: str) -> str:
    """A Japanese place for a reader of the language: 今泉, in Latin-script languages Imaizumi (今泉)."""
    return f"{latin(kana)} ({name})" if kana and in_latin_script(language) else name
