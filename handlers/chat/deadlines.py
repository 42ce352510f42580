"""締切を知らせて: reminders of a grant's last day, by tap from its answer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bot.core.moments import day_of
from bot.line.render import Message, Tap, Text
from bot.models import Resident
from bot.services import deadlines
from content.packs_model import Entry
from handlers.chat import screens
from handlers.chat.turn import Outcome, Turn, Write


def offered(turn: Turn, entry: Entry) -> tuple[Tap, ...]:
    """The button under a grant's answer, while a reminder would still come."""
    day = deadlines.deadline_of(entry)
    if turn.resident is None or day is None or not deadlines.moments(day, turn.now):
        return ()
    on = deadlines.reminded(turn.session, turn.resident, entry.id)
    label = turn.say("deadline.remind_off" if on else "deadline.remind")
    return (turn.tap(label, "deadline.off" if on else "deadline.remind", e=entry.id),)


class DeadlinesHandler:
    """Asked for, and taken back."""

    def wants(self, turn: Turn) -> bool:
        return turn.action.startswith("deadline.")

    def handle(self, turn: Turn) -> Outcome:
        key = turn.fields.get("e", "")
        if turn.action == "deadline.off":
            return Outcome([_said(turn, turn.say("deadline.off"))], write=_forget(key))
        found = deadlines.find(turn.session, turn.municipality, key, turn.now)
        if found is None:
            return screens.plain(turn, "deadline.none")
        day = deadlines.in_words(found[1], turn.speaks)
        coming = [at for _, at in deadlines.moments(found[1], turn.now)]
        if not coming:
            return screens.plain(turn, "deadline.too_late", day=day)
        when = turn.say("chat.and").join(day_of(at, turn.speaks) for at in coming)

        def write(session: Session, resident: Resident) -> Sequence[Message] | None:
            deadlines.remind(session, resident, key, turn.now)
            return None

        off = turn.tap(turn.say("deadline.remind_off"), "deadline.off", e=key)
        said = Text(turn.say("deadline.set", day=day, when=when), (off, *screens.ways_out(turn)))
        return Outcome([said], write=write)


def _said(turn: Turn, text: str) -> Text:
    return Text(text, screens.ways_out(turn))


def _forget(key: str) -> Write:
    def write(session: Session, resident: Resident) -> None:
        deadlines.forget(session, resident, key)

    return write
