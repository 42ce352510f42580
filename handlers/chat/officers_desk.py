"""What the officers' conversations share: who is behind the telephone, and whether a button still holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.line.render import Card, Message, Text
from bot.models import Resident
from bot.services import officer_links
from bot.services.officer_cards import Desk
from bot.services.officer_links import Officer
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

HOME: Final = Option("", "officer.home")
NOT_LINKED: Final = (
    "このボタンは、役員・職員の人のものです。このLINEは、いまアカウントとつながっていません。"
    "管理画面の「自分のLINEとつなぐ」で、つなぎなおせます。"
)
GONE: Final = (
    "このボタンは、もう使えません(1日で終わります)。「承認待ち」か「雨の日の連絡」から、開きなおしてください。"
)
NO_ROLE: Final = "いまは、この操作をする役割がありません。"


def behind(turn: Turn) -> Officer | None:
    """The linked officer, with today's roles."""
    return officer_links.officer(turn.session, turn.resident, turn.now)


def again(session: Session, resident: Resident, turn: Turn) -> Officer:
    """The same inside the write transaction: link and roles as they are now. Raises NotAllowedError."""
    officer = officer_links.officer(session, resident, turn.now)
    if officer is None:
        raise NotAllowedError(NO_ROLE)
    return officer


def acted(turn: Turn, officer: Officer, refused: str, act: Callable[[Session, Officer], Message]) -> Outcome:
    """An act of an officer, in the transaction that stores its answer; when it is refused nothing of it stays."""

    def write(session: Session, resident: Resident) -> list[Message]:
        try:
            with session.begin_nested():
                return [act(session, again(session, resident, turn))]
        except (BadInputError, ConflictError, NotAllowedError, NotFoundError) as error:
            return [said(turn, f"{refused}{error.message}", officer)]

    return Outcome([], screens.offering((), HOME, Option("", "home.menu")), write)


def desk_of(turn: Turn, officer: Officer) -> Desk:
    """What this officer's cards are made with."""
    return Desk(turn.context, turn.municipality, officer.staff.id, turn.now)


def good(turn: Turn, officer: Officer) -> bool:
    """Whether a button was made for this person and has not ended."""
    end, whose = number(turn, "x"), number(turn, "s")
    return whose == officer.staff.id and end is not None and turn.now.timestamp() < end


def number(turn: Turn, name: str) -> int | None:
    """A field of the button that has to be a number."""
    value = turn.fields.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else None


def plain(turn: Turn, text: str, officer: Officer | None = None) -> Outcome:
    """A sentence, with the way back to the officers' menu."""
    if officer is None:
        return Outcome([Text(text, screens.ways_out(turn))])
    return Outcome([said(turn, text, officer)], screens.offering((), HOME, Option("", "home.menu")))


def said(turn: Turn, text: str, officer: Officer) -> Card:
    """The same as a card."""
    buttons = (desk_of(turn, officer).tap("役員のメニュー", "officer.home"),)
    return Card("", (text,), buttons=buttons, choices=screens.ways_out(turn), alt=text)
