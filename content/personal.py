"""Hide what identifies people in the text they type, before it is stored or shown to anyone.

Masked: telephone and fax numbers, e-mail addresses, postal codes, house numbers (丁目・番地・号; a 丁目 alone is a part
of town, which a voice about a road needs), twelve-digit numbers (individual numbers), card-like numbers. Names cannot
be found reliably and are not tried.
"""

from __future__ import annotations

import re
import unicodedata

MASK = "●●"
_HYPHEN = r"[-‐‑‒–—―−ーｰ－\s]"
_BETWEEN = rf"(?:{_HYPHEN}|[()（）]){{0,2}}"  # 0545-21-7102, 0545(21)7102, (0545)21-7102
_DIGIT = r"[0-9０-９]"
_NUMBER = rf"(?:{_DIGIT}|[〇一二三四五六七八九十])"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"[\w.+-]+[@＠][\w-]+(?:[.．][\w-]+)+",
        rf"(?<!{_DIGIT}){_DIGIT}{{4}}{_HYPHEN}?{_DIGIT}{{4}}{_HYPHEN}?{_DIGIT}{{4}}(?:{_HYPHEN}?{_DIGIT}{{4}})?(?!{_DIGIT})",
        rf"(?:\+81|＋８１){_HYPHEN}?{_DIGIT}{{1,4}}(?:{_HYPHEN}?{_DIGIT}{{2,4}}){{2}}(?!{_DIGIT})",
        rf"(?<!{_DIGIT})[(（]?[0０]{_DIGIT}{{1,4}}{_BETWEEN}{_DIGIT}{{1,4}}{_BETWEEN}{_DIGIT}{{3,4}}(?!{_DIGIT})",
        rf"〒?{_HYPHEN}?(?<!{_DIGIT}){_DIGIT}{{3}}[-‐−ー－]{_DIGIT}{{4}}(?!{_DIGIT})",
        rf"{_NUMBER}+(?:丁目|番町)(?:の?{_NUMBER}+(?:番地?|{_HYPHEN}|の(?={_DIGIT})|号|$|(?=\D))*)+(?:{_NUMBER}+号?)?(?:室)?",
        rf"{_NUMBER}+番地(?:の?{_NUMBER}+)?(?:号)?|{_NUMBER}+番{_NUMBER}+号?",
        rf"(?<=[一-鿿ぁ-んヶケ]){_DIGIT}{{1,4}}[-‐−ー－]{_DIGIT}{{1,4}}(?:[-‐−ー－]{_DIGIT}{{1,4}})?(?![\d月日時年:/])",
    )
)


def mask(text: str) -> str:
    """The text with such numbers and addresses replaced by MASK; everything else as it was."""
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    return text


def holds(text: str) -> bool:
    """True if `mask` would hide something."""
    return mask(text) != text


def sendable(text: str, length: int = 500) -> str:
    """The text as it may be kept: masked, without control characters, at most `length` characters."""
    plain = "".join(character for character in text if character in "\n\t" or unicodedata.category(character)[0] != "C")
    return mask(plain)[:length]
