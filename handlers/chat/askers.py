"""答えが載ったら知らせて: a wish under a question that could not be answered, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bot.line.render import Message, Text
from bot.models import Resident
from bot.services import askers, unanswered
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn


def option(turn: Turn, text: str) -> Option:
    """The button for a question that was just put on the staff's list; it carries a mark, no words."""
    mark = unanswered.fingerprint(text)[: unanswered.MARK]
    return Option(turn.say("asker.wish"), "askers.wish", {"q": mark})


class AskersHandler:
    """To be told once when there is an answer: by one tap, taken back by another."""

    def wants(self, turn: Turn) -> bool:
        return turn.action in {"askers.wish", "askers.drop"}

    def handle(self, turn: Turn) -> Outcome:
        mark = turn.fields.get("q", "")
        return _wish(turn, mark) if turn.action == "askers.wish" else _drop(turn, mark)


def _wish(turn: Turn, mark: str) -> Outcome:
    days = turn.context.settings.question_keep_days
    drop = Option(turn.say("asker.drop"), "askers.drop", {"q": mark})
    promised = Text(turn.say("asker.promised", days=days), (drop.tap(turn), *screens.ways_out(turn)))

    def write(session: Session, resident: Resident) -> Sequence[Message]:
        if askers.wish(session, resident, mark, turn.now):
            return [promised]
        return [Text(turn.say("asker.lost"), screens.ways_out(turn))]

    return Outcome([promised], screens.offering((drop,), Option("", "home.menu")), write)


def _drop(turn: Turn, mark: str) -> Outcome:
    def write(session: Session, resident: Resident) -> None:
        askers.take_back(session, resident, mark)

    return Outcome([Text(turn.say("asker.dropped"), screens.ways_out(turn))], {}, write)
