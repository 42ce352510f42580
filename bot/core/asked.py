"""A question taken apart: its district, date and language, and the entries that may answer it, best first.

An entry of another district is only in reach when the text names that district; one that is expired, not yet
valid or for others never is. What counts for how much stands in `Thresholds`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import pairwise

from bot.core import activities, intent
from bot.core.confidence import Judged, judge
from bot.core.knowledge import Knowledge
from bot.now import jst
from content import dates, districts, emergency, language
from content.packs_model import District, Entry
from content.search import index, tokens
from content.search.same_words import unify
from content.search.token_words import word_set


@dataclass(frozen=True)
class Thresholds:
    """When to answer, set on tests/content/cases/questions.tsv (dev cases only); the trade-off is `answer`.

    `answer` is the trade-off, a municipality may set its own ([thresholds] answer): raising it gives more choices
    and fewer wrong answers. `choose` is below which nothing is offered. `clear` is the lead over the next entry
    that answers at once, from `leading` below `answer` on; `alone` below it is what a single likely entry needs,
    which has to name `whole` of the matter; two as likely but for `tie` are offered both.
    `evidence_*` are added to an entry's score (standard deviations): the text names its district, it is the
    resident's own, or neither is known; it is a desk; it is a place and the question is where to flee.
    Nothing is offered to choose from unless one of it covers `heard` of the question, or is like it by that and
    `slight`: a few common words (「頼みたい」) are no reason. `named` is how like its heading a question must be
    to be about an activity that it covers little of.
    `trust` weighs an entry's confidence against its score when they are ordered. Where nothing is likely, entries
    with a chance of `slim` are offered if the best has `perhaps`; one that names nothing of the matter needs
    `unnamed`; if it is the only one, it is the answer from `lone` on (`lone_words` by
    words alone, which are seldom sure of what is not there).
    """

    answer: float = 0.62
    choose: float = 0.36
    alone: float = 0.12
    leading: float = 0.26
    whole: float = 0.5
    tie: float = 0.03
    heard: float = 0.42
    slight: float = 0.05
    trust: float = 2.0
    named: float = 0.3
    clear: float = 0.16
    perhaps: float = 0.2
    slim: float = 0.04
    unnamed: float = 0.3
    lone: float = 0.6
    lone_words: float = 0.3
    covers: float = 0.8
    evidence_named: float = 1.5
    evidence_own: float = 1.0
    evidence_elsewhere: float = -1.5
    evidence_desk: float = -1.0
    evidence_refuge: float = 2.0


THRESHOLDS = Thresholds()
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")
# What is left of 「今泉に住んでいます」 when the name has gone
_SAYS_WHERE = re.compile(
    r"(?:(?<=\s)|^)(?:地区|学区)?(?:です|だよ|に住んで(?:い?ます|る|います)|在住(?:です)?|の(?:者|住民)です|民です)(?=[\s。、!?]|$)"
)
_CENTRE_OF = re.compile(
    r"(?<=[一-鿿々ぁ-ん])(?=公民館|まちセン|まちづくりセンター|地域づくりセンター|まちせん|こうみんかん)"
)
# Words that ask without saying what about
_ASKING = word_set(
    """
    何処 何時 誰 何 何れ 何方 幾つ 幾ら 此処 其処 今日 明日 今 日 時 はい うん ええ いいえ いえ はあ え あの 宜しい
    """
)
FIRST = 80  # entries ranked; a family has one for each of up to 26 districts
LONGEST = 600  # characters of a question that are looked at; the emergency check reads all of it


@dataclass(frozen=True)
class Question:
    """What was asked, when, by a resident of which district (id), interested in which others, in which language.

    `hazard` is the answer to an earlier `ask` (a key of `intent_words.HAZARDS`); `chosen` says that `district` is.
    `near` is where the resident says to be (latitude, longitude in degrees); it is forgotten with the answer.
    """

    text: str
    now: datetime
    district: str | None = None
    interests: tuple[str, ...] = ()
    language: str | None = None
    hazard: str | None = None
    chosen: bool = False
    near: tuple[float, float] | None = None


@dataclass(frozen=True)
class Asked:
    """A question taken apart, with the entries that may answer it, best first."""

    question: Question
    knowledge: Knowledge
    text: str
    language: str
    named: tuple[District, ...]
    certain: bool  # the district named is one
    shared: bool  # a word was said that several districts share (富士駅)
    said: dates.Said | None
    hits: list[Judged] = field(default_factory=list)
    wide: list[Judged] = field(default_factory=list)  # regardless of district
    elsewhere: str | None = None  # a place named as a district is, which is none of this municipality

    @property
    def today(self) -> date:
        return jst(self.question.now).date()

    @property
    def district(self) -> District | None:
        """The district the answer is for: the one named, else the resident's."""
        if self.named:
            return self.named[0] if self.certain else None
        return self.knowledge.district(self.question.district)

    @property
    def sure(self) -> float:
        """How sure an answer has to be: the municipality's own trade-off, else ours."""
        return self.knowledge.municipality.thresholds.get("answer", THRESHOLDS.answer)

    @property
    def scope(self) -> frozenset[str]:
        """The districts whose entries may answer; empty when none is known."""
        if self.named:
            return frozenset(district.id for district in self.named)
        return frozenset(filter(None, (self.question.district, *self.question.interests)))

    def entry(self, hit: Judged) -> Entry:
        return self.knowledge.entries[hit.id]


def says_nothing(asked: Asked) -> bool:
    """Whether there is no matter in the text: signs, or only 「どこ」「いつ」「はい」; a date alone asks for events."""
    query = index.query(asked.text)
    told = {lemma for lemma in query.lemmas if not lemma.isdigit()} - _ASKING
    return not query.grams or not (asked.said or asked.named or told or query.kana_only)


def language_of(text: str) -> str:
    """The language to answer a stranger in: the text's own; romaji is Japanese."""
    if tokens.from_romaji(tokens.fold(text)):
        return "ja"
    return language.identify(text).language


def emergency_language(text: str) -> str:
    """The language of an emergency: "fire!" could be spelled in kana, but is no Japanese word for it."""
    spoken = tokens.from_romaji(tokens.fold(text))
    return "ja" if spoken and emergency.find(spoken) else language.identify(text).language


def take_apart(question: Question, knowledge: Knowledge) -> Asked:
    """Language, districts and dates of a question; nothing is looked up yet."""
    text = _ADDRESS.sub(" ", tokens.fold(question.text[:LONGEST])).strip()
    text = districts.without_people(text, knowledge.districts)
    match = districts.find(text, knowledge.districts)
    said = dates.find(districts.without_names(text, knowledge.districts), question.now)
    spoken = question.language or language_of(question.text)
    city = knowledge.municipality
    own = {city.name, city.prefecture}
    settled = question.chosen or match.districts
    elsewhere = (
        None if settled else districts.unknown_place(text, knowledge.districts, own) or _foreign(text, knowledge)
    )
    return Asked(
        question,
        knowledge,
        text,
        spoken,
        match.districts,
        match.kind == "one",
        match.shared,
        said,
        elsewhere=elsewhere,
    )


def _foreign(text: str, knowledge: Knowledge) -> str | None:
    """The place in 「東京の人口」 that no entry knows: elsewhere, or a part of town that we do not know."""
    found = tokens.words(text)
    for word, after in pairwise(found):
        if word.place and after.surface == "の" and not knowledge.ranker.lexical.knows(word.lemma):
            return word.surface
    return None


def look_up(asked: Asked) -> Asked:
    """Rank the entries that may be read; those of the wrong district or hazard are left out."""
    readable = asked.knowledge.readable(asked.today)
    named = intent.hazards(asked.text) | ({asked.question.hazard} if asked.question.hazard else set())
    if named and intent.wants_refuge(asked.text):
        readable = [entry for entry in readable if activities.serves(entry, frozenset(named))]
    matter = unify(matter_of(asked))
    query, ranker = index.query(matter), asked.knowledge.ranker
    found = ranker.rank(index.query(unify(asked.text)), {entry.id for entry in readable}, count=FIRST, matter=query)
    hits = judge(found, matter, query, ranker.lexical)
    weighed = [replace(hit, score=hit.score + _evidence(asked, asked.entry(hit))) for hit in hits]
    highest = max((hit.score for hit in weighed), default=0.0) or 1.0
    weighed.sort(key=lambda hit: -(hit.score / highest + THRESHOLDS.trust * hit.confidence))
    near = [hit for hit in weighed if in_scope(asked, asked.entry(hit))]
    return replace(asked, hits=near, wide=weighed)


def matter_of(asked: Asked) -> str:
    """The question without the names of districts; the whole of it when nothing else was said."""
    return _rest(asked) or asked.text


def is_date_alone(asked: Asked) -> bool:
    """Whether nothing was said but a date and perhaps a district: 「きょう」, 「12月6日 今泉」."""
    return asked.said is not None and not _rest(asked)


def _rest(asked: Asked) -> str:
    rest = asked.said.rest if asked.said else asked.text
    if rest.startswith("の") and not asked.text.startswith("の"):
        rest = rest[1:]  # of 「来週のごみ」
    if asked.named:
        rest = _CENTRE_OF.sub("の", rest)  # 一ノ宮公民館で: the centre is a matter, too
        rest = _SAYS_WHERE.sub(" ", districts.without_names(rest, asked.knowledge.districts)).strip()
        rest = re.sub(r"^の(?=[^\sぁ-ん])", "", rest)
    return rest if index.query(rest).grams else ""


def in_scope(asked: Asked, entry: Entry) -> bool:
    """Whether an entry is of the whole municipality or of a district in question (any, when none is known)."""
    return not entry.districts or not asked.scope or bool(asked.scope.intersection(entry.districts))


def _evidence(asked: Asked, entry: Entry) -> float:
    total = THRESHOLDS.evidence_desk if entry.kind == "desk" else 0.0
    if entry.kind == "facility" and intent.wants_refuge(asked.text):
        total += THRESHOLDS.evidence_refuge
    if not entry.districts:
        return total
    if not asked.scope:
        return total + (0.0 if entry.family else THRESHOLDS.evidence_elsewhere)
    if not asked.scope.intersection(entry.districts):
        return total
    return total + (THRESHOLDS.evidence_named if asked.named else THRESHOLDS.evidence_own)
