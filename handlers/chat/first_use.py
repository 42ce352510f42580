"""かいつう 482913: the word that the console shows in first use; who types it gets the test message."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from bot.line.render import Message, Text
from bot.models import Resident
from bot.services import first_use
from handlers.chat import screens
from handlers.chat.turn import Outcome, Turn

_TYPED: Final = re.compile(rf"\s*(?:{first_use.WORD}|開通)\s*-?\s*([0-9]{{3}})\s*-?\s*([0-9]{{3}})\s*")


class FirstUseHandler:
    """Takes the word with six digits, nothing else; works once."""

    def wants(self, turn: Turn) -> bool:
        return bool(turn.text) and _digits(turn.text) is not None

    def handle(self, turn: Turn) -> Outcome:
        digits = _digits(turn.text) or ""
        over = [Text(turn.say("trial.over"), screens.ways_out(turn))]
        if not first_use.waits_for(turn.session, turn.municipality, digits, turn.now):
            return Outcome(over)

        def write(session: Session, resident: Resident) -> Sequence[Message] | None:
            found = first_use.found_tester(session, turn.municipality, resident.id, digits, turn.now)
            return None if found else over

        return Outcome([Text(turn.say("first_use.found"))], None, write)


def _digits(text: str) -> str | None:
    match = _TYPED.fullmatch(unicodedata.normalize("NFKC", text))
    return match[1] + match[2] if match else None
