"""Polls in chat: the card, a vote by tap or number, the longer explanation, results.

No answer is ever repeated: neither state nor message nor log holds a choice beside a resident. What the state
offers are the poll's choices, as the card shows them.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from bot.core.moments import day_of, moment_of
from bot.core.tally import SHOWN_FROM
from bot.line.limits import MAX_FLEX_LABEL
from bot.line.render import Card, Message, Text
from bot.models import Conversation, Poll, Resident
from bot.services import polls
from bot.services.polls import Answer, Vote, VoteResult
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn
from handlers.chat.understood import number

MOST_RESULTS = 9


class PollHandler:
    """Everything about polls; also a bare number that answers the invitation which arrived last."""

    def wants(self, turn: Turn) -> bool:
        return turn.action.startswith("poll.") or _invited(turn) is not None

    def handle(self, turn: Turn) -> Outcome:
        invited = _invited(turn)
        if invited is not None:
            return _typed(turn, invited)
        if turn.action == "poll.result" and not turn.fields.get("poll"):
            return _results(turn)
        poll = polls.find(turn.session, turn.municipality, _whole(turn.fields.get("poll")))
        if poll is None or poll.state in ("draft", "cancelled"):
            return screens.plain(turn, "poll.gone")
        return _button(turn, poll)


def _button(turn: Turn, poll: Poll) -> Outcome:
    match turn.action:
        case "poll.vote":
            return _vote(turn, poll, _whole(turn.fields.get("choice")))
        case "poll.more":
            return _more(turn, poll)
        case "poll.result":
            return Outcome([_result(turn, turn.session, poll)])
        case _:
            return _show(turn, poll)


def _invited(turn: Turn) -> Poll | None:
    """The poll that a typed number means because its invitation is newer than our last words to this person."""
    if turn.event.kind != "message/text" or turn.resident is None or number(turn.event.text) is None:
        return None
    conversation = turn.session.get(Conversation, turn.resident.id)
    since = conversation.updated_at if conversation else None
    return polls.latest_invitation(turn.session, turn.resident, since, turn.now)


def _typed(turn: Turn, poll: Poll) -> Outcome:
    chosen = (number(turn.event.text) or 0) - 1
    if not 0 <= chosen < len(polls.choices_of(turn.session, poll)):
        return _show(turn, poll)
    return _vote(turn, poll, chosen)


def _vote(turn: Turn, poll: Poll, choice: int) -> Outcome:
    """The answer goes into the ballot box in the write transaction; what is said depends on what it finds there."""
    box = polls.box_of(turn.context.keystore, poll) if polls.is_open(poll, turn.now) else None
    if box is None:
        return Outcome([_over(turn, turn.session, poll)])

    def write(session: Session, resident: Resident) -> list[Message]:
        line_id = turn.context.sealer.open_id(resident.line_id, turn.municipality)
        return [_said(turn, session, polls.vote(session, box, resident, Answer(poll.id, choice, line_id), turn.now))]

    # A tap leaves the conversation where it was: it may come in the middle of another one.
    typed = turn.event.kind == "message/text"
    return Outcome(state=_offering(turn, poll) if typed else None, write=write, kind="receipt")


def _said(turn: Turn, session: Session, result: VoteResult) -> Message:
    poll = result.poll
    if poll is None:
        return Text(turn.say("poll.gone"), screens.ways_out(turn))
    if result.vote is Vote.CLOSED:
        return _over(turn, session, poll)
    if result.vote is Vote.NO_CHOICE:
        count = len(polls.choices_of(session, poll))
        return Text(turn.say("poll.number", count=count), screens.ways_out(turn))
    key = "poll.thanks" if result.vote is Vote.ACCEPTED else "poll.changed"
    said = turn.say(key, when=moment_of(poll.closes_at, turn.speaks))
    if turn.event.kind == "message/text":  # typed: the poll may have scrolled away
        said = turn.say("poll.typed", question=poll.question) + "\n" + said
    change = turn.tap(turn.say("poll.change"), "poll.show", poll=poll.id)
    return Text(said, (change, *screens.ways_out(turn)))


def _show(turn: Turn, poll: Poll) -> Outcome:
    """The poll itself, as long as it takes answers; afterwards its result."""
    if not polls.is_open(poll, turn.now):
        return Outcome([_over(turn, turn.session, poll)])
    card = polls.invitation(turn.session, turn.context.sealer, poll, turn.speaks)
    taken = turn.say("poll.open", count=poll.participants)
    card = replace(card, notes=(*card.notes, taken), choices=screens.ways_out(turn))
    return Outcome([card], _offering(turn, poll))


def _more(turn: Turn, poll: Poll) -> Outcome:
    """What happens to an answer, told in full; the poll stays what a number means."""
    choices = screens.ways_out(turn)
    if not polls.is_open(poll, turn.now):
        return Outcome([Text(turn.say("poll.about", least=SHOWN_FROM), choices)])
    again = turn.tap(turn.say("poll.answer"), "poll.show", poll=poll.id)
    return Outcome([Text(turn.say("poll.about", least=SHOWN_FROM), (again, *choices))], _offering(turn, poll))


def _over(turn: Turn, session: Session, poll: Poll) -> Message:
    """What an old button finds: when it ended, and its result as far as it may be seen."""
    return _result(turn, session, poll, turn.say("poll.over", day=day_of(poll.closes_at, turn.speaks)))


def _result(turn: Turn, session: Session, poll: Poll, first: str = "") -> Card:
    found = polls.result(poll, polls.choices_of(session, poll))
    seen, body = found.shown, [first]
    match seen.why:
        case "open" if polls.is_open(poll, turn.now):
            body.append(turn.say("poll.open", count=seen.participants))
        case "open":
            body.append(turn.say("poll.counting"))
        case "lost":
            body.append(turn.say("poll.lost"))
        case "few":
            body.append(turn.say("poll.few", count=seen.participants, least=SHOWN_FROM))
        case _:
            rows = zip(found.choices, seen.counts or (), seen.percents, strict=True)
            body.append(turn.say("poll.total", count=seen.participants))
            body += [turn.say("poll.row", label=label, count=count, percent=part) for label, count, part in rows]
    return Card(
        title=found.question,
        heading=turn.say("poll.results"),
        body=tuple(body),
        notes=(turn.say("poll.no_decision"),),
        choices=screens.ways_out(turn),
    )


def _results(turn: Turn) -> Outcome:
    """Polls of my districts that ended in the last 30 days: one is shown at once, of several one is chosen."""
    found = polls.closed_for(turn.session, turn.resident, turn.now)[:MOST_RESULTS] if turn.resident else []
    if not found:
        return screens.plain(turn, "poll.none")
    if len(found) == 1:
        return Outcome([_result(turn, turn.session, found[0])])
    return screens.screen(
        turn,
        title=turn.say("poll.which"),
        body=(turn.say("poll.by_number"),),
        options=[
            Option(screens.short(poll.question, MAX_FLEX_LABEL), "poll.result", {"poll": poll.id}) for poll in found
        ],
        here=Option("", "poll.result"),
    )


def _offering(turn: Turn, poll: Poll) -> dict[str, object]:
    """The poll's choices, so that a number or a choice's words mean them."""
    labels = polls.choices_of(turn.session, poll)
    options = [Option(label, "poll.vote", {"poll": poll.id, "choice": at}) for at, label in enumerate(labels)]
    return screens.offering(options, Option("", "poll.show", {"poll": poll.id}))


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1
