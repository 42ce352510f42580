"""Answering a poll's items: what a typed answer means, which item comes next, several choices one after another.

Like a single choice, nothing that was answered is repeated: how many were chosen is said, not which.
"""

from __future__ import annotations

import re
from typing import Any

from bot.core import poll_items
from bot.core.poll_items import Given, Item
from bot.line.render import Text
from bot.models import Poll
from bot.services import ballots, poll_card
from bot.services.ballots import BallotBox
from content import personal
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Turn
from handlers.chat.understood import fold, number

_NUMBERS = re.compile(r"[0-9]{1,2}(?:(?:番|ばん)?[\s,、.・と-]+[0-9]{1,2})*(?:番|ばん)?")
_WHOLE = re.compile(r"([0-9]{1,6})\D{0,4}")
TYPED = ("multiple", "ranking", "number", "text")  # what is answered by typing more than one number


def asked_for(turn: Turn) -> bool:
    """Whether an item waits for what is typed now: words, a number, or several numbers."""
    asking = turn.state.get("asking")
    if not asking or turn.event.kind != "message/text" or turn.resident is None:
        return False
    # A number is taken for a button's by those who read texts first; here it is the answer itself.
    return not turn.action or turn.action == "home.number"


def read(turn: Turn, item: Item) -> tuple[Given | None, str]:
    """What a typed text answers to an item; None and a word on how to answer, when it does not."""
    text = fold(turn.event.text)
    match item.kind:
        case "text":
            said = personal.sendable(turn.event.text.strip(), poll_items.MAX_TEXT + 1)
            too_long = len(said) > poll_items.MAX_TEXT
            return (None, mend(turn, item)) if too_long or not said else ({"text": said}, "")
        case "number":
            found = _WHOLE.fullmatch(text)
            given: Given | None = int(found[1]) if found else None
        case "multiple" | "ranking":
            chosen = [int(one) - 1 for one in re.findall("[0-9]+", text)] if _NUMBERS.fullmatch(text) else []
            given = tuple(dict.fromkeys(chosen)) or None
        case _:
            chosen_one = number(turn.event.text)
            given = (chosen_one - 1,) if chosen_one else None
    if given is None or not poll_items.fits(item, given):
        return None, mend(turn, item)
    return given, ""


def mend(turn: Turn, item: Item) -> str:
    """How an answer to this item is given, after one that was none."""
    match item.kind:
        case "text":
            return turn.say("poll_item.too_long", most=poll_items.MAX_TEXT)
        case "number":
            return turn.say("poll_item.not_number", low=item.low, high=item.high)
        case "ranking":
            return turn.say("poll_item.too_many", most=min(poll_items.MAX_RANKED, len(item.choices)))
        case _:
            return turn.say("poll.number", count=len(item.choices))


def coming(
    turn: Turn, poll: Poll, box: BallotBox, items: tuple[Item, ...], at: int, given: Given | None = None
) -> int | None:
    """The item after `at` that this resident is asked, when this has been answered."""
    answers = _answers(turn, poll, box)
    if given is not None:
        single = isinstance(given, int) and 0 <= at < len(items) and items[at].kind in poll_items.CHOOSING
        answers[at] = (given,) if single and isinstance(given, int) else given
    return poll_items.coming(items, answers, at)


def before(turn: Turn, poll: Poll, box: BallotBox, items: tuple[Item, ...], at: int) -> int | None:
    """The item before `at` that this resident is asked."""
    return max((one for one in poll_items.asked(items, _answers(turn, poll, box)) if one < at), default=None)


def way_back(poll: Poll, at: int) -> Option | None:
    """Where もどる leads from an item: to the one before it."""
    return Option("", "poll.back", {"poll": poll.id, "item": at}) if at else None


def _answers(turn: Turn, poll: Poll, box: BallotBox) -> dict[int, Given]:
    if turn.resident is None:
        return {}
    line_id = turn.context.sealer.open_id(turn.resident.line_id, turn.municipality)
    sheet = ballots.sheet_of(turn.session, poll, box, line_id)
    return dict(sheet.answers) if sheet else {}


def waiting(turn: Turn, poll: Poll, items: tuple[Item, ...], at: int | None) -> dict[str, Any]:
    """The state while an item waits: its choices by number or words, or that something is to be typed."""
    here = Option("", "poll.show", {"poll": poll.id})
    if at is None:
        return screens.offering((), here)
    item = items[at]
    if item.kind in TYPED:
        return screens.offering((), here, way_back(poll, at), {"asking": [poll.id, at]})
    labels = item.words(turn.speaks).choices
    fields = {"poll": poll.id, "item": at} if at else {"poll": poll.id}
    options = [Option(label, "poll.vote", {**fields, "choice": place}) for place, label in enumerate(labels)]
    if item.may_pass:
        options += [
            Option(turn.say(f"poll_item.{name}"), "poll.vote", {**fields, "choice": key})
            for key, name in zip(poll_card.PASSES, ("unknown", "declined"), strict=True)
        ]
    return screens.offering(options, here, way_back(poll, at))


def picked(turn: Turn, poll: Poll, items: tuple[Item, ...], at: int, given: tuple[int, ...]) -> Text:
    """One more of several was chosen: how many now, and the ways on."""
    key = "poll_item.ranked" if items[at].kind == "ranking" else "poll_item.picked"
    decide = turn.tap(turn.say("poll_item.decide"), "poll.done", None, poll=poll.id, item=at)
    again = turn.tap(turn.say("poll_item.again"), "poll.again", None, poll=poll.id, item=at)
    return Text(turn.say(key, count=len(given)), (decide, again, *screens.ways_out(turn)))
