"""A decision as the resident reads it: the answer, then when, where, who, then the source and the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from bot.core import activities, freshness, refuges
from bot.core.answering import Decision, Found, Option
from bot.core.follow_words import Aspect
from bot.core.knowledge import Knowledge
from bot.core.refuges import Refuge
from bot.now import jst
from content import calendar_text, organisations, romaji
from content.packs_model import Desk, District, Entry, Translation
from content.phrases import Phrases, phrases
from content.recurrence import Occurrence

LISTED = 5  # activities shown in one message
VALUES = {"無料": "free", "入場無料": "free", "参加無料": "free", "申込不要": "no_sign_up", "どなたでも": "everyone"}
_STATES = {"中止": "called_off", "順延": "postponed", "変更": "changed", "実施": "held"}


def render(decision: Decision, knowledge: Knowledge, now: datetime) -> str:
    """The whole text in the decision's language (fixed phrases in English where it has no catalogue)."""
    say = phrases(decision.language)
    today = jst(now).date()
    match decision.kind:
        case "emergency":
            return say.say(f"emergency.{decision.emergency}")
        case "ask":
            return _ask(decision, knowledge, say)
        case "choose":
            return _choose(decision, say)
        case "unknown":
            return _unknown(decision, say, today)
        case "answer":
            return _answer(decision, knowledge, say, now)


def _choose(decision: Decision, say: Phrases) -> str:
    lines = [f"{number}. {title(one.entry, decision.language)}" for number, one in enumerate(decision.found, 1)]
    return "\n".join([say.say("answer.choose"), *lines])


def _answer(decision: Decision, knowledge: Knowledge, say: Phrases, now: datetime) -> str:
    if not decision.found:
        return say.say(f"answer.{decision.note}")
    if decision.note == "listed":
        return _listing(decision, say, now)
    if decision.note == "refuges":
        return _refuges(decision, knowledge, say, jst(now).date())
    today = jst(now).date()
    if decision.note == "activity":
        blocks = [_activity(one, decision, say, now) for one in decision.found]
        return "\n\n".join([*blocks, _foot(decision.found[0].entry, decision, knowledge, say, today)])
    entry = decision.found[0].entry
    if entry.shelter is not None:
        return f"{_shelter(entry, say)}\n\n{_foot(entry, decision, knowledge, say, today)}"
    told = "\n".join([body(entry, decision.language), *_reached(entry, say)])
    return f"{told}\n\n{_foot(entry, decision, knowledge, say, today)}"


def _reached(entry: Entry, say: Phrases) -> list[str]:
    """How an organisation is reached, as far as that is for everybody."""
    if entry.kind != "organisation":
        return []
    known = organisations.public(entry.extra)
    return [say.say("common.phone", number=value) if name == organisations.PHONE else value for name, value in known]


def _refuges(decision: Decision, knowledge: Knowledge, say: Phrases, today: date) -> str:
    """What is written for the district, then the nearest shelters, and what kind of place they are."""
    written = [one.entry for one in decision.found if one.entry.shelter is None]
    where = hazard_names(decision.hazards, say)
    if not decision.hazards:
        head = say.say("refuge.stay")
    elif decision.here or decision.district is None:
        head = say.say("refuge.near_here", hazard=where)
    else:
        named = district_name(decision.district, say.language)
        head = say.say("refuge.near_district", district=named, hazard=where)
    lines = [refuge_line(one, at, say) for at, one in enumerate(decision.refuges, 1)]
    more = [say.say("refuge.what") if decision.hazards else say.say("refuge.open"), say.say("refuge.crow")]
    blocks = [*(body(entry, say.language) for entry in written), "\n".join([head, *lines]), "\n".join(more)]
    foot = _foot(decision.refuges[0].entry, decision, knowledge, say, today)
    return "\n\n".join([*blocks, f"{say.say('refuge.association')}\n{foot}"])


def _shelter(entry: Entry, say: Phrases) -> str:
    """A shelter asked for by its name: where it is, and in what it serves."""
    place = entry.shelter
    assert place is not None
    served = [name for name in activities.HAZARD_ORDER if refuges.serves(entry, (name,))]
    kind = say.say("refuge.served", hazard=hazard_names(served, say)) if served else ""
    if place.type == "evacuation":
        kind = say.say("refuge.is_stay")
    return "\n".join(part for part in (title(entry, say.language), place.address, kind) if part)


def refuge_line(one: Refuge, at: int, say: Phrases) -> str:
    """One shelter with its distance and address."""
    line = say.say("refuge.line", at=at, name=title(one.entry, say.language), km=f"{max(one.km, 0.1):.1f}")
    address = one.entry.shelter.address if one.entry.shelter else ""
    return f"{line}\n   {address}" if address else line


def hazard_names(hazards: Sequence[str], say: Phrases) -> str:
    """津波・地震, in the language's words."""
    mark = "・" if say.language in ("ja", "easy-ja") else ", "
    return mark.join(say.say(f"answer.hazard.{one}") for one in hazards)


def options(decision: Decision) -> tuple[Option, ...]:
    """The decision's buttons with their labels in its language."""
    say = phrases(decision.language)
    if decision.asks == "hazard":
        return tuple(Option(one.id, say.say(f"answer.hazard.{one.id}")) for one in decision.options)
    if decision.kind == "choose":
        return tuple(Option(one.entry.id, title(one.entry, decision.language)) for one in decision.found)
    return decision.options


def title(entry: Entry, language: str) -> str:
    """The entry's title in the language, else in Japanese; the mark of a sample stays."""
    translation = translated(entry.translations, language)
    return translation.title if translation else entry.title


def translated(translations: Mapping[str, Translation], language: str) -> Translation | None:
    """The translation into a language; Chinese in one script is read by readers of the other."""
    kin = {"zh-Hant": "zh-Hans", "zh-Hans": "zh-Hant", "zh": "zh-Hans"}.get(language, language)
    return translations.get(language) or translations.get(kin)


def body(entry: Entry, language: str) -> str:
    """A person's translation, else a machine's (marked), else easy or plain Japanese (which is said)."""
    say = phrases(language)
    translation = translated(entry.translations, language)
    if translation:
        return translation.body if translation.by == "human" else f"{translation.body}\n{say.say('common.machine')}"
    if language == "ja":
        return entry.body
    easy = entry.translations.get("easy-ja")
    if easy and language != "easy-ja":
        return f"{easy.body}\n{say.say('common.only_easy')}"
    return f"{entry.body}\n{say.say('common.only_japanese')}"


def desk_line(desk: Desk, language: str) -> str:
    """The desk with its verified number and hours, or where to find the number."""
    say = phrases(language)
    parts = [desk_name(desk, language)]
    if desk.phone:
        parts.append(say.say("common.phone", number=desk.phone))
    if desk.hours:
        parts.append(desk.hours)
    if desk.url and not desk.phone:
        parts.append(desk.url)
    return " ".join(parts)


def desk_name(desk: Desk, language: str) -> str:
    """The desk's name in the language, else in Japanese."""
    translation = translated(desk.translations, language)
    return translation.title if translation else desk.name


def district_name(district: District, language: str) -> str:
    """今泉; in languages written with Latin letters Imaizumi (今泉)."""
    return romaji.place(district.name, district.kana, language)


def _foot(entry: Entry, decision: Decision, knowledge: Knowledge, say: Phrases, today: date) -> str:
    source = entry.source.title
    if entry.source.date:
        source += f" {calendar_text.plain(entry.source.date, say.language)}"
    if entry.checked_on:
        checked = calendar_text.plain(entry.checked_on, say.language)
        lines = [say.say("common.source", source=source, checked=checked)]
        if freshness.is_old(knowledge.municipality.thresholds, entry.kind, entry.checked_on, today):
            lines.append(say.say("answer.old", checked=checked))
    else:
        lines = [say.say("common.source_plain", source=source)]
    if decision.desk and entry.kind != "desk":
        lines.append(say.say("answer.desk", desk=desk_line(decision.desk, decision.language)))
    return "\n".join(lines)


def _ask(decision: Decision, knowledge: Knowledge, say: Phrases) -> str:
    if decision.asks == "hazard":
        lines = [f"{at}. {say.say(f'answer.hazard.{one.id}')}" for at, one in enumerate(decision.options, 1)]
        return "\n".join([say.say("answer.ask_hazard"), *lines])
    if decision.asks == "date":
        return say.say("answer.ask_date")
    if len(decision.options) <= 4:
        named = [knowledge.district(one.id) for one in decision.options]
        labels = [
            district_name(district, say.language) if district else one.label
            for district, one in zip(named, decision.options, strict=True)
        ]
        lines = [f"{at}. {label}" for at, label in enumerate(labels, 1)]
        return "\n".join([say.say("answer.ask_which_district"), *lines])
    if decision.matter:
        return say.say("answer.ask_district_of", title=decision.matter)
    return say.say("answer.ask_district")


def _unknown(decision: Decision, say: Phrases, today: date) -> str:
    desk = desk_name(decision.desk, decision.language) if decision.desk else ""
    place = district_name(decision.district, say.language) if decision.district else ""
    span = ""
    if decision.said:
        span = calendar_text.span(decision.said.first, decision.said.last, say.language, today)
    note = decision.note
    if note == "refuge_none":
        return say.say("refuge.none_here", hazard=hazard_names(decision.hazards, say))
    if note == "unknown_range" and place:
        note = "unknown_range_here"
    text = say.say(f"answer.{note}", desk=desk, district=place, title=decision.matter, range=span)
    line = desk_line(decision.desk, decision.language) if decision.desk else ""
    if line == desk or note in {"empty", "past_range"}:
        return text
    return f"{text}\n{say.say('answer.desk', desk=line)}"


def _when(occurrence: Occurrence, language: str, now: datetime, *, end: bool = True) -> str:
    return calendar_text.moment(
        occurrence.starts_at,
        occurrence.ends_at if end else None,
        language,
        all_day=occurrence.all_day,
        today=jst(now).date(),
    )


def _activity(found: Found, decision: Decision, say: Phrases, now: datetime) -> str:
    entry, today = found.entry, jst(now).date()
    name = title(entry, decision.language)
    said = decision.said
    coming = found.occurrences
    lines = []
    if said and not coming:
        span = calendar_text.span(said.first, said.last, say.language, today)
        past = said.last < today
        lines.append(say.say(f"answer.activity.{'past' if past else 'not_then'}", range=span, title=name))
        coming = tuple(activities.coming(entry, now, None))
    if not coming and _has_no_days(entry):
        return f"{name}\n{body(entry, decision.language)}"
    if not coming:
        return "\n".join([*lines, say.say("answer.activity.none_left", title=name)])
    first = coming[0]
    key = "one" if said and not lines else "next"
    shown = first.title if decision.language == "ja" else name
    state = say.say(f"answer.activity.{_STATES[first.state]}") if first.state in _STATES else ""
    key = "off" if first.called_off else key
    lines.append(state + say.say(f"answer.activity.{key}", title=shown, when=_when(first, say.language, now)))
    lines += _particulars(entry, first, say, now)
    later = [_when(one, say.language, now, end=False) for one in coming[1:]]
    if later:
        joined = say.say("chat.and").join(later[:1] if first.called_off else later)
        lines.append(say.say(f"answer.activity.{'then' if first.called_off else 'later'}", when=joined))
    return "\n".join([*lines, body(entry, decision.language)])


def _has_no_days(entry: Entry) -> bool:
    """A published list may say 随時 or 調整中: what it says is all there is."""
    return entry.activity is not None and entry.activity.starts_on is None and entry.activity.rule is None


def _value(words: str, say: Phrases) -> str:
    """What many activities say of themselves, in the reader's language; other words stay."""
    return say.say(f"answer.value.{VALUES[words]}") if words in VALUES else words


def _particulars(entry: Entry, first: Occurrence, say: Phrases, now: datetime) -> list[str]:
    activity = entry.activity
    assert activity is not None
    lines = [first.state_note] if first.state_note else []
    if first.called_off:
        return lines
    if first.state == "小雨決行":
        lines.append(say.say("answer.activity.light_rain"))
    if first.place:
        lines.append(say.say("answer.activity.place", place=first.place))
    if activity.audience_words:
        lines.append(say.say("answer.activity.who", who=_value(activity.audience_words, say)))
    if activity.fee:
        lines.append(say.say("answer.activity.fee", fee=_value(activity.fee, say)))
    if first.full:
        lines.append(say.say("answer.activity.full"))
    elif first.closed(now):
        lines.append(say.say("answer.activity.closed"))
    elif activity.how_to_apply:
        lines.append(say.say("answer.activity.apply", how=_value(activity.how_to_apply, say)))
    return lines


def aspect(entry: Entry, coming: Sequence[Occurrence], name: Aspect, language: str, now: datetime) -> str | None:
    """One thing about an activity, after its next date; None when the entry does not say it."""
    activity, first = entry.activity, next(iter(coming), None)
    if activity is None or first is None:
        return None
    say = phrases(language)
    told = {"place": first.place, "fee": activity.fee, "apply": activity.how_to_apply, "who": activity.audience_words}
    words = _value(told.get(name) or "", say)
    shown = first.title if language == "ja" else title(entry, language)
    line = say.say("answer.activity.one", title=shown, when=_when(first, say.language, now))
    if name == "when":
        return line
    field = "how" if name == "apply" else name
    return f"{line}\n{say.say(f'answer.activity.{name}', **{field: words})}" if words else None


def _listing(decision: Decision, say: Phrases, now: datetime) -> str:
    today, said = jst(now).date(), decision.said
    head = say.say("answer.activity.upcoming")
    if said:
        span = calendar_text.span(max(said.first, today), said.last, say.language, today)
        head = say.say("answer.activity.listed", range=span)
    if decision.district:
        head += f" ({decision.district.name})"
    lines = [head]
    for number, one in enumerate(decision.found[:LISTED], 1):
        first = one.occurrences[0]
        state = say.say(f"answer.activity.{_STATES[first.state]}") if first.state in _STATES else ""
        name = first.title if decision.language == "ja" else title(one.entry, decision.language)
        lines.append(
            say.say("answer.activity.item", number=number, when=_when(first, say.language, now), title=state + name)
        )
        if first.place:
            lines.append(say.say("answer.activity.item_place", place=first.place))
    rest = len(decision.found) - LISTED
    if rest > 0:
        lines.append(say.say("answer.activity.more", count=rest))
    if decision.district is None:
        lines.append(say.say("answer.more_districts"))
    sources = dict.fromkeys(one.entry.source.title for one in decision.found[:LISTED])
    lines += ["", *(say.say("common.source_plain", source=source) for source in sources)]
    if decision.desk:
        lines.append(say.say("answer.desk", desk=desk_line(decision.desk, decision.language)))
    return "\n".join(lines)
