"""The decision over a question: emergency, answer, choose, ask or unknown. Text and knowledge in, a decision out.

Order: emergencies before everything; kind words; then what the question depends on (a hazard, a district,
a date) is asked back if it is missing; then the best entries decide. An entry of another district is only
answered when the text names that district; one that is expired, not yet valid or for others never is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.core import activities, follow, intent, refuges
from bot.core.asked import (
    THRESHOLDS,
    Asked,
    Question,
    emergency_language,
    in_scope,
    is_date_alone,
    look_up,
    matter_of,
    says_nothing,
    take_apart,
)
from bot.core.confidence import Judged
from bot.core.knowledge import CENTRE, Knowledge
from bot.core.refuges import Refuge
from content import dates, emergency, smalltalk
from content.packs_model import Desk, District, Entry
from content.recurrence import Occurrence
from content.search import index, tokens

__all__ = ["THRESHOLDS", "Asks", "Decision", "Found", "Kind", "Option", "Question", "consider"]

Kind = Literal["answer", "choose", "ask", "unknown", "emergency"]
Asks = Literal["district", "date", "hazard"]
FIRST_OF = 0.9
REFUGE_COVERS = 0.2  # of the question, by a refuge of the district and hazard: people ask in many words


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
    refuges: tuple[Refuge, ...] = ()
    hazards: tuple[str, ...] = ()
    here: bool = False  # the shelters are those nearest to where the resident is


def consider(question: Question, knowledge: Knowledge) -> Decision:
    """Decide what to answer. Never raises for any text."""
    asked = take_apart(question, knowledge)
    urgent = emergency.find(question.text)
    if urgent:
        spoken = question.language or emergency_language(question.text)
        return _decision(replace(asked, language=spoken), "emergency", emergency=urgent)
    kind_word = smalltalk.kind(question.text)
    if kind_word:
        return _decision(asked, "answer", note=kind_word)
    if says_nothing(asked) or follow.leans(question.text):
        return replace(_unknown(asked), note="empty")
    if asked.elsewhere:
        return replace(_unknown(asked), note="unknown_place", matter=asked.elsewhere, district=None, desk=_city(asked))
    asked = look_up(asked)
    steps = (_refuge, _events, _activity, _entry)
    decisions = (step(asked) for step in steps)
    return next((decision for decision in decisions if decision), None) or _perhaps(asked) or _unknown(asked)


def _decision(asked: Asked, kind: Kind, **values: object) -> Decision:
    base = Decision(kind, asked.language, district=asked.district, said=asked.said)
    return replace(base, **values)  # type: ignore[arg-type]  # fields by name, checked by the tests of each kind


def _refuge(asked: Asked) -> Decision | None:
    """Where to go in a disaster depends on the hazard; a dwelling afterwards (避難所) does not."""
    if not intent.wants_refuge(asked.text):
        return _shelter_by_name(asked)
    shelters = refuges.shelters(asked.knowledge.readable(asked.today))
    places = [hit for hit in asked.hits if asked.entry(hit).kind == "facility"]
    written = [hit for hit in places if activities.hazards_served(asked.entry(hit))]
    named = _hazards(asked)
    if named:
        return _of_hazard(asked, named, shelters, _best_refuge(asked, written))
    if intent.names_the_dwelling(asked.text):
        return _dwellings(asked) if asked.question.near else None
    known = {name for hit in written for name in activities.hazards_served(asked.entry(hit))}
    known |= {name for name in activities.HAZARD_ORDER if any(refuges.serves(one, (name,)) for one in shelters)}
    if len(known) < 2 or (asked.hits and asked.hits[0].likeness > 0.9):
        return None
    options = tuple(Option(name, "") for name in activities.HAZARD_ORDER if name in known)
    found = (Found(asked.entry(written[0]), 0.0),) if written else ()
    desk = _desk(asked, found[0].entry if found else None)
    return _decision(asked, "ask", asks="hazard", options=options, found=found, desk=desk)


def _hazards(asked: Asked) -> frozenset[str]:
    return intent.hazards(asked.text) | ({asked.question.hazard} if asked.question.hazard else set())


def _of_hazard(
    asked: Asked, named: frozenset[str], shelters: Sequence[Entry], written: Judged | None
) -> Decision | None:
    """What is written for the district and hazard, and the shelters nearest to the resident or the district."""
    district = asked.district if asked.scope else None
    origin = asked.question.near or refuges.centre_of(district)
    within = refuges.AWAY_KM if asked.question.near else refuges.AROUND_KM
    near = refuges.nearest(shelters, named, origin, within) if origin else ()
    first = (Found(asked.entry(written), max(written.confidence, asked.sure)),) if written else ()
    if asked.question.near and not near and shelters:
        none_here = replace(_unknown(asked), note="refuge_none", hazards=_in_order(named))
        return replace(none_here, desk=_city(asked))
    if not near and not first:
        return _ask_district(asked, None, asked.knowledge.districts) if shelters and origin is None else None
    found = (*(() if asked.question.near else first), *(Found(one.entry, 1.0) for one in near))
    return _decision(
        asked, "answer", found=found, refuges=near, hazards=_in_order(named), note="refuges" if near else "",
        desk=_desk(asked, found[0].entry), here=asked.question.near is not None,
    )  # fmt: skip


def _dwellings(asked: Asked) -> Decision | None:
    """The 避難所 nearest to where the resident is; which one is theirs is fixed per neighbourhood association."""
    shelters = refuges.shelters(asked.knowledge.readable(asked.today), "evacuation")
    assert asked.question.near is not None
    near = refuges.nearest(shelters, (), asked.question.near, refuges.AWAY_KM)
    found = tuple(Found(one.entry, 1.0) for one in near)
    values = {"refuges": near, "note": "refuges", "desk": _city(asked), "here": True}
    return _decision(asked, "answer", found=found, **values) if near else None


def _shelter_by_name(asked: Asked) -> Decision | None:
    """A shelter that is asked for by its name, where nothing else of that name is written."""
    entry = refuges.called(asked.knowledge.readable(asked.today), asked.text)
    if entry is None or any(hit.confidence >= asked.sure for hit in asked.hits[:1]):
        return None
    return _decision(asked, "answer", found=(Found(entry, 1.0),), desk=_desk(asked, entry))


def _in_order(named: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in activities.HAZARD_ORDER if name in named)


def _best_refuge(asked: Asked, refuges: Sequence[Judged]) -> Judged | None:
    """The refuge of the district, else the one written for this hazard everywhere."""
    fitting = [hit for hit in refuges if hit.coverage >= REFUGE_COVERS]
    named = intent.hazards(asked.text) | ({asked.question.hazard} if asked.question.hazard else set())
    own = [hit for hit in fitting if asked.scope.intersection(asked.entry(hit).districts)]
    wide = [hit for hit in refuges if not asked.entry(hit).districts and intent.hazards(asked.entry(hit).title) & named]
    titled = [hit for hit in own if intent.hazards(asked.entry(hit).title) & named]
    return next(iter((*titled, *own, *wide)), None)


def _events(asked: Asked) -> Decision | None:
    """Events in general, in the range that was said or soon."""
    plain = matter_of(asked) if asked.said or asked.named else asked.text
    if not is_date_alone(asked) and not intent.wants_events(plain, dated=asked.said is not None):
        return None
    if asked.said and asked.said.last < asked.today:
        return replace(_unknown(asked), note="past_range")
    near = [entry for entry in asked.knowledge.readable(asked.today) if entry.activity and in_scope(asked, entry)]
    if not asked.scope:
        near = [entry for entry in near if not entry.districts]
    listed = activities.listing(near, asked.text, asked.question.now, asked.said)
    if listed:
        found = tuple(Found(entry, 1.0, (occurrence,)) for entry, occurrence in listed)
        return _decision(asked, "answer", found=found, note="listed", desk=_desk(asked, None))
    if not asked.scope:
        return _ask_district(asked, None, asked.knowledge.districts)
    return replace(_unknown(asked), note="unknown_range")


def _activity(asked: Asked) -> Decision | None:
    """A certain activity: its next dates in the district, or in the range that was said."""
    best = _best_activity(asked)
    if best is None or not _is_about(asked, best):
        return None
    entry = asked.entry(best)
    kin = [hit for hit in asked.wide if _same(entry, asked.entry(hit))]
    near = [hit for hit in kin if in_scope(asked, asked.entry(hit))]
    if not near:
        return replace(_unknown(asked), note="unknown_here", matter=_matter(asked, entry))
    if not asked.scope and entry.family and len(kin) > 1:
        holders = {district for hit in kin for district in asked.entry(hit).districts}
        return _ask_district(asked, best, [one for one in asked.knowledge.districts if one.id in holders])
    if asked.named and not asked.certain and (asked.shared or len(near) > 1):
        return _ask_district(asked, best, asked.named)
    shown = [asked.entry(hit) for hit in near[:3]]
    found = tuple(
        Found(one, best.confidence, tuple(activities.coming(one, asked.question.now, asked.said))) for one in shown
    )
    return _decision(asked, "answer", found=found, note="activity", desk=_desk(asked, shown[0]))


def _best_activity(asked: Asked) -> Judged | None:
    """The likeliest activity; among about equals the one of the resident's district, then one of this city's."""
    hits = [hit for hit in asked.wide if asked.entry(hit).activity]
    equals = [hit for hit in hits if hit.confidence >= hits[0].confidence - THRESHOLDS.clear]
    if not asked.scope:
        return max(equals, key=lambda hit: hit.confidence, default=None)
    own = [hit for hit in equals if asked.scope.intersection(asked.entry(hit).districts)]
    near = [hit for hit in equals if in_scope(asked, asked.entry(hit))]
    return next(iter((*own, *near, *equals)), None)


def _is_about(asked: Asked, best: Judged) -> bool:
    """Whether the question is after this activity's date rather than after what is written about it."""
    dated = intent.wants_date(asked.text) or asked.said is not None
    top = asked.hits[0] if asked.hits else None
    if intent.wants_meaning(asked.text) and any(
        hit.confidence >= THRESHOLDS.choose and not asked.entry(hit).activity for hit in asked.hits[:5]
    ):
        return False
    rival = max((hit.confidence for hit in asked.hits if not asked.entry(hit).activity), default=0.0)
    ours = bool(asked.scope.intersection(asked.entry(best).districts))
    if not dated and rival > best.confidence - (0 if ours else THRESHOLDS.clear):
        return False
    if top is None or asked.entry(top).activity:
        if best.likeness < THRESHOLDS.named and best.coverage < 2 * THRESHOLDS.named:
            return False
        return best.confidence >= (THRESHOLDS.choose if dated else asked.sure)
    if best.confidence >= max(asked.sure, top.confidence + THRESHOLDS.clear):
        return True  # it leads by far, although ranked behind: another district's
    return dated and best.coverage >= THRESHOLDS.covers and best.confidence >= top.confidence - THRESHOLDS.clear


def _same(entry: Entry, other: Entry) -> bool:
    return other.id == entry.id or (
        entry.family is not None and other.family == entry.family and other.kind == entry.kind
    )


def _ask_district(asked: Asked, best: Judged | None, among: Sequence[District]) -> Decision:
    options = tuple(Option(district.id, district.name) for district in among)
    entry = asked.entry(best) if best else None
    found = (Found(entry, best.confidence),) if entry and best else ()
    matter = _matter(asked, entry) if entry else ""
    return _decision(
        asked, "ask", asks="district", options=options, found=found, matter=matter, desk=_desk(asked, entry)
    )


def _entry(asked: Asked) -> Decision | None:
    """The best entries: one that is sure is the answer, several that are likely are offered."""
    likely = _distinct(asked, [hit for hit in asked.hits if hit.confidence >= THRESHOLDS.choose])
    first = asked.hits[0] if asked.hits else None
    if first and likely and first not in likely and first.confidence >= FIRST_OF * THRESHOLDS.choose:
        likely.insert(0, first)  # what the ranking puts first is offered although few words say so
    if not likely:
        return None
    best = likely[0]
    lead = best.confidence - max((hit.confidence for hit in likely[1:4]), default=0.0)
    bare = len(set(index.query(matter_of(asked)).lemmas)) == 1 and best.likeness < THRESHOLDS.covers  # 「ごみ」
    tied = lead < THRESHOLDS.tie and best.confidence < THRESHOLDS.covers and len(likely) > 1 and not asked.scope
    if bare or tied or best.confidence < asked.sure:
        weak = best.confidence < asked.sure - THRESHOLDS.alone or best.matter < THRESHOLDS.whole
        if len(likely) == 1 and weak:
            return None
        leads = lead >= THRESHOLDS.clear and best.confidence >= asked.sure - THRESHOLDS.leading
        if len(likely) > 1 and not leads:
            heard = max(max(hit.coverage, hit.likeness - THRESHOLDS.slight) for hit in likely[:3])
            return _among(asked, likely) if heard >= THRESHOLDS.heard else None
    return _of_district(asked, best, likely)


def _perhaps(asked: Asked) -> Decision | None:
    """Nothing is likely, but the best few are near enough to be offered."""
    best = _distinct(asked, sorted(asked.hits[:10], key=lambda hit: -hit.chance))[:3]
    offered = [hit for hit in best if hit.chance >= THRESHOLDS.slim]
    if not offered or offered[0].chance < THRESHOLDS.perhaps:
        return None
    if len(offered) < 2:
        return _answer(asked, best[0]) if _stands_alone(asked, best[0]) else None
    unnamed = not offered[0].matter and not (offered[0].meaning and offered[0].chance >= THRESHOLDS.unnamed)
    if unnamed:
        return None
    return _choose(asked, offered)


def _stands_alone(asked: Asked, hit: Judged) -> bool:
    """Whether the only entry that comes near is likely enough to be the answer."""
    likely = hit.chance >= (THRESHOLDS.lone if hit.meaning else THRESHOLDS.lone_words)
    return likely and hit.matter >= THRESHOLDS.whole and hit.confidence >= asked.sure - THRESHOLDS.leading


def _of_district(asked: Asked, best: Judged, likely: Sequence[Judged]) -> Decision:
    """The entry itself, unless each district has its own and we do not know which is meant."""
    entry = asked.entry(best)
    if not entry.family or not entry.districts:
        return _answer(asked, best)
    if not asked.scope:  # each district has its own, unless something holds for all of them
        general = next((hit for hit in likely if not asked.entry(hit).districts), None)
        if general and general.confidence >= max(asked.sure, best.confidence - THRESHOLDS.clear):
            return _answer(asked, general)
        return _ask_district(asked, best, asked.knowledge.districts)
    return _ask_district(asked, best, asked.named) if asked.named and not asked.certain else _answer(asked, best)


def _among(asked: Asked, likely: Sequence[Judged]) -> Decision | None:
    """The likely ones to choose from; what each district has of its own only when the district is known."""
    if asked.scope:
        return _choose(asked, likely[:3])
    general = [hit for hit in likely if not (asked.entry(hit).family and asked.entry(hit).districts)]
    if len(general) > 1:
        return _choose(asked, general[:3])
    if likely[0] in general:
        return _choose(asked, likely[:3])
    return _of_district(asked, likely[0], likely) if likely[0].confidence >= asked.sure - THRESHOLDS.alone else None


def _choose(asked: Asked, hits: Sequence[Judged]) -> Decision:
    found = tuple(Found(asked.entry(hit), hit.confidence) for hit in hits)
    options = tuple(Option(one.entry.id, one.entry.title) for one in found)
    return _decision(asked, "choose", found=found, options=options, desk=_desk(asked, found[0].entry))


def _answer(asked: Asked, hit: Judged) -> Decision:
    entry = asked.entry(hit)
    coming = tuple(activities.coming(entry, asked.question.now, asked.said)) if entry.activity else ()
    note = "activity" if entry.activity else ""
    return _decision(
        asked, "answer", found=(Found(entry, hit.confidence, coming),), note=note, desk=_desk(asked, entry)
    )


def _distinct(asked: Asked, hits: Sequence[Judged]) -> list[Judged]:
    """One of each family, the best."""
    seen: set[str] = set()
    kept = []
    for hit in hits:
        entry = asked.entry(hit)
        key = f"{entry.kind}/{entry.family}" if entry.family else entry.id
        if key not in seen:
            seen.add(key)
            kept.append(hit)
    return [hit for hit in kept if asked.entry(hit).kind != "desk"] or kept  # entries name their desks anyway


def _unknown(asked: Asked) -> Decision:
    return _decision(asked, "unknown", desk=_desk(asked, None), note="unknown")


def _matter(asked: Asked, entry: Entry) -> str:
    """What an entry is about, without the district that has it."""
    places = [district.name for district in asked.knowledge.districts if district.id in entry.districts]
    return activities.name(entry, asked.language, places)


def _city(asked: Asked) -> Desk | None:
    return asked.knowledge.desk(asked.knowledge.municipality.contacts.get("desk"), None)


def _desk(asked: Asked, entry: Entry | None) -> Desk | None:
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
    return knowledge.desk(CENTRE, district) if district else _city(asked)
