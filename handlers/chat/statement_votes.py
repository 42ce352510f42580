"""みんなの声に答える: others' statements one at a time, 賛成 / 反対 / わからない・パス, a few in a sitting.

A button carries the statement and how many are left of the sitting, so that it works however old it is; nothing
appears in the chat when it is pressed, and no state or message holds an answer.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from bot.core.statement_rules import SITTING
from bot.errors import NotFoundError
from bot.line.render import Card, Message, Text
from bot.models import Resident, RoundTable, Statement
from bot.services import listening, statement_votes, statements
from bot.services.statement_votes import Next, Vote, VoteBox
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.statements import whole
from handlers.chat.turn import Outcome, Turn

ACTIONS = frozenset({"statement.next", "statement.show", "statement.vote"})
ANSWERS = (("statement.agree", "1"), ("statement.disagree", "-1"), ("statement.pass", "0"))


class StatementVoteHandler:
    """Votes on others' words."""

    def wants(self, turn: Turn) -> bool:
        return turn.action in ACTIONS

    def handle(self, turn: Turn) -> Outcome:
        round_ = _round(turn)
        if turn.resident is None or round_ is None:
            return screens.plain(turn, "statement.votes_over")
        box = None
        if statement_votes.may_vote(turn.session, round_, turn.now):
            box = statement_votes.box_of(turn.session, turn.context.keystore, round_)
        if box is None:
            return screens.plain(turn, "statement.votes_over")
        left = min(whole(turn.fields.get("left")) or SITTING, SITTING)
        match turn.action:
            case "statement.vote":
                return _vote(turn, turn.resident, box, left)
            case "statement.show":
                return _show(turn, box, left)
        return _next(turn, turn.resident, box, left)


def _next(turn: Turn, resident: Resident, box: VoteBox, left: int) -> Outcome:
    """The next statement, or thanks when there is none."""
    found = statement_votes.next_for(turn.session, box, resident, _line_id(turn, resident))
    if found.statement is None:
        return screens.plain(turn, "statement.votes_none")
    card = _card(turn, box, found.statement, min(left, found.left))
    notes = (*card.notes, turn.say("statement.votes_promise"))
    return Outcome([replace(card, notes=notes)], _offering(turn, box, found.statement, left))


def _show(turn: Turn, box: VoteBox, left: int) -> Outcome:
    """One certain statement again, to change one's vote."""
    row = statements.find(turn.session, turn.municipality, whole(turn.fields.get("s")) or 0)
    shown = statements.shown_instead(turn.session, row) if row else None
    if shown is None or shown.round_table_id != box.round_id:
        return screens.plain(turn, "statement.gone")
    return Outcome([_card(turn, box, shown, left)], _offering(turn, box, shown, left))


def _vote(turn: Turn, resident: Resident, box: VoteBox, left: int) -> Outcome:
    """Store the vote; with it comes the next statement, or the end of the sitting."""
    statement_id, answer = whole(turn.fields.get("s")) or 0, turn.fields.get("a", "")
    if answer not in {value for _, value in ANSWERS}:
        return screens.plain(turn, "statement.gone")
    line_id = _line_id(turn, resident)
    found = statement_votes.next_for(turn.session, box, resident, line_id, statement_id)
    after = left - 1 if found.statement is not None else 0

    def write(session: Session, voter: Resident) -> list[Message]:
        result = statement_votes.cast(session, box, voter, Vote(statement_id, int(answer), line_id), turn.now)
        if result in ("closed", "election"):
            return [Text(turn.say("statement.votes_over"), screens.ways_out(turn))]
        if result == "gone":
            said = turn.say("statement.gone")
        else:
            said = turn.say("statement.voted" if result == "accepted" else "statement.vote_changed")
        return _and_on(turn, box, said, found, after, statement_id)

    state = _offering(turn, box, found.statement, after) if found.statement and after else None
    return Outcome(state=state, write=write, kind="vote")


def _and_on(turn: Turn, box: VoteBox, said: str, found: Next, after: int, last: int) -> list[Message]:
    """Thanks, then the next card; at the end of the sitting or of all statements what there is to do."""
    again = turn.tap(turn.say("statement.vote_again"), "statement.show", round=box.round_id, s=last, left=after or 1)
    if found.statement is None:
        return [Text(said + "\n" + turn.say("statement.votes_done"), (again, *screens.ways_out(turn)))]
    if not after:
        on = turn.tap(turn.say("statement.votes_on"), "statement.next", round=box.round_id, left=SITTING)
        more = turn.say("statement.votes_enough", count=found.left)
        return [Text(said + "\n" + more, (on, again, *screens.ways_out(turn)))]
    card = _card(turn, box, found.statement, min(after, found.left))
    return [Text(said), replace(card, choices=(again, *card.choices))]


def _card(turn: Turn, box: VoteBox, row: Statement, left: int) -> Card:
    """One statement with its three answers, which show nothing in the chat."""
    buttons = tuple(
        turn.tap(turn.say(label), "statement.vote", None, round=box.round_id, s=row.id, a=answer, left=left)
        for label, answer in ANSWERS
    )
    return Card(
        title=f"「{row.text}」",
        heading=turn.say("statement.votes_heading"),
        body=(turn.say("statement.votes_left", count=left),),
        notes=(turn.say("statement.by_staff" if row.seed else "statement.by_resident"),),
        buttons=buttons,
        numbered=len(buttons),
        choices=screens.ways_out(turn),
        alt=f"{turn.say('statement.votes_heading')} 「{row.text}」",
    )


def _offering(turn: Turn, box: VoteBox, row: Statement, left: int) -> dict[str, object]:
    """The three answers, so that a number or its words mean them; never which one was given."""
    fields = {"round": box.round_id, "s": row.id, "left": left}
    options = [Option(turn.say(label), "statement.vote", {**fields, "a": answer}) for label, answer in ANSWERS]
    return screens.offering(options, Option("", "statement.show", fields))


def _line_id(turn: Turn, resident: Resident) -> str:
    return turn.context.sealer.open_id(resident.line_id, turn.municipality)


def _round(turn: Turn) -> RoundTable | None:
    try:
        return listening.round_of(turn.session, turn.municipality, whole(turn.fields.get("round")) or 0)
    except NotFoundError:
        return None
