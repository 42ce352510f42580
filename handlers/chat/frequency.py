"""お知らせが届く時: at once, with the morning's or the evening's digest, or once a week; by number or by tap."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.line.render import Text
from bot.models import Resident
from bot.models.resident import FREQUENCIES
from bot.services import digests
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

HERE = Option("", "settings.frequency")
BACK = Option("", "settings.show")


def chosen(turn: Turn) -> str:
    """What is set, in the resident's words."""
    return turn.say(f"frequency.{turn.resident.frequency if turn.resident else 'at_once'}")


def ask(turn: Turn) -> Outcome:
    """The four, explained in one sentence; what always comes at once is said under it."""
    now = turn.resident.frequency if turn.resident else "at_once"
    options = [
        Option(("✓ " if name == now else "") + turn.say(f"frequency.{name}"), "settings.frequency_set", {"f": name})
        for name in FREQUENCIES
    ]
    return screens.screen(
        turn, title=turn.say("frequency.title"), body=(turn.say("frequency.body"),), options=options,
        notes=(turn.say("frequency.always"),), here=HERE, back=BACK,
    )  # fmt: skip


def choose(turn: Turn) -> Outcome:
    """One of the four; what waits for another digest comes with the new one. An old button's unknown word asks anew."""
    name = turn.fields.get("f", "")
    if name not in FREQUENCIES:
        return ask(turn)

    def write(session: Session, resident: Resident) -> None:
        digests.choose(session, resident, name, turn.now)

    said = turn.say("frequency.saved", value=turn.say(f"frequency.{name}"))
    choices = screens.ways_out(turn, BACK)
    return Outcome([Text(f"{said}\n{turn.say('frequency.always')}", choices)], screens.offering((), HERE, BACK), write)
