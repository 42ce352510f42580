"""Consent by version: who agreed to an older version is told once what changed, under the next answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from bot.line.limits import MAX_MESSAGES
from bot.line.render import Message, Text
from bot.models import Resident
from bot.services import consents, residents
from handlers.chat import registration, screens
from handlers.chat.turn import Outcome, Turn


class ConsentHandler:
    """分かりました under a new version."""

    def wants(self, turn: Turn) -> bool:
        return turn.action == "consent.accept"

    def handle(self, turn: Turn) -> Outcome:
        def write(session: Session, resident: Resident) -> None:
            residents.consent(resident, turn.now)
            consents.note(session, resident, "register", turn.now, residents.CONSENT_VERSION)

        return Outcome([Text(turn.say("chat.consent_thanks"), screens.ways_out(turn))], None, write)


def with_new_version(turn: Turn, outcome: Outcome) -> Outcome:
    """The outcome, with the new text about what is kept when this resident has not agreed to it yet."""
    resident = turn.resident
    if (
        resident is None
        or not turn.registered
        or resident.consent_version >= residents.CONSENT_VERSION
        or consents.seen(turn.session, resident, "register") >= residents.CONSENT_VERSION
        or not outcome.messages
        or len(outcome.messages) >= MAX_MESSAGES
        or turn.action.startswith(("consent.", "my_data."))
    ):
        return outcome
    card = registration.consent_card(turn)
    accept = turn.tap(turn.say("chat.consent_again"), "consent.accept")
    last = outcome.messages[-1]
    new = replace(card, title=turn.say("chat.consent_again_title"), notes=(), buttons=(accept,), choices=last.choices)
    inner = outcome.write

    def write(session: Session, resident: Resident) -> Sequence[Message] | None:
        consents.note(session, resident, "register", turn.now, residents.CONSENT_VERSION)
        return inner(session, resident) if inner else None

    return replace(outcome, messages=[*outcome.messages[:-1], replace(last, choices=()), new], write=write)
