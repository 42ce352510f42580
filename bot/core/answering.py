"""The decision over a question: emergency | answer | choose | ask | unknown. Pure: text and knowledge in, a decision out.

Order: emergencies before everything; kind words; then what the question depends on (a hazard, a district,
a date) is asked back if it is missing; then the best entries decide. An entry of another district is only
answered when the text names that district; one that is expired, not yet valid or for others never is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from bot.core import activities, intent
from bot.core.knowledge import CENTRE, Knowledge
from bot.now import jst
from content import dates, districts, emergency, language, smalltalk
from content.packs_model import Desk, District, Entry
from content.recurrence import Occurrence
from content.search import index, tokens
from content.search.rank import Hit

Kind = Literal["answer", "choose", "ask", "unknown", "emergency"]
Asks = Literal["district", "date", "hazard"]


@dataclass(frozen=True)
class Thresholds:
    """When to answer, set on tests/content/cases/questions.tsv (dev cases only); the trade-off is `answer`.

    Raising `answer` gives more choices and fewer wrong answers. `choose` is below which nothing is offered.
    `clear` is the lead over the next entry that answers at once between the two. `evidence_*` are added to an
    entry's score (standard deviations): the text names its district, it is the resident's own, or neither is known.
    """

    answer: float = 0.62
    choose: float = 0.36
    clear: float = 0.16
    covers: float = 0.8
    evidence_named: float = 1.5
    evidence_own: float = 0.5
    evidence_elsewhere: float = -1.5
    evidence_desk: float = -1.0


THRESHOLDS = Thresholds()
LONGEST = 600  # characters of a question that are looked at; the emergency check reads all of it


@dataclass(frozen=True)
class Question:
    """What was asked, when, by a resident of which district (id), interested in which others, in which language.

    `hazard` is the answer to an earlier `ask` (a key of `intent.HAZARDS`).
    """

    text: str
    now: datetime
    district: str | None = None
    interests: tuple[str, ...] = ()
    language: str | None = None
    hazard: str | None = None


@dataclass(frozen=True)
class Option:
    """A button: what it stands for (an entry's id, a district's id, a hazard) and its label, if not a phrase."""

    id: str
    label: str


@dataclass(frozen=True)
class Found:
    """An entry in an answer, how sure it is (0 to 1), and the dates of it that are to be shown."""

    entry: Entry
    score: float
    occurrences: tuple[Occurrence, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What to say. `note` names the phrase where the kind alone does not (an answer key of the catalogue)."""

    kind: Kind
    language: str
    asks: Asks | None = None
    district: District | None = None
    found: tuple[Found, ...] = ()
    desk: Desk | None = None
    said: dates.Said | None = None
    options: tuple[Option, ...] = ()
    emergency: emergency.Kind | None = None
    note: str = ""
    matter: str = ""


@dataclass(frozen=True)
class _Asked:
    """A question taken apart, with the entries that may answer it, best first."""

    question: Question
    knowledge: Knowledge
    text: str
    language: str
    named: tuple[District, ...]
    certain: bool  # the district named is one
    said: dates.Said | None
    hits: list[Hit] = field(default_factory=list)
    wide: list[Hit] = field(default_factory=list)  # regardless of district

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
    def scope(self) -> frozenset[str]:
        """The districts whose entries may answer; empty when none is known."""
        if self.named:
            return frozenset(district.id for district in self.named)
        return frozenset(filter(None, (self.question.district, *self.question.interests)))

    def entry(self, hit: Hit) -> Entry:
        return self.knowledge.entries[hit.id]


def consider(question: Question, knowledge: Knowledge, thresholds: Thresholds = THRESHOLDS) -> Decision:
    """Decide what to answer. Never raises for any text."""
    said_language = question.language or language_of(question.text)
    urgent = emergency.find(question.text)
    asked = _take_apart(question, knowledge, said_language)
    if urgent:
        return Decision("emergency", said_language, district=asked.district, said=asked.said, emergency=urgent)
    kind_word = smalltalk.kind(question.text)
    if kind_word:
        return Decision("answer", said_language, district=asked.district, note=kind_word)
    if not index.query(asked.text).grams:
        return replace(_unknown(asked), note="empty")
    asked = _look_up(asked, thresholds)
    steps = (_refuge, _events, _activity, _entry)
    decisions = (step(asked, thresholds) for step in steps)
    return next((decision for decision in decisions if decision), None) or _unknown(asked)


def language_of(text: str) -> str:
    """The language to answer a stranger in: the text's own; romaji is Japanese."""
    if tokens.from_romaji(tokens.fold(text)):
        return "ja"
    return language.identify(text).language


def _take_apart(question: Question, knowledge: Knowledge, said_language: str) -> _Asked:
    text = tokens.fold(question.text[:LONGEST])
    match = districts.find(text, knowledge.districts)
    said = dates.find(districts.without_names(text, knowledge.districts), question.now)
    return _Asked(question, knowledge, text, said_language, match.districts, match.kind == "one", said)


def _look_up(asked: _Asked, thresholds: Thresholds) -> _Asked:
    """Rank the entries that may be read; those of the wrong district or hazard are left out."""
    readable = asked.knowledge.readable(asked.today)
    named = intent.hazards(asked.text) | ({asked.question.hazard} if asked.question.hazard else set())
    if named and intent.wants_refuge(asked.text):
        readable = [entry for entry in readable if activities.serves(entry, frozenset(named))]
    matter = _matter(asked)
    hits = asked.knowledge.ranker.rank(
        index.query(asked.text), {entry.id for entry in readable}, count=40, matter=index.query(matter)
    )
    weighed = sorted(
        (replace(hit, score=hit.score + _evidence(asked, asked.entry(hit), thresholds)) for hit in hits),
        key=lambda hit: -hit.score,
    )
    near = [hit for hit in weighed if _in_scope(asked, asked.entry(hit))]
    return replace(asked, hits=near, wide=weighed)


def _matter(asked: _Asked) -> str:
    """The question without the names of districts; the whole of it when nothing else was said."""
    rest = districts.without_names(asked.text, asked.knowledge.districts) if asked.named else asked.text
    return rest if index.query(rest).grams else asked.text


def _in_scope(asked: _Asked, entry: Entry) -> bool:
    return not entry.districts or not asked.scope or bool(asked.scope.intersection(entry.districts))


def _evidence(asked: _Asked, entry: Entry, thresholds: Thresholds) -> float:
    desk = thresholds.evidence_desk if entry.kind == "desk" else 0.0
    if not entry.districts:
        return desk
    if not asked.scope:
        return desk + (0.0 if entry.family else thresholds.evidence_elsewhere)
    if not asked.scope.intersection(entry.districts):
        return desk
    return desk + (thresholds.evidence_named if asked.named else thresholds.evidence_own)


def _decision(asked: _Asked, kind: Kind, **values: object) -> Decision:
    base = Decision(kind, asked.language, district=asked.district, said=asked.said)
    return replace(base, **values)  # type: ignore[arg-type]  # fields by name, checked by the tests of each kind


def _refuge(asked: _Asked, thresholds: Thresholds) -> Decision | None:
    """Where to go in a disaster depends on the hazard; a dwelling afterwards (避難所) does not."""
    if not intent.wants_refuge(asked.text) or asked.question.hazard or intent.hazards(asked.text):
        return None
    if intent.names_the_dwelling(asked.text):
        return None
    refuges = [asked.entry(hit) for hit in asked.hits if asked.entry(hit).kind == "facility"]
    known = {name for entry in refuges for name in activities.hazards_served(entry)}
    if len(known) < 2 or (asked.hits and asked.hits[0].likeness > 0.9):
        return None
    options = tuple(Option(name, "") for name in activities.HAZARD_ORDER if name in known)
    found = tuple(Found(entry, 0.0) for entry in refuges[:1])
    return _decision(asked, "ask", asks="hazard", options=options, found=found, desk=_desk(asked, refuges[0]))


def _events(asked: _Asked, thresholds: Thresholds) -> Decision | None:
    """Events in general, in the range that was said or soon."""
    if not intent.wants_events(asked.text, dated=asked.said is not None):
        return None
    if asked.said and asked.said.last < asked.today:
        return replace(_unknown(asked), note="past_range")
    near = [entry for entry in asked.knowledge.readable(asked.today) if entry.activity and _in_scope(asked, entry)]
    if not asked.scope:
        near = [entry for entry in near if not entry.districts]
    listed = activities.listing(near, asked.text, asked.question.now, asked.said)
    if listed:
        found = tuple(Found(entry, 1.0, (occurrence,)) for entry, occurrence in listed)
        return _decision(asked, "answer", found=found, note="listed", desk=_desk(asked, None))
    if not asked.scope:
        return _ask_district(asked, None, asked.knowledge.districts)
    return replace(_unknown(asked), note="unknown_range")


def _activity(asked: _Asked, thresholds: Thresholds) -> Decision | None:
    """A certain activity: its next dates in the district, or in the range that was said."""
    best = next((hit for hit in asked.wide if asked.entry(hit).activity), None)
    if best is None or not _is_about(asked, best, thresholds):
        return None
    entry = asked.entry(best)
    kin = [hit for hit in asked.wide if _same(entry, asked.entry(hit))]
    near = [hit for hit in kin if _in_scope(asked, asked.entry(hit))]
    if not near:
        return replace(_unknown(asked), note="unknown_here", matter=activities.name(entry, asked.language))
    if not asked.scope and entry.family and len(kin) > 1:
        holders = {district for hit in kin for district in asked.entry(hit).districts}
        return _ask_district(asked, best, [one for one in asked.knowledge.districts if one.id in holders])
    if asked.named and not asked.certain and len(near) > 1:
        return _ask_district(asked, best, asked.named)
    shown = [asked.entry(hit) for hit in near[:3]]
    found = tuple(
        Found(one, best.confidence, tuple(activities.coming(one, asked.question.now, asked.said))) for one in shown
    )
    return _decision(asked, "answer", found=found, note="activity", desk=_desk(asked, shown[0]))


def _is_about(asked: _Asked, best: Hit, thresholds: Thresholds) -> bool:
    """Whether the question is after this activity's date rather than after what is written about it."""
    dated = intent.wants_date(asked.text) or asked.said is not None
    top = asked.hits[0] if asked.hits else None
    if top is None or top.score <= best.score:
        return best.confidence >= (thresholds.choose if dated else thresholds.answer)
    covered = best.coverage >= thresholds.covers
    return dated and covered and best.likeness >= max(0.5, top.likeness - thresholds.clear)


def _same(entry: Entry, other: Entry) -> bool:
    return other.id == entry.id or (entry.family is not None and other.family == entry.family and other.kind == entry.kind)


def _ask_district(asked: _Asked, best: Hit | None, among: Sequence[District]) -> Decision:
    options = tuple(Option(district.id, district.name) for district in among)
    entry = asked.entry(best) if best else None
    found = (Found(entry, best.confidence),) if entry and best else ()
    matter = activities.name(entry, asked.language) if entry else ""
    return _decision(asked, "ask", asks="district", options=options, found=found, matter=matter, desk=_desk(asked, entry))


def _entry(asked: _Asked, thresholds: Thresholds) -> Decision | None:
    """The best entries: one that is sure is the answer, several that are likely are offered."""
    likely = _distinct(asked, [hit for hit in asked.hits if hit.confidence >= thresholds.choose])
    if not likely:
        return None
    best = likely[0]
    sure = best.confidence >= thresholds.answer
    lead = best.confidence - max((hit.confidence for hit in likely[1:4]), default=0.0)
    if not sure and not (len(likely) == 1 or lead >= thresholds.clear):
        found = tuple(Found(asked.entry(hit), hit.confidence) for hit in likely[:3])
        options = tuple(Option(one.entry.id, one.entry.title) for one in found)
        return _decision(asked, "choose", found=found, options=options, desk=_desk(asked, found[0].entry))
    entry = asked.entry(best)
    if entry.family and entry.districts and (not asked.scope or (asked.named and not asked.certain)):
        among = asked.named or asked.knowledge.districts
        return _ask_district(asked, best, among)
    if entry.activity:
        coming = tuple(activities.coming(entry, asked.question.now, asked.said))
        return _decision(asked, "answer", found=(Found(entry, best.confidence, coming),), note="activity", desk=_desk(asked, entry))
    return _decision(asked, "answer", found=(Found(entry, best.confidence),), desk=_desk(asked, entry))


def _distinct(asked: _Asked, hits: Sequence[Hit]) -> list[Hit]:
    """One of each family, the best."""
    seen: set[str] = set()
    kept = []
    for hit in hits:
        entry = asked.entry(hit)
        key = f"{entry.kind}/{entry.family}" if entry.family else entry.id
        if key not in seen:
            seen.add(key)
            kept.append(hit)
    return kept


def _unknown(asked: _Asked) -> Decision:
    return _decision(asked, "unknown", desk=_desk(asked, None), note="unknown")


def _desk(asked: _Asked, entry: Entry | None) -> Desk | None:
    """Whom to ask: the entry's desk, else the one whose topic the text names, else the centre, else the city's."""
    district = asked.district.id if asked.district else None
    knowledge = asked.knowledge
    if entry and entry.contact:
        return knowledge.desk(entry.contact, district)
    topics = [
        (len(topic), desk)
        for desk in knowledge.desks.values()
        for topic in desk.topics
        if len(topic) > 1 and tokens.fold(topic) in asked.text and desk.district in {None, district}
    ]
    if topics:
        return knowledge.desk(max(topics, key=lambda pair: pair[0])[1].id, district)
    return knowledge.desk(CENTRE, district) if district else knowledge.desk(knowledge.municipality.contacts.get("desk"), None)
