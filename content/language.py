"""The language of a short message: its script first, statistics only for the six Latin languages.

The resident's stored language is the prior; a short or doubtful text never overrules it. Among Latin
languages py3langid's naive Bayes decides with a word list and telling letters beside it; langdetect's
profiles are the second opinion, and only what both say is sure.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from content import language_words as words

LATIN = ("en", "pt", "vi", "tl", "es", "id")


@dataclass(frozen=True)
class Guess:
    """A language (ja, en, pt, vi, zh-Hans, zh-Hant, tl, es, id, ko, th, ne) and whether it is beyond doubt."""

    language: str
    sure: bool


def identify(text: str, prior: str | None = None) -> Guess:
    """The language of a text; without any evidence the prior, and without a prior Japanese."""
    plain = unicodedata.normalize("NFKC", text)
    letters = [character for character in plain if character.isalpha()]
    if not letters:
        return Guess(prior or "ja", sure=False)
    for language, block in words.BLOCKS:
        if sum(bool(block.match(letter)) for letter in letters) * 2 > len(letters):
            return Guess(language, sure=True)
    kana = any("ぁ" <= letter <= "ヺ" for letter in letters)
    if kana and not _foreign_around(letters, plain.lower()):
        return Guess("ja", sure=True)
    han = [letter for letter in letters if "一" <= letter <= "鿿" or "㐀" <= letter <= "䶿"]
    if not kana and len(han) * 3 >= len(letters):  # one Han letter says as much as a few Latin ones
        return _han("".join(han), prior)
    return _latin(plain.lower(), prior)


def of_catalogue(language: str, known: tuple[str, ...]) -> str:
    """The nearest language that a set of texts has: itself, its kin, else English (Japanese for Japanese)."""
    if language in known:
        return language
    kin = {"easy-ja": "ja", "zh-Hant": "zh-Hans", "zh": "zh-Hans"}.get(language)
    return kin if kin in known else "ja" if language in {"ja", "easy-ja"} else "en"


def _foreign_around(letters: list[str], plain: str) -> bool:
    """Whether a Japanese name stands in a sentence of another language: Where is まちづくりセンター please?"""
    latin = sum(letter < "\u1f00" for letter in letters)
    found = re.findall(r"[a-z\u00c0-\u1eff]+", plain)
    return latin > 2 * (len(letters) - latin) and len(found) > 2 and len(words.COMMON_WORDS.intersection(found)) > 1


def _romaji(found: list[str]) -> bool:
    """Japanese typed in Latin letters: every word spells as kana, and telling words are among them."""
    if not all(words.SPELLS_KANA.match(word) for word in found):
        return False
    telling = len(words.ROMAJI.intersection(found))
    return telling * 4 >= len(found)


def _encodable(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _han(text: str, prior: str | None) -> Guess:
    chinese = _script_of_chinese(text, prior)
    strange = [letter for letter in text if not _encodable(letter, "shift_jis")]
    telling = len(words.CHINESE_WORDS.findall(text))
    usual = words.JAPANESE_RARE.sub("", text)
    old_forms = sum(_is_second_level(letter) and not _encodable(letter, "gb2312") for letter in usual)
    rare = sum(_is_second_level(letter) for letter in usual)
    if strange or telling:
        return Guess(chinese, sure=bool(strange) or telling > 1)
    if old_forms or (rare > 1 and rare * 4 >= len(text)):  # 國 and 對 for 国 and 対
        return Guess(chinese, sure=old_forms > 1)
    if prior and prior.startswith("zh"):
        return Guess(prior, sure=False)
    return Guess("ja", sure=len(text) >= 2 and prior in {None, "ja", "easy-ja"})


def _is_second_level(letter: str) -> bool:
    """JIS level 2: kanji that Japanese seldom writes (shift_jis lead bytes from 0x98 on)."""
    code = letter.encode("shift_jis", errors="ignore")
    return len(code) == 2 and (code[0] > 0x98 or (code[0] == 0x98 and code[1] >= 0x9F))


def _script_of_chinese(text: str, prior: str | None) -> str:
    simplified = sum(not _encodable(letter, "big5") for letter in text)
    traditional = sum(not _encodable(letter, "gb2312") for letter in text)
    if simplified == traditional and prior in {"zh-Hans", "zh-Hant"}:
        return prior
    return "zh-Hant" if traditional > simplified else "zh-Hans"


def _latin(text: str, prior: str | None) -> Guess:
    if words.VIETNAMESE.search(text):
        return Guess("vi", sure=True)
    found = re.findall(r"[a-z\u00c0-\u1eff]+", text)
    if len("".join(found)) < 3:
        return Guess(prior or "en", sure=False)
    if _romaji(found):
        return Guess("ja", sure=prior in {None, "ja", "easy-ja"})
    scores = _naive_bayes(text)
    for language in LATIN:
        scores[language] += words.bonus(language, text, found)
    best, second = sorted(scores, key=lambda language: -scores[language])[:2]
    sure = len(found) >= 2 and scores[best] - scores[second] > words.CLEAR and _second_opinion(text) == best
    if (
        prior
        and not sure
        and (prior in LATIN or len(found) < 2)
        and scores.get(prior, 0.0) > scores[best] - words.CLEAR
    ):
        return Guess(prior, sure=False)
    return Guess(best, sure=sure)


_lock = threading.Lock()


@lru_cache(maxsize=1)
def _bayes() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # heavy: about 80 MB

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LATIN))
    return identifier


def _naive_bayes(text: str) -> dict[str, float]:
    """Log-probabilities by language."""
    import math

    with _lock:  # one model, built once; its scoring takes 0.03 ms
        ranked = _bayes().rank(text)
    return {language: math.log(float(share) + 1e-12) for language, share in ranked}


@lru_cache(maxsize=1)
def _profiles() -> Any:
    import json
    from pathlib import Path

    import langdetect
    from langdetect import DetectorFactory
    from langdetect.utils.lang_profile import LangProfile

    factory = DetectorFactory()
    factory.set_seed(0)  # it draws at random otherwise
    folder = Path(langdetect.__file__).parent / "profiles"
    for index, language in enumerate(LATIN):
        profile = LangProfile(**json.loads((folder / language).read_text(encoding="utf-8")))
        factory.add_profile(profile, index, len(LATIN))
    return factory


def _second_opinion(text: str) -> str:
    from langdetect.lang_detect_exception import LangDetectException

    detector = _profiles().create()
    detector.append(text)
    try:
        return str(detector.detect())
    except LangDetectException:  # no letters it knows
        return ""
