"""The menu, the invitation to ask, the desk, and what a bare number or an old button gets."""

from __future__ import annotations

from bot.core import answer_text
from bot.line.render import Card, Message, Open
from bot.services import desks, districts
from bot.services.rich_menus import AREAS
from content.packs_model import Desk
from handlers.chat import screens, voice
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

EXAMPLES = (1, 2, 3)


class HomeHandler:
    """Everything that leads home."""

    def wants(self, turn: Turn) -> bool:
        return turn.action in {"home.menu", "home.quit", "home.number", "home.help", "ask.prompt", "desk.show"}

    def handle(self, turn: Turn) -> Outcome:
        match turn.action:
            case "ask.prompt":
                return _prompt(turn)
            case "desk.show":
                return _desk(turn)
            case "home.quit":
                return menu(turn, turn.say("chat.quit"))
            case "home.number":
                return _number(turn)
            case "home.help":
                return menu(turn, turn.say("chat.help_title"), turn.say("chat.help_body"))
        return menu(turn, turn.say("chat.menu_title"))


class OldButtonHandler:
    """A button that is not ours, or whose conversation no longer exists: the present menu instead."""

    def wants(self, turn: Turn) -> bool:
        return turn.event.kind == "postback" or turn.action != ""

    def handle(self, turn: Turn) -> Outcome:
        return menu(turn, turn.say("chat.old_button"))


class NothingHandler:
    """What is left: empty texts get the invitation to ask; kinds of events that nobody handles get silence."""

    def wants(self, turn: Turn) -> bool:
        del turn
        return True

    def handle(self, turn: Turn) -> Outcome:
        return _prompt(turn) if turn.event.kind.startswith("message/") else Outcome()


def menu(turn: Turn, title: str, body: str = "", before: tuple[Message, ...] = ()) -> Outcome:
    """The six things as a card, for those who do not see the menu below the chat."""
    options = [Option(turn.say(f"menu.{name}"), action) for name, action in AREAS]
    here = Option("", "home.menu")
    card = Card(
        title=title,
        body=(body,) if body else (),
        buttons=tuple(option.tap(turn) for option in options),
        choices=(turn.tap(turn.say("chat.desk"), "desk.show"),),
        numbered=len(options),
    )
    return Outcome([*before, card], screens.offering(options, here))


def contact_lines(turn: Turn, contact: Desk) -> list[str]:
    """A desk in lines: its name, its verified telephone, its hours."""
    number = [turn.say("chat.phone", number=contact.phone)] if contact.phone else []
    return [answer_text.desk_name(contact, turn.speaks), *number, *([contact.hours] if contact.hours else [])]


def _prompt(turn: Turn) -> Outcome:
    """The invitation to ask, with three questions that can be tried."""
    options = [Option(turn.say(f"chat.example_{at}"), "question.example", {"n": at}) for at in EXAMPLES]
    return screens.screen(
        turn,
        title=turn.say("chat.ask_title"),
        body=(turn.say("chat.ask_body"),),
        options=options,
        here=Option("", "ask.prompt"),
        back=Option("", "home.menu") if turn.registered else None,
    )


def _desk(turn: Turn) -> Outcome:
    home = turn.resident.home_district_id if turn.resident else None
    place = districts.by_id(districts.listed(turn.session, turn.municipality), home)
    found = desks.for_district(turn.session, turn.municipality, place.key if place else None)
    lines = ["\n".join(contact_lines(turn, contact)) for contact in found]
    buttons = [
        Open(turn.say("chat.call", name=contact.name)[:40], f"tel:{contact.phone.replace('-', '')}")
        for contact in found
        if contact.phone
    ]
    buttons += [
        Open(turn.say("chat.page", name=contact.name)[:40], contact.url)
        for contact in found
        if contact.url and contact.url.startswith("https://")
    ]
    notes = () if found and all(contact.phone for contact in found) else (turn.say("chat.phone_on_page"),)
    card = Card(
        turn.say("chat.desk_title"),
        tuple(lines),
        notes=notes,
        buttons=(*buttons, turn.tap(turn.say("inquiry.ask_staff"), "inquiry.start")),
        choices=screens.ways_out(turn)[:1],
    )
    return Outcome([card])


def _number(turn: Turn) -> Outcome:
    """A number that stands for no button: the open polls, or the menu."""
    if turn.registered and voice.open_polls(turn):
        return voice.show(turn)
    return menu(turn, turn.say("chat.number_alone"))
