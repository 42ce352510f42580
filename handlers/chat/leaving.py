"""Leaving: a block or unfollow stops everything at once; a message taken back takes its voice along, without words."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.models import Resident
from bot.services import residents
from handlers.chat.statement_fate import unsent
from handlers.chat.turn import Outcome, Turn


class LeavingHandler:
    """`unfollow` and `unsend`. Nobody is answered: the one cannot hear, the other asked for silence."""

    def wants(self, turn: Turn) -> bool:
        return turn.event.kind in {"unfollow", "unsend"}

    def handle(self, turn: Turn) -> Outcome:
        if turn.event.kind == "unsend":
            return unsent(turn)
        if turn.resident is None:
            return Outcome()

        def write(session: Session, resident: Resident) -> None:
            residents.leave(session, resident, turn.now)

        return Outcome(write=write)
