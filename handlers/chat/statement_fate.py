"""What became of one's own voice: asked by the button on the receipt, which only the writer's telephone has.

The server keeps no list of who wrote what: the button itself names the statement. Taking it back works the same way,
and by LINE's `unsend`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bot.line.render import Card, Message, Text
from bot.models import Resident, Statement
from bot.services import statement_keys, statements
from handlers.chat import screens
from handlers.chat.statements import draft_of, whole
from handlers.chat.turn import Outcome, Turn

ACTIONS = frozenset({"statement.fate", "statement.take_back"})
OVER = ("withdrawn", "hidden")


class StatementFateHandler:
    """この声のいま, and 取り下げる."""

    def wants(self, turn: Turn) -> bool:
        return turn.action in ACTIONS

    def handle(self, turn: Turn) -> Outcome:
        statement_id = whole(turn.fields.get("s")) or 0
        if turn.action == "statement.take_back":
            return _take_back(turn, statement_id)
        row = statements.find(turn.session, turn.municipality, statement_id)
        if row is None:
            return screens.plain(turn, "statement.gone")
        return Outcome([_fate(turn, row)])


def unsent(turn: Turn) -> Outcome:
    """LINE's `unsend`: what was made of the message is withdrawn, silently."""
    taken = turn.event.message_ids
    keys = statement_keys.live(turn.context.keystore, turn.municipality, turn.now) if taken else []
    if turn.resident is None or not keys:
        return Outcome()
    draft = draft_of(turn)
    state: dict[str, object] | None = {} if draft and set(draft.message_ids) & set(taken) else None

    def write(session: Session, _resident: Resident) -> Sequence[Message]:
        for message_id in taken:
            statements.unsend(session, turn.municipality, keys, message_id)
        return []

    return Outcome(state=state, write=write)


def _fate(turn: Turn, row: Statement) -> Card:
    said = [_where(turn, row)]
    if (answer := statements.answer_to(turn.session, row)) is not None:
        said.append(turn.say("statement.answer", text=answer.text))
    back = turn.tap(turn.say("statement.take_back"), "statement.take_back", s=row.id)
    return Card(
        title=turn.say("statement.fate"),
        body=(*([f"「{row.text}」"] if row.text else []), *said),
        buttons=() if row.state in OVER else (back,),
        choices=screens.ways_out(turn),
    )


def _where(turn: Turn, row: Statement) -> str:
    if row.reason is not None and row.state in ("refused", "hidden"):
        return turn.say(f"statement.no_{row.reason}")
    if row.state == "merged":
        shown = statements.shown_instead(turn.session, row)
        return turn.say("statement.told_merged", words=shown.text if shown else "-", text=row.text)
    return turn.say(f"statement.is_{'withdrawn' if row.state in OVER else row.state}")


def _take_back(turn: Turn, statement_id: int) -> Outcome:
    def write(session: Session, _resident: Resident) -> list[Message]:
        before = statements.withdraw(session, turn.municipality, statement_id)
        key = "statement.taken_back_shown" if before in ("approved", "merged") else "statement.taken_back"
        return [Text(turn.say(key), screens.ways_out(turn))]

    return Outcome(write=write)
