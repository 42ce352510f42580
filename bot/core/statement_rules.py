"""The rules of statements: length, what may not go in, likeness, reasons for refusal, which one is shown next. Pure."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeVar

from bot.core.round_table_rules import DOORS as _DOORS
from bot.now import JST
from content import personal
from content.search import tokens

MOST_CHARS: Final = 140
A_DAY: Final = 5  # statements a LINE account may give on a day, all rounds together
SITTING: Final = 5  # statements shown one after another before the voter is asked whether to go on
SIMILAR_SHOWN: Final = 3
SIMILAR_FROM: Final = 0.4

DOORS: Final[Mapping[str, str]] = _DOORS
STATES: Final[Mapping[str, str]] = {
    "waiting": "確認待ち",
    "approved": "公開",
    "refused": "見送り",
    "merged": "まとめた",
    "withdrawn": "取り下げ",
    "hidden": "取り下げ(公開後)",
}
# Counted and agreed on before the first statement comes; each has its words for the writer (phrases, `statement.no_*`).
REASONS: Final[Mapping[str, str]] = {
    "person": "個人が特定される",
    "topic": "議題と違う",
    "question": "質問・要望なので、窓口を案内する",
    "slander": "中傷・差別になる",
    "election": "選挙・政党・候補者のこと",
    "advert": "宣伝・勧誘",
    "unclear": "意味が読み取れない",
}
# Of these the words are erased at once, not after a month: they may hurt somebody.
ERASED_AT_ONCE: Final = frozenset({"person", "slander"})
MODERATION_ACTS: Final[Mapping[str, str]] = {
    "approve": "承認",
    "refuse": "見送り",
    "merge": "まとめた",
    "reword": "言い直した",
    "enter": "職員が入力",
    "seed": "呼び水として入力",
    "hide": "公開をやめた",
}
VOTES: Final[Mapping[int, str]] = {1: "賛成", -1: "反対", 0: "わからない・パス"}

Kind = Literal["good", "empty", "long", "masked", "complaint", "petition", "election"]


@dataclass(frozen=True)
class Look:
    """What a text is, and the text as it may be kept (masked, one line). `length` in characters."""

    kind: Kind
    text: str
    length: int


_NAMED = re.compile(r"(?<![一-鿿々ァ-ヶー])([一-鿿々]{1,4}|[ァ-ヶー]{2,8})(?=さん|氏(?!神|名|子)|くん|宅(?!配|地|急))")
# What stands before さん and names nobody: 皆さん, 会長さん, 業者さん ... (お子さん, but not 佐藤花子さん)
_NOBODY = re.compile(
    r"(?:皆|各|他|(?:\A|親|双|迷|弟)子|親御|母|父|兄|姉|爺|婆|孫|奥|嫁|娘|息子|客|隣|向|近所|町内|住民|市民|区民|高齢者|障害者|外国人|学生|"
    r"長|員|役|係|者|師|士|官|手|生|屋|店|家|達|方|在|自|住|警察|消防|役所|学校|議員|一人|全員|ボランティア|スタッフ|ドライバー)\Z"
)
_NEIGHBOUR = re.compile(
    r"(?:隣|となり|向かい|むかい|裏|斜め前|上の階|下の階|近所|同じ(?:班|組|アパート|マンション))の?"
    r"(?:家|人|ひと|お宅|うち|住人|部屋|旦那|奥さん|おじさん|おばさん|夫婦|家族|息子|娘)"
)
_AGAINST = re.compile(
    r"うるさ|騒音|迷惑|非常識|許せ|ひど|臭|くさ[いく]|やめさせ|止めさせ|追い出|注意して|怒鳴|いやがらせ|嫌がらせ|"
    r"頭がおかし|最低|死ね|ばか|馬鹿|バカ"
)
_PETITION = re.compile(r"陳情|請願|要望書|嘆願|署名(?:を|の)?(?:集め|提出|活動)|住民監査|異議申し?立て|不服申し?立て")
_ELECTION = re.compile(
    r"選挙|投票(?!箱)|候補者|立候補|公約|政党|与党|野党|自民党|立憲民主|公明党|共産党|国民民主|維新の会|れいわ新選組|参政党|社民党|"
    r"\d*票を|に一票|再選|落選|当選"
)


def look(text: str) -> Look:
    """What a typed text is. Length counts characters as people see them (Unicode code points after NFC; an emoji may
    count two), line breaks as one space.
    """
    spaced = re.sub(r"\s", " ", unicodedata.normalize("NFC", text))
    plain = " ".join("".join(one for one in spaced if unicodedata.category(one)[0] != "C").split())
    masked = _without_names(personal.mask(plain))
    if not re.search(r"\w", plain):
        return Look("empty", "", 0)
    if len(masked) > MOST_CHARS:
        return Look("long", "", len(masked))
    kind: Kind = "masked" if masked != plain else "good"
    if _AGAINST.search(plain) and (_NEIGHBOUR.search(plain) or _without_names(plain) != plain):
        kind = "complaint"
    elif _ELECTION.search(plain):
        kind = "election"
    elif _PETITION.search(plain):
        kind = "petition"
    return Look(kind, masked, len(masked))


def _without_names(text: str) -> str:
    return _NAMED.sub(lambda found: found[0] if _NOBODY.search(found[1]) else personal.MASK, text)


def due(now: datetime, hours: int) -> datetime:
    """By when a statement given now is looked at: the promise, then up to the next full six hours of Japan.

    Coarse on purpose: while it waits, this is all that says when somebody wrote.
    """
    local = (now + timedelta(hours=hours)).astimezone(JST)
    floor = local.replace(hour=local.hour // 6 * 6, minute=0, second=0, microsecond=0)
    return floor + timedelta(hours=6) if floor < local else floor


def likeness(one: str, other: str) -> float:
    """How much two statements say the same, 0 to 1: weighted Dice coefficient of their character pairs.

    Pairs of kanji or katakana carry the subject (3), mixed ones a little (0.5), pairs of hiragana hardly (0.2).
    """
    a, b = _pairs(one), _pairs(other)
    total = sum(map(_weight, a)) + sum(map(_weight, b))
    return 2 * sum(map(_weight, a & b)) / total if total else 0.0


Key = TypeVar("Key")


def similar(text: str, others: Mapping[Key, str]) -> list[Key]:
    """The statements most like this one, at most three, the most alike first."""
    rated = [(likeness(text, other), at, key) for at, (key, other) in enumerate(others.items())]
    best = sorted((row for row in rated if row[0] >= SIMILAR_FROM), key=lambda row: (-row[0], row[1]))
    return [key for _, _, key in best[:SIMILAR_SHOWN]]


def _pairs(text: str) -> frozenset[str]:
    folded = tokens.fold(text)
    runs = re.findall(r"[^\W_]+", folded)
    return frozenset(run[at : at + 2] for run in runs for at in range(max(1, len(run) - 1)))


def _weight(pair: str) -> float:
    soft = sum("ぁ" <= character <= "ゖ" for character in pair)
    return 3.0 if not soft else 0.2 if soft == len(pair) else 0.5


@dataclass(frozen=True)
class Seen:
    """How a statement stands among the voters: agreed, disagreed, seen at all; and how far apart it sets people.

    `extremity` is the length of the projection of somebody who agreed to this one only (listening.md b 9),
    0 as long as there is no analysis.
    """

    agree: int = 0
    disagree: int = 0
    seen: int = 0
    extremity: float = 0.0


def priority(seen: Seen) -> float:
    """Weight with which a statement is drawn next: Polis's formula (math/src/polismath, priority-metric).

    New ones first (81 times at no vote), then those that are agreed to, rarely passed and divide people.
    """
    passed = seen.seen - seen.agree - seen.disagree
    a, p = (seen.agree + 1) / (seen.seen + 2), (passed + 1) / (seen.seen + 2)
    importance = (1 - p) * (seen.extremity + 1) * a
    return float((importance * (1 + 8 * 2 ** (-seen.seen / 5))) ** 2)


def draw(waiting: Mapping[int, Seen], chance: random.Random) -> int | None:
    """One of the statements a voter has not answered, at random, weighted by priority; None when there is none.

    The order of the mapping has no say: a draw tells nothing of when a statement came.
    """
    keys: Sequence[int] = sorted(waiting)
    return chance.choices(keys, [priority(waiting[key]) for key in keys])[0] if keys else None
