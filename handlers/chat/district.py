"""Takes the answers to "which district": buttons, names that were typed, and locations."""

from __future__ import annotations

from bot.services import districts
from bot.services.districts import Place
from handlers.chat import chooser, questions, registration, settings
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn


class DistrictHandler:
    """A district is being chosen, or somebody without one names one."""

    def wants(self, turn: Turn) -> bool:
        if turn.action:
            return turn.action.startswith("district.")
        if turn.event.kind == "message/location":
            return _purpose(turn) != ""
        if not turn.text or _purpose(turn) == "":
            return False
        return chooser.unsure(turn.text) or bool(_named(turn)) or bool(registration.parts(turn))

    def handle(self, turn: Turn) -> Outcome:
        purpose = turn.fields.get("for") or _purpose(turn) or "home"
        match turn.action:
            case "district.rows":
                return ask(turn, purpose)
            case "district.row":
                return chooser.one_row(turn, purpose, turn.fields.get("row", ""))
            case "district.pick":
                return self._picked(turn, purpose, turn.fields.get("d", ""))
        if turn.event.kind == "message/location":
            return (questions.near(turn) if purpose == "ask" else None) or chooser.near(turn, purpose)
        return self._typed(turn, purpose)

    def _picked(self, turn: Turn, purpose: str, key: str) -> Outcome:
        place = districts.by_key(districts.listed(turn.session, turn.municipality), key)
        if key and place is None:
            return ask(turn, purpose)
        return taken(turn, purpose, place)

    def _typed(self, turn: Turn, purpose: str) -> Outcome:
        if chooser.unsure(turn.text):
            return taken(turn, purpose, None)
        if both := registration.parts(turn):
            return registration.with_question(turn, *both)
        found = _named(turn)
        if len(found) == 1:
            return taken(turn, purpose, found[0])
        here = Option("", "district.rows", {"for": purpose})
        return chooser.few(turn, purpose, found, turn.say("chat.district_alike"), here, (turn.say("chat.alike"),))


def ask(turn: Turn, purpose: str) -> Outcome:
    """The question itself, for each purpose."""
    match purpose:
        case "interest":
            return settings.ask_interest(turn)
        case "ask":
            return questions.ask_district(turn)
    return registration.begin(turn)


def taken(turn: Turn, purpose: str, place: Place | None) -> Outcome:
    """The district is known; None: the whole city."""
    match purpose:
        case "interest":
            return settings.add_interest(turn, place)
        case "ask":
            return questions.with_district(turn, place)
    return registration.chosen(turn, place)


def _named(turn: Turn) -> list[Place]:
    return chooser.typed(turn.text, districts.listed(turn.session, turn.municipality))


def _purpose(turn: Turn) -> str:
    """What a district would be for now: as the state says; without one, who has none yet is registering."""
    if turn.state.get("at") == "district":
        return str(turn.state.get("for", ""))
    return "" if turn.registered or turn.resident is None else "home"
