"""The age, asked once at the end of a poll that asks for it: five bands and 答えない, by tap or number.

Like an answer it is repeated nowhere: no message, state or log holds a band beside a resident.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from bot.core import age_bands
from bot.core.moments import moment_of
from bot.line.render import Card, Message, Text
from bot.models import Poll, Resident
from bot.services import ballots, poll_ages
from bot.services.ballots import BallotBox
from bot.services.polls import Vote
from handlers.chat import round_tables, screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn


def due(turn: Turn, poll: Poll, box: BallotBox, *, answers: bool = False) -> bool:
    """Whether this resident is to be asked next; `answers`: an answer is on its way into the box."""
    if turn.resident is None or not poll.asks_age:
        return False
    line_id = turn.context.sealer.open_id(turn.resident.line_id, turn.municipality)
    sheet = ballots.sheet_of(turn.session, poll, box, line_id)
    return answers if sheet is None else sheet.age is None and (answers or bool(sheet.answers))


def card(turn: Turn, poll: Poll, said: str) -> Card:
    """The question, after what there was to say on the answer itself."""
    taps = tuple(option.tap(turn) for option in _options(turn, poll))
    return Card(
        title=turn.say("poll_age.question"),
        heading=turn.say("poll.heading"),
        body=(said, turn.say("poll_age.hint")),
        buttons=taps,
        numbered=len(taps),
        choices=screens.ways_out(turn),
    )


def waiting(turn: Turn, poll: Poll) -> dict[str, Any]:
    """The state while the age is asked for: its numbers mean the bands."""
    return screens.offering(_options(turn, poll), Option("", "poll.show", {"poll": poll.id}))


def answer(turn: Turn, poll: Poll, box: BallotBox | None, over: Message) -> Outcome:
    """A band was pressed. `over` is said where the poll takes no more."""
    band = turn.fields.get("a", "")
    if box is None:
        return Outcome([over])

    def write(session: Session, resident: Resident) -> list[Message]:
        line_id = turn.context.sealer.open_id(resident.line_id, turn.municipality)
        age = int(band) if len(band) == 1 and band.isdecimal() and band.isascii() else -1
        result = poll_ages.give(session, box, resident, poll_ages.Given(poll.id, age, line_id), turn.now)
        if result is Vote.CLOSED:
            return [over]
        if result is Vote.NO_CHOICE:
            return [Text(turn.say("poll_age.first"), screens.ways_out(turn))]
        change = turn.tap(turn.say("poll.change"), "poll.show", poll=poll.id)
        said = turn.say("poll_age.thanks", when=moment_of(poll.closes_at, turn.speaks))
        return [Text(said, (*round_tables.word_tap(turn, session, poll), change, *screens.ways_out(turn)))]

    return Outcome(state=screens.offering((), Option("", "poll.show", {"poll": poll.id})), write=write, kind="vote")


def _options(turn: Turn, poll: Poll) -> list[Option]:
    names = [turn.say(f"poll_age.band_{at}") for at in range(len(age_bands.BANDS))]
    return [
        Option(name, "poll.age", {"poll": poll.id, "a": at})
        for at, name in enumerate([*names, turn.say("poll_age.declined")])
    ]
