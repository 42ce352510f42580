"""The three questions about an answer, after 役に立った: at most once a month, each by a tap, all may be left out.

The state says which question comes next, so that an old button or a second press counts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from bot.line.render import Message, Text
from bot.models import Resident
from bot.models.entry import RATED
from bot.services import ratings
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

LABELS = {3: "rating.yes", 2: "rating.middle", 1: "rating.no"}


def after(turn: Turn, key: str, outcome: Outcome) -> Outcome:
    """The thanks for 役に立った, and with it the first of the three questions when this month had none yet."""
    if not ratings.may_ask(turn.resident, turn.now):
        return outcome
    inner, month = outcome.write, ratings.month_of(turn.now)

    def write(session: Session, resident: Resident) -> Sequence[Message] | None:
        resident.rating_asked = month
        return inner(session, resident) if inner else None

    asked = _ask(turn, key, 0, turn.say("rating.begin"))
    return replace(asked, write=write)


class RatingsHandler:
    """はい, どちらともいえない, いいえ or 答えない."""

    def wants(self, turn: Turn) -> bool:
        return turn.action in {"ratings.answer", "ratings.skip"}

    def handle(self, turn: Turn) -> Outcome:
        if turn.action == "ratings.skip":
            return Outcome([Text(turn.say("rating.skipped"), screens.ways_out(turn))], {})
        waits = turn.state.get("rating") or {}
        key, question = turn.fields.get("e", ""), turn.fields.get("q", "")
        if waits != {"e": key, "q": question} or question not in RATED:
            return Outcome([Text(turn.say("rating.late"), screens.ways_out(turn))])
        value = int(turn.fields.get("v", "0"))

        def write(session: Session, _resident: Resident) -> None:
            ratings.count(session, turn.municipality, key, {question: value})

        following = RATED.index(question) + 1
        if following < len(RATED):
            return replace(_ask(turn, key, following), write=write)
        return Outcome([Text(turn.say("rating.thanks"), screens.ways_out(turn))], {}, write)


def _ask(turn: Turn, key: str, number: int, before: str = "") -> Outcome:
    question = RATED[number]
    options = [
        Option(turn.say(label), "ratings.answer", {"e": key[:80], "q": question, "v": value})
        for value, label in LABELS.items()
    ]
    options.append(Option(turn.say("rating.skip"), "ratings.skip"))
    text = f"{number + 1}/{len(RATED)} {turn.say(f'rating.{question}')}"
    # What somebody answers does not appear in the chat.
    taps = [turn.tap(one.label, one.action, None, **one.fields) for one in options]
    state = screens.offering(options, Option("", "home.menu"), None, {"rating": {"e": key[:80], "q": question}})
    return Outcome([Text(f"{before}\n\n{text}" if before else text, tuple(taps))], state)
