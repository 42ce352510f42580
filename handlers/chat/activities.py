"""行事: what takes place in my districts, soonest first, as cards; called off stands before everything else."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import answer_text, sign_up_rules
from bot.core.moments import day_of, moment_of, time_of
from bot.line.render import Card, Cards, Text
from bot.services import activities, desks, districts, residents, sign_up_cards, sign_ups
from bot.services.activities import Dated
from bot.services.districts import Place
from bot.services.sign_ups import Key, Mine
from content.packs_model import Entry
from content.phrases import phrases
from content.recurrence import Occurrence
from handlers.chat import home, names, screens, sign_up
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

SHOWN = 6


class ActivitiesHandler:
    """The list, a page at a time, and one activity in full."""

    def wants(self, turn: Turn) -> bool:
        return turn.action.startswith("activities.")

    def handle(self, turn: Turn) -> Outcome:
        if turn.action == "activities.show":
            found = _dates(turn)
            if found is not None:
                return _one(turn, *found)
        page = turn.fields.get("page", "0")
        return _list(turn, turn.fields.get("d", ""), int(page) if page.isdecimal() and len(page) < 4 else 0)


def _dates(turn: Turn) -> tuple[Entry, list[Occurrence]] | None:
    """The activity of the button and its dates, the one that the button names first; None when there are none."""
    found = activities.find(turn.session, turn.municipality, turn.fields.get("e", ""), turn.now)
    key = sign_up.key_of(turn)
    chosen = activities.on(turn.session, *key, turn.now) if found and key else None
    if found is None or not (found[1] or chosen):
        return None
    dates = found[1]
    if chosen is not None:
        dates = [chosen.occurrence, *(date for date in dates if date.day != chosen.occurrence.day)]
    return found[0], dates


def _list(turn: Turn, only: str, page: int) -> Outcome:
    places = _mine(turn, only)
    found = activities.upcoming(turn.session, turn.municipality, [place.key for place in places], turn.now)
    here = Option("", "activities.list", {"d": only, "page": page})
    back = Option("", "activities.list", {"d": only, "page": page - 1}) if page else Option("", "home.menu")
    shown = found[page * SHOWN : (page + 1) * SHOWN]
    if not shown:
        return Outcome([Text(turn.say("chat.no_activities"), screens.ways_out(turn))], screens.offering((), here, back))
    lead = _lead(turn, places)
    options = [Option(one.entry.title, "activities.show", {"e": one.entry.id}) for one in shown]
    cards = tuple(_card(turn, at, one) for at, one in enumerate(shown, 1))
    more = Option(turn.say("chat.more_activities"), "activities.list", {"d": only, "page": page + 1})
    also = [more] if len(found) > (page + 1) * SHOWN else []
    choices = (*(option.tap(turn) for option in also), *screens.ways_out(turn, back))
    return Outcome([Text(lead), Cards(cards, lead, choices)], screens.offering([*options, *also], here, back))


def _lead(turn: Turn, places: Sequence[Place]) -> str:
    if not places:
        return turn.say("chat.activities_city")
    joined = turn.say("chat.and").join(names.label(place, turn.speaks) for place in places)
    return turn.say("chat.activities_of", districts=joined)


def _mine(turn: Turn, only: str) -> list[Place]:
    """The districts to look in: the one asked for, or the resident's own and those of interest; none: everywhere."""
    places = districts.listed(turn.session, turn.municipality)
    if only:
        return [place for place in places if place.key == only]
    if turn.resident is None or turn.resident.home_district_id is None:
        return []
    wanted = {turn.resident.home_district_id, *residents.interests(turn.session, turn.resident)}
    return [place for place in places if place.id in wanted]


def _card(turn: Turn, number: int, one: Dated) -> Card:
    occurrence = one.occurrence
    lines = [turn.say("chat.where", place=occurrence.place)] if occurrence.place else []
    detail = Option(turn.say("chat.details"), "activities.show", {"e": one.entry.id})
    return Card(
        title=_marked(turn, occurrence, _title(turn, one.entry, occurrence)),
        heading=f"{number}  {_when(turn, occurrence)}",
        body=tuple(lines),
        notes=tuple(_notes(turn, occurrence, full=_full(turn, one))),
        buttons=(detail.tap(turn),),
    )


def _one(turn: Turn, entry: Entry, dates: Sequence[Occurrence]) -> Outcome:
    occurrence, activity = dates[0], entry.activity
    assert activity is not None
    facts = [
        ("chat.where", "place", " ".join(part for part in (activity.place, activity.address) if part)),
        ("chat.for_whom", "who", activity.audience_words),
        ("chat.fee", "fee", activity.fee),
        ("chat.how_to_apply", "how", activity.how_to_apply),
        ("chat.organiser", "who", activity.organiser),
    ]
    lines = [turn.say(key, **{name: value}) for key, name, value in facts if value]
    then = [day_of(later.starts_at, turn.speaks) for later in dates[1:4]]
    if then:
        lines.append(turn.say("chat.later_dates", days=turn.say("chat.and").join(then)))
    key = Key(turn.municipality, entry.id, occurrence.day)
    dated, mine = Dated(entry, occurrence), sign_up.mine(turn, key)
    full = occurrence.full and not sign_ups.offers(dated)  # else the queue is offered, which says so
    notes = [*_notes(turn, occurrence, full=full), *_sign_up_notes(turn, dated, key, mine)]
    notes += [turn.say("chat.source", source=entry.source.title), *_desk(turn, entry)]
    here = Option("", "activities.show", {"e": entry.id, "d": occurrence.day.isoformat()})
    back = Option("", "activities.list")
    buttons, options = sign_up.buttons(turn, dated, key, mine)
    others = [
        Option(
            screens.short(day_of(other.starts_at, turn.speaks)), "activities.show", {**here.fields, "d": str(other.day)}
        )
        for other in dates[1:4]
    ]
    standing = sign_up_cards.standing(phrases(turn.speaks), mine)
    card = Card(
        title=_marked(turn, occurrence, _title(turn, entry, occurrence)),
        heading=_when(turn, occurrence),
        body=tuple(part for part in (standing, answer_text.body(entry, turn.speaks), "\n".join(lines)) if part),
        notes=tuple(notes),
        buttons=buttons,
        choices=(*(other.tap(turn) for other in others), *screens.ways_out(turn, back)),
        numbered=len(options),
    )
    return Outcome([card], screens.offering(options, here, back))


def _full(turn: Turn, one: Dated) -> bool:
    """Whether no place is left, also by what was signed up for here."""
    if not sign_ups.offers(one):
        return one.occurrence.full
    return sign_ups.free(turn.session, Key(turn.municipality, one.entry.id, one.occurrence.day), one) == 0


def _sign_up_notes(turn: Turn, dated: Dated, key: Key, mine: Mine) -> list[str]:
    """How full it is, or who keeps the list of names."""
    activity = dated.entry.activity
    if activity is None or sign_up_rules.refusal(dated.occurrence, turn.now) is not None:
        return []
    if activity.sign_up and not sign_ups.offers(dated):
        return [turn.say("sign_up.own_form_note", organiser=activity.organiser)]
    left = sign_ups.free(turn.session, key, dated) if sign_ups.offers(dated) else None
    if left is None or mine.people:
        return []
    return [turn.say("sign_up.places_left", left=left) if left else turn.say("sign_up.queue_hint")]


def _desk(turn: Turn, entry: Entry) -> list[str]:
    places = districts.listed(turn.session, turn.municipality)
    home_id = turn.resident.home_district_id if turn.resident else None
    own = [place.key for place in places if place.id == home_id]
    contact = desks.find(turn.session, turn.municipality, entry.contact, entry.districts or own)
    return [turn.say("chat.ask_desk", desk="、".join(home.contact_lines(turn, contact)))] if contact else []


def _title(turn: Turn, entry: Entry, occurrence: Occurrence) -> str:
    translation = entry.translations.get(turn.speaks)
    return translation.title if translation and occurrence.title == entry.title else occurrence.title


def _marked(turn: Turn, occurrence: Occurrence, title: str) -> str:
    """【中止】 and its like come first, so that nobody reads on before knowing."""
    if occurrence.state in {"中止", "順延", "変更"}:
        return (
            turn.say(f"chat.state_{ {'中止': 'off', '順延': 'put_off', '変更': 'changed'}[occurrence.state] }") + title
        )
    return title


def _when(turn: Turn, occurrence: Occurrence) -> str:
    starts, ends = occurrence.starts_at, occurrence.ends_at
    if occurrence.all_day:
        return day_of(starts, turn.speaks)
    until = time_of(ends, turn.speaks) if ends.date() == starts.date() else moment_of(ends, turn.speaks)
    return turn.say("chat.from_to", start=moment_of(starts, turn.speaks), end=until)


def _notes(turn: Turn, occurrence: Occurrence, *, full: bool) -> list[str]:
    notes = [occurrence.state_note] if occurrence.state_note else []
    if occurrence.state == "小雨決行":
        notes.append(turn.say("chat.light_rain"))
    if occurrence.called_off:
        return notes
    if full:
        notes.append(turn.say("chat.full"))
    elif occurrence.apply_by is not None:
        key = "chat.apply_over" if occurrence.closed(turn.now) else "chat.apply_by"
        notes.append(turn.say(key, day=day_of(occurrence.apply_by, turn.speaks)))
    return notes
