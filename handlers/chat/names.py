"""How a district's name is shown and sorted: rows of kana, readings, Latin letters. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bot.services.districts import Place
from content import romaji
from content.romaji import latin

__all__ = ["HARD", "ROWS", "full", "label", "latin", "row_of", "rows"]

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
_KANA = frozenset({"ja", "easy-ja"})  # languages whose readers know kana


def row_of(kana: str) -> str:
    """The row of kana (「あ」 ... 「わ」) a reading begins in; 「わ」 for anything else."""
    return next((row for row, letters in ROWS.items() if kana[:1] in letters), "わ")


def rows(places: Iterable[Place]) -> dict[str, list[Place]]:
    """The rows that exist, in order, each with its districts by reading."""
    found: dict[str, list[Place]] = {}
    for place in sorted(places, key=lambda one: one.kana):
        found.setdefault(row_of(place.kana), []).append(place)
    return {row: found[row] for row in ROWS if row in found}


def label(place: Place, language: str) -> str:
    """A district on a button: 今泉, 今泉(いまいずみ), Imaizumi (今泉)."""
    if language not in _KANA:
        return romaji.place(place.name, place.kana, language)
    if language == "easy-ja" or place.name in HARD:
        return f"{place.name}({place.kana})"
    return place.name


def full(place: Place, language: str) -> str:
    """A district where it is confirmed: always with its reading."""
    if romaji.in_latin_script(language):
        return label(place, language)
    return f"{place.name}({place.kana if language in _KANA else romaji.latin(place.kana)})"
