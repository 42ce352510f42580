"""How a district's name is shown and sorted: rows of kana, readings, Latin letters. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bot.services.districts import Place

ROWS = {
    "あ": "あいうえおぁぃぅぇぉ",
    "か": "かきくけこがぎぐげご",
    "さ": "さしすせそざじずぜぞ",
    "た": "たちつてとだぢづでど",
    "な": "なにぬねの",
    "は": "はひふへほばびぶべぼぱぴぷぺぽ",
    "ま": "まみむめも",
    "や": "やゆよゃゅょ",
    "ら": "らりるれろ",
    "わ": "わをん",
}
# Names that people from elsewhere misread; shown with their reading in Japanese, too.
HARD = frozenset({"神戸", "伝法", "天間", "須津", "額部", "丹生", "小野", "七日市黒川"})

_VOWELS = {"あ": "a", "い": "i", "う": "u", "え": "e", "お": "o", "ん": "n", "ー": ""}
_CONSONANTS = {
    "か": "k", "が": "g", "さ": "s", "ざ": "z", "た": "t", "だ": "d", "な": "n", "は": "h", "ば": "b", "ぱ": "p",
    "ま": "m", "ら": "r",
}  # fmt: skip
_SERIES = (
    "かきくけこ", "がぎぐげご", "さしすせそ", "ざじずぜぞ", "たちつてと", "だぢづでど", "なにぬねの", "はひふへほ",
    "ばびぶべぼ", "ぱぴぷぺぽ", "まみむめも", "らりるれろ",
)  # fmt: skip
_HEPBURN = {"し": "shi", "ち": "chi", "つ": "tsu", "ふ": "fu", "じ": "ji", "ぢ": "ji", "づ": "zu"}
_YA = {"や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "を": "o"}
_SMALL = {"ゃ": "a", "ゅ": "u", "ょ": "o"}


def _table() -> dict[str, str]:
    table = {**_VOWELS, **_YA}
    for series in _SERIES:
        for kana, vowel in zip(series, "aiueo", strict=True):
            table[kana] = _HEPBURN.get(kana, _CONSONANTS[series[0]] + vowel)
    return table


_LATIN = _table()


def row_of(kana: str) -> str:
    """The row of kana (「あ」 ... 「わ」) a reading begins in; 「わ」 for anything else."""
    return next((row for row, letters in ROWS.items() if kana[:1] in letters), "わ")


def rows(places: Iterable[Place]) -> dict[str, list[Place]]:
    """The rows that exist, in order, each with its districts by reading."""
    found: dict[str, list[Place]] = {}
    for place in sorted(places, key=lambda one: one.kana):
        found.setdefault(row_of(place.kana), []).append(place)
    return {row: found[row] for row in ROWS if row in found}


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


def label(place: Place, language: str) -> str:
    """A district on a button: 今泉, 今泉(いまいずみ), Imaizumi (今泉)."""
    if language == "en":
        return f"{latin(place.kana)} ({place.name})"
    if language == "easy-ja" or place.name in HARD:
        return f"{place.name}({place.kana})"
    return place.name


def full(place: Place, language: str) -> str:
    """A district where it is confirmed: always with its reading."""
    return label(place, language) if language == "en" else f"{place.name}({place.kana})"
