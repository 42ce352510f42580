"""Whether a text is やさしい日本語: each place that is hard to read, and what can be written instead. Pure.

The rules are those that can be checked by machine (municipalities' guides after 在留支援のためのやさしい日本語
ガイドライン). They are hints: a text without findings is not certified, and a person reads it before it goes out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from content import plain_japanese_words as words

LONG: Final = 40  # characters of a sentence, without readings and spaces
KANJI: Final = 13  # kanji of a sentence, for matters of daily life
COMMAS: Final = 3
WHOLE: Final = 1000  # characters of a text
UNREAD: Final = 4  # kanji that may stand in a row without a reading
_HAN: Final = "一-鿿々"
_READING: Final = re.compile(r"[(（][ぁ-ゖー・\s]+[)）]")
_SENTENCE: Final = re.compile(r"[^。!?！？\n]+[。!?！？]?")
_LINK: Final = re.compile(r"https?://\S+|\S+@\S+")
_POLITE: Final = re.compile(
    r"(?:です|ます|ません|でした|ました|でしょう|ましょう|ください|下さい|ありがとう|はい|いいえ|など|こんにちは)"
    r"(?:か|ね|よ|が|から|ので)?[。!?！？」』)）\s]*\Z"
)
_ERAS: Final = {"令和": 2018, "平成": 1988, "昭和": 1925}
_WORDS: Final = frozenset({"office", "loan", "short", "keigo", "reading", "long_word", "doing", "nouns", "passive"})


@dataclass(frozen=True)
class Finding:
    """`text[start:end]` breaks a rule: what is wrong, and what can be written instead, both for staff."""

    start: int
    end: int
    rule: str
    problem: str
    suggestion: str


Rule = Callable[[str], Iterator[Finding]]


def check(text: str) -> list[Finding]:
    """Everything in a text that やさしい日本語 would say otherwise, in the order of the text."""
    plain = _LINK.sub(lambda match: " " * len(match[0]), text)
    found: list[Finding] = []
    for rule in _RULES:
        found += [one for one in rule(plain) if not any(_covers(other, one) for other in found)]
    return sorted(found, key=lambda one: (one.start, one.end))


def _covers(one: Finding, other: Finding) -> bool:
    """Whether a word was reported as part of a longer one; sentences and words stand beside each other."""
    return one.rule in _WORDS and other.rule in _WORDS and one.start <= other.start and other.end <= one.end


def _found(start: int, end: int, rule: str, **values: object) -> Finding:
    problem, suggestion = words.SAID[rule]
    return Finding(start, end, rule, problem.format(**values), suggestion.format(**values))


def _listed(rule: str, table: Mapping[str, str], *, anywhere: bool = False) -> Rule:
    """The words of a table, longest first; `anywhere` = also inside a longer run of the same kind of letters."""
    names = "|".join(re.escape(word) for word in sorted(table, key=len, reverse=True))
    edges = (rf"(?<![{_HAN}ァ-ヺA-Za-z])", rf"(?![{_HAN}ァ-ヺーA-Za-z])")
    pattern = re.compile(names if anywhere else f"{edges[0]}(?:{names}){edges[1]}")

    def run(text: str) -> Iterator[Finding]:
        for match in pattern.finditer(text):
            if not _READING.match(text, match.end()):
                yield _found(match.start(), match.end(), rule, word=match[0], said=table[match[0]])

    return run


def _matching(rule: str, pattern: str) -> Rule:
    """A pattern; its first group is the word that is named."""
    compiled = re.compile(pattern)

    def run(text: str) -> Iterator[Finding]:
        for match in compiled.finditer(text):
            yield _found(match.start(), match.end(), rule, word=match[1] if match.lastindex else match[0])

    return run


def _sentences(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and words of each sentence; readings do not count."""
    for match in _SENTENCE.finditer(text):
        said = match[0].strip()
        if said:
            start = match.start() + match[0].index(said)
            yield start, start + len(said), _READING.sub("", said)


def _length(text: str) -> Iterator[Finding]:
    for start, end, said in _sentences(text):
        count = len("".join(said.split()))
        if count > LONG:
            yield _found(start, end, "long_sentence", count=count)
        elif said.count("、") >= COMMAS:
            yield _found(start, end, "many_parts")


def _kanji(text: str) -> Iterator[Finding]:
    for start, end, said in _sentences(text):
        count = len(re.findall(f"[{_HAN}]", said))
        if count > KANJI:
            yield _found(start, end, "many_kanji", count=count)


def _ending(text: str) -> Iterator[Finding]:
    for start, end, said in _sentences(text):
        if re.search(r"[ぁ-ゖ]。\Z", said) and not _POLITE.search(said):
            yield _found(max(start, end - 6), end, "ending")


def _readings(text: str) -> Iterator[Finding]:
    """Hard words without a reading, once each; a word whose reading stands somewhere may stand alone elsewhere."""
    seen: set[str] = set()
    for match in re.finditer(f"[{_HAN}]{{2,}}", text):
        word = match[0]
        if word in seen or f"{word}(" in text or f"{word}（" in text:
            continue
        seen.add(word)
        if word in words.READINGS:
            yield _found(match.start(), match.end(), "reading", word=word, said=words.READINGS[word])
        elif len(word) > UNREAD and not re.search(r"[市町村県区]\Z", word):
            yield _found(match.start(), match.end(), "long_word", word=word)


def _sounds(text: str) -> Iterator[Finding]:
    for match in re.finditer(r"(?:(?<![ぁ-ゖァ-ヺ])|(?<=[をがにはで]))([ぁ-ゖ]{2}|[ァ-ヺ]{2})\1", text):
        if match[0] not in words.NOT_SOUNDS:
            yield _found(match.start(), match.end(), "onomatopoeia", word=match[0])


def _eras(text: str) -> Iterator[Finding]:
    for match in re.finditer(r"(令和|平成|昭和)\s*(元|\d{1,2})年(度?)", text):
        year = _ERAS[match[1]] + (1 if match[2] == "元" else int(match[2]))
        if not re.match(r"\s*[(（]?\s*\d{4}年", text[match.end() :]):
            yield _found(match.start(), match.end(), "era", said=f"{year}年{match[3]}")


def _clock(text: str) -> Iterator[Finding]:
    """Both ways to tell the time in one text: 午後2時 and 14時; the rarer one is shown."""
    halves = list(re.finditer(r"(?:午前|午後)\s*\d{1,2}(?:時|:)", text))
    full = list(re.finditer(r"(?<![\d午前後])(?:1[3-9]|2[0-3])(?:時|:\d\d)", text))
    if halves and full:
        for match in min(full, halves, key=len):
            yield _found(match.start(), match.end(), "two_clocks")


def _whole(text: str) -> Iterator[Finding]:
    count = len("".join(text.split()))
    if count > WHOLE:
        yield _found(0, len(text), "whole", count=count)


_NOT_NOT: Final = (
    r"ない(?:わけでは(?:ない|ありません)|ことは?(?:ない|ありません)|とは?(?:限ら|限り|言え)(?:ない|ません)|では(?:ない|ありません)"
    r"|わけに(?:は)?いか(?:ない|ず)|わけに(?:は)?いきません)"
    r"|なくは(?:ない|ありません)|ざるを(?:得|え)(?:ない|ません)|なければ(?:でき|なれ)(?:ない|ません)|以外[はに][^。、]{0,10}(?:ない|ません)"
)
_DONE_BY: Final = (
    rf"[{_HAN}]{{2,4}}され(?:ます|ました|ません|る|た|てい)|(?:行|開|置|使|言|呼|選)[わかば]れ(?:ます|ました|る|た|て)"
    r"|(?:定め|決め|設け|求め|認め|配|届け)られ(?:ます|ました|る|た|て)"
)
_RULES: Final[tuple[Rule, ...]] = (
    _length,
    _kanji,
    _ending,
    _matching("double_negation", _NOT_NOT),
    _listed("keigo", words.KEIGO, anywhere=True),
    _matching("passive", _DONE_BY),
    _matching("doing", rf"([{_HAN}]{{2,4}})を(?:行い|おこない|実施し)(?:ます|ました|て|ません)"),
    _matching("important", r"(?:[うくすつぬむるぐぶ]|ない)こと[がは](?:大切|重要|必要|大事)"),
    _matching("nouns", rf"[{_HAN}]{{2,6}}の(?:実施|提出|申請|受付|記入|持参|協力|徹底)(?:を|について|に(?:は|つき))"),
    _listed("short", words.SHORT),
    _listed("office", words.OFFICE),
    _listed("loan", words.LOAN),
    _readings,
    _sounds,
    _eras,
    _matching("wave", r"(?<=[\d時分日月年)曜])\s*[〜~～]\s*(?=[\d午前後翌(])"),
    _clock,
    _whole,
)
