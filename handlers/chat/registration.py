"""Befriending: the greeting, what is kept, and the one question, which district. Coming back after a block."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from bot.line.render import Card, Message, Text
from bot.models import Municipality, Resident
from bot.services import consents, districts, residents
from bot.services.districts import Place
from handlers.chat import chooser, home, names, questions, screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn, Write


class FollowHandler:
    """Somebody befriended the bot, or ended a block."""

    def wants(self, turn: Turn) -> bool:
        return turn.event.kind == "follow" or turn.action == "register.ask"

    def handle(self, turn: Turn) -> Outcome:
        if turn.action == "register.ask":
            return begin(turn)
        if turn.registered:
            return self._welcome_back(turn)
        first = begin(turn, before=greeting(turn))
        return Outcome(first.messages, first.state, _is_here(turn))

    def _welcome_back(self, turn: Turn) -> Outcome:
        assert turn.resident is not None
        place = districts.by_id(districts.listed(turn.session, turn.municipality), turn.resident.home_district_id)
        where = names.full(place, turn.speaks) if place else turn.say("chat.whole_city")
        menu = home.menu(turn, turn.say("chat.welcome_back", district=where))
        return Outcome(menu.messages, menu.state, _is_here(turn))


def names_a_district(turn: Turn) -> list[Place]:
    """The districts that a text may mean which does nothing else than name one."""
    return chooser.typed(turn.text, districts.listed(turn.session, turn.municipality)) if turn.text else []


def meet(turn: Turn, named: list[Place]) -> Outcome:
    """Somebody we do not know just wrote the name of a district: greeted, and asked whether it is theirs."""
    here = Option("", "district.rows", {"for": "home"})
    asked = chooser.few(turn, "home", named, turn.say("chat.district_question"), here)
    return Outcome([*greeting(turn), *asked.messages], asked.state)


def begin(turn: Turn, before: tuple[Message, ...] = ()) -> Outcome:
    """The one question."""
    back = Option("", "settings.show") if turn.registered else None
    title = turn.say("chat.district_change" if turn.registered else "chat.district_question")
    return chooser.rows(turn, "home", title, body=(turn.say("chat.district_hint"),), back=back, before=before)


def greeting(turn: Turn) -> tuple[Message, ...]:
    """The first line in all served languages; then what is kept, also by LINE, and what going on means."""
    return Text(turn.say("chat.first_line", city=city_name(turn))), consent_card(turn)


def consent_card(turn: Turn) -> Card:
    """What is kept and what is not; going on agrees to this version of it."""
    return Card(
        title=turn.say("chat.kept_title"),
        body=(turn.say("chat.kept_here"), turn.say("chat.kept_line"), turn.say("chat.kept_never")),
        notes=(turn.say("chat.kept_agree"),),
        alt=turn.say("chat.greeting", city=city_name(turn)),
    )


def chosen(turn: Turn, place: Place | None) -> Outcome:
    """The answer: kept, confirmed, and what can be done now."""
    write = _choose(turn, place)
    where = names.full(place, turn.speaks) if place else turn.say("chat.whole_city")
    if turn.registered:
        menu = home.menu(turn, turn.say("chat.district_changed", district=where))
        return Outcome(menu.messages, menu.state, write)
    title = turn.say("chat.registered" if place else "chat.registered_city", district=where)
    turn = replace(turn, settled=True)
    options = [
        Option(turn.say("chat.can_ask"), "ask.prompt"),
        Option(turn.say("chat.can_activities"), "activities.list"),
        Option(turn.say("chat.can_settings"), "settings.show"),
    ]
    shown = screens.screen(
        turn, title=title, body=(turn.say("chat.can_title"), turn.say("chat.can_announce")), options=options,
        here=Option("", "home.menu"), back=Option("", "register.ask"),
    )  # fmt: skip
    return Outcome(shown.messages, shown.state, write)


def parts(turn: Turn) -> tuple[Place, str] | None:
    """When texts came together, one of them the district and the rest a question: both."""
    lines = [line for line in turn.text.splitlines() if line.strip()]
    if len(lines) < 2 or turn.registered:
        return None
    places = districts.listed(turn.session, turn.municipality)
    for at, line in enumerate(lines):
        found = chooser.typed(line, places)
        if len(found) == 1:
            return found[0], "\n".join(lines[:at] + lines[at + 1 :])
    return None


def with_question(turn: Turn, place: Place, question: str) -> Outcome:
    """The district is kept and the question that came with it is answered first."""
    turn = replace(turn, settled=True)
    answered = questions.answer(turn, question, place)
    first = Text(turn.say("chat.registered", district=names.full(place, turn.speaks)))
    keep = _choose(turn, place)

    def write(session: Session, resident: Resident) -> None:
        keep(session, resident)
        if answered.write:
            answered.write(session, resident)

    return Outcome([first, *answered.messages], answered.state, write, answered.kind)


def city_name(turn: Turn) -> str:
    """The municipality as residents read it: 富士市(見本)."""
    row = turn.session.get(Municipality, turn.municipality)
    return str(row.facts.get("public_name") or row.name) if row else ""


def _choose(turn: Turn, place: Place | None) -> Write:
    def write(session: Session, resident: Resident) -> None:
        residents.choose_home(session, resident, place.id if place else None, turn.now)
        consents.note(session, resident, "register", turn.now, residents.CONSENT_VERSION)

    return write


def _is_here(turn: Turn) -> Write:
    def write(_session: Session, resident: Resident) -> None:
        residents.come_back(resident, turn.now)

    return write
