"""参加する・取り消す・前の日に知らせる: numbers of people only, by tap or by number.

Every button says which date it is about and says what is true now when it is old.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from bot.core import sign_up_rules
from bot.line.limits import MAX_FLEX_LABEL
from bot.line.render import Button, Card, Message, Tap, Text
from bot.models import Resident
from bot.services import sign_up_cards, sign_ups
from bot.services.activities import Dated
from bot.services.sign_ups import Key, Mine, Result
from content.phrases import phrases
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

FIRST_CHOICES = 5
LISTED = 9
LIST = Option("", "activities.list")


class SignUpHandler:
    """Asked, joined, taken back, reminded, listed."""

    def wants(self, turn: Turn) -> bool:
        return turn.action.startswith("sign_up.")

    def handle(self, turn: Turn) -> Outcome:
        if turn.action == "sign_up.mine":
            return _list(turn)
        key = key_of(turn)
        dated = sign_ups.find(turn.session, key, turn.now) if key else None
        if key is None or dated is None:
            return screens.plain(turn, "sign_up.unknown")
        return _ACTS.get(turn.action, _ask)(turn, key, dated)


def key_of(turn: Turn) -> Key | None:
    """The date that a button is about; None when it names none."""
    try:
        return Key(turn.municipality, turn.fields.get("e", ""), date.fromisoformat(turn.fields.get("d", "")))
    except ValueError:
        return None


def buttons(turn: Turn, dated: Dated, key: Key, own: Mine) -> tuple[tuple[Button, ...], list[Option]]:
    """What the resident can do about a date: the buttons, and the first of them as options to choose by number."""
    options: list[Option] = []

    def make(label: str, action: str, of: Key) -> Tap:
        options.append(Option(label, action, _fields(of)))
        return options[-1].tap(turn)

    home = turn.context.settings.public_url
    return tuple(sign_up_cards.buttons(phrases(turn.speaks), make, dated, key, own, turn.now, home)), options


def mine(turn: Turn, key: Key) -> Mine:
    """Where the resident of this turn stands with a date."""
    return sign_ups.mine(turn.session, turn.resident, key) if turn.resident else Mine()


def _fields(key: Key, **more: int) -> dict[str, str | int]:
    return {"e": key.entry, "d": key.day.isoformat(), **more}


def _ask(turn: Turn, key: Key, dated: Dated) -> Outcome:
    """How many people? 1 to 5, then 6 to 10; the number typed is the number of people."""
    refused = sign_up_rules.refusal(dated.occurrence, turn.now)
    own = mine(turn, key)
    if not sign_ups.offers(dated) or (refused and not own.people):
        return screens.plain(turn, f"sign_up.{refused or 'unknown'}")
    say, more = phrases(turn.speaks), turn.fields.get("more", "") == "1"
    numbers = range(FIRST_CHOICES + 1, sign_up_rules.MOST + 1) if more else range(1, FIRST_CHOICES + 1)
    options = [Option(sign_up_cards.people(say, number), "sign_up.join", _fields(key, n=number)) for number in numbers]
    if not more:
        options.append(Option(turn.say("sign_up.more_people"), "sign_up.ask", _fields(key, more=1)))
    return screens.screen(
        turn, title=turn.say("sign_up.ask_title"), options=options, here=Option("", "sign_up.ask", _fields(key)),
        body=(f"{sign_up_cards.title(say, dated)}\n{sign_up_cards.when(say, dated, turn.now)}",),
        notes=(turn.say("sign_up.ask_hint"),), back=_card_of(key),
    )  # fmt: skip


def _card_of(key: Key) -> Option:
    return Option("", "activities.show", _fields(key))


def _then(turn: Turn, key: Key, dated: Dated, own: Mine) -> dict[str, Any]:
    """The state after a change: the numbers stand for the buttons as they will be."""
    return screens.offering(buttons(turn, dated, key, own)[1], _card_of(key), LIST)


def _join(turn: Turn, key: Key, dated: Dated) -> Outcome:
    typed = turn.fields.get("n", "")
    people = int(typed) if typed.isdecimal() and len(typed) < 3 else 0

    def write(session: Session, resident: Resident) -> Sequence[Message]:
        return [_answer(turn, session, resident, key, sign_ups.join(session, resident, key, people, turn.now))]

    after = replace(mine(turn, key), people=max(people, 1))
    return Outcome((), _then(turn, key, dated, after), write, "receipt")


def _answer(turn: Turn, session: Session, resident: Resident, key: Key, result: Result) -> Message:
    """What became of it, and what one can do next."""
    say = phrases(turn.speaks)
    many = sign_up_cards.people(say, result.people)
    if result.dated is None or result.kind in {"closed", "over", "off", "unknown"}:
        return Text(turn.say(f"sign_up.{result.kind}"), screens.ways_out(turn, LIST))
    lines = {
        "joined": [turn.say("sign_up.joined_body", people=many)],
        "waiting": [turn.say("sign_up.waiting_body", people=many, ahead=result.ahead)],
        "changed": [turn.say("sign_up.joined_body", people=many)],
        "no_room": [turn.say("sign_up.joined_body", people=many)],
    }[result.kind]
    if result.kind == "waiting" and result.left:
        lines.append(turn.say("sign_up.waiting_left", left=result.left))
    return _done(turn, session, resident, key, turn.say(f"sign_up.{result.kind}", people=many), lines)


def _done(turn: Turn, session: Session, resident: Resident, key: Key, title: str, lines: Sequence[str] = ()) -> Message:
    """A card that says what is so now, with the date under it and its buttons as they stand after the change."""
    say, dated = phrases(turn.speaks), sign_ups.find(session, key, turn.now)
    assert dated is not None
    shown, options = buttons(turn, dated, key, sign_ups.mine(session, resident, key))
    about = f"{sign_up_cards.title(say, dated)}\n{sign_up_cards.when(say, dated, turn.now)}"
    return Card(title, (*lines, about), buttons=shown, choices=screens.ways_out(turn, LIST), numbered=len(options))


def _really(turn: Turn, key: Key, dated: Dated) -> Outcome:
    """One question before a place is given away."""
    if not mine(turn, key).people:
        return screens.plain(turn, "sign_up.not_in")
    say = phrases(turn.speaks)
    options = [
        Option(turn.say("sign_up.leave_yes"), "sign_up.leave_now", _fields(key)),
        Option(turn.say("sign_up.leave_no"), "activities.show", _fields(key)),
    ]
    about = f"{sign_up_cards.title(say, dated)}\n{sign_up_cards.when(say, dated, turn.now)}"
    return screens.screen(
        turn, title=turn.say("sign_up.leave_question"), body=(about,), options=options,
        here=Option("", "sign_up.leave", _fields(key)), back=_card_of(key),
    )  # fmt: skip


def _leave(turn: Turn, key: Key, dated: Dated) -> Outcome:
    def write(session: Session, resident: Resident) -> Sequence[Message]:
        was_in = sign_ups.leave(session, resident, key)
        return [_done(turn, session, resident, key, turn.say("sign_up.gone" if was_in else "sign_up.not_in"))]

    return Outcome((), _then(turn, key, dated, Mine()), write, "receipt")


def _remind(turn: Turn, key: Key, dated: Dated) -> Outcome:
    wanted = turn.action == "sign_up.remind"

    def write(session: Session, resident: Resident) -> Sequence[Message]:
        said = "remind_gone"
        if wanted:
            said = "reminded" if sign_ups.remind(session, resident, key, turn.now) else "remind_late"
        else:
            sign_ups.forget_reminder(session, resident, key)
        return [_done(turn, session, resident, key, turn.say(f"sign_up.{said}"))]

    after = replace(mine(turn, key), reminded=wanted)
    return Outcome((), _then(turn, key, dated, after), write, "receipt")


def _list(turn: Turn) -> Outcome:
    """Everything this resident is signed up for."""
    here, back = Option("", "sign_up.mine"), Option("", "my_data.show")
    found = sign_ups.all_mine(turn.session, turn.resident, turn.now) if turn.resident else []
    if not found:
        text = Text(turn.say("sign_up.mine_none"), screens.ways_out(turn, back))
        return Outcome([text], screens.offering((), here, back))
    say = phrases(turn.speaks)
    options = [
        Option(screens.short(line(turn, dated), MAX_FLEX_LABEL - 3), "activities.show", _fields(sign_ups.key_of(row)))
        for dated, row in found[:LISTED]
    ]
    lines = [f"{line(turn, dated)} {sign_up_cards.people(say, row.people)}" for dated, row in found]
    return screens.screen(
        turn, title=turn.say("sign_up.mine_title"), body=("\n".join(lines),), options=options, here=here, back=back
    )


def people(turn: Turn, count: int) -> str:
    """1人, 3人."""
    return sign_up_cards.people(phrases(turn.speaks), count)


def line(turn: Turn, dated: Dated) -> str:
    """One date in one line, for lists."""
    say = phrases(turn.speaks)
    return f"{sign_up_cards.when(say, dated, turn.now)} {sign_up_cards.title(say, dated)}"


_ACTS = {
    "sign_up.join": _join,
    "sign_up.leave": _really,
    "sign_up.leave_now": _leave,
    "sign_up.remind": _remind,
    "sign_up.remind_off": _remind,
}
