"""職員に聞く: a one-time link to our own form, receipt numbers and how they stand; never the matter itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from bot.core import receipts
from bot.core.moments import day_of, moment_of
from bot.line.limits import MAX_FLEX_LABEL
from bot.line.render import Card, Message, Open, Text
from bot.models import Inquiry, Municipality, Resident
from bot.services import consents, inquiries, inquiry_links
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

HERE = Option("", "inquiry.list")
SHOWN = 8


class InquiriesHandler:
    """Everything about inquiries, and a receipt number that is typed."""

    def wants(self, turn: Turn) -> bool:
        return turn.action.startswith("inquiry.") or _typed(turn) is not None

    def handle(self, turn: Turn) -> Outcome:
        match turn.action:
            case "inquiry.start":
                return _start(turn)
            case "inquiry.read":
                return _read(turn)
            case "inquiry.resolve":
                return _resolve(turn)
        return _list(turn)


def option(turn: Turn) -> Option:
    """The button 職員に聞く."""
    return Option(turn.say("inquiry.ask_staff"), "inquiry.start")


def export_line(turn: Turn, resident: Resident) -> str:
    """What is held of a resident's inquiries: numbers, days and states, never what was written."""
    found = [_row(turn, one) for one in inquiries.of_resident(turn.session, resident)]
    return turn.say("inquiry.export", value=turn.say("chat.and").join(found) or turn.say("chat.none_yet"))


def _typed(turn: Turn) -> int | None:
    """The inquiry whose receipt number was typed with its letter: a bare row of digits may mean anything."""
    if not turn.text or len(turn.text) > 20:
        return None
    city = turn.session.get_one(Municipality, turn.municipality).name
    return receipts.read(turn.text, city) if turn.text.strip().startswith(city[0]) else None


def _start(turn: Turn) -> Outcome:
    """A fresh link; only its hash is kept, by the transaction that stores this answer."""
    context, token = turn.context, inquiry_links.new_token()
    hours = context.settings.inquiry_link_hours
    url = inquiry_links.form_url(context.settings.public_url, turn.municipality, token)

    def write(session: Session, resident: Resident) -> None:
        inquiry_links.add_form(session, turn.municipality, token, resident.id, turn.speaks, turn.now, hours)
        consents.note(session, resident, "inquiry", turn.now)

    newer = consents.changed(turn.session, turn.resident, "inquiry")
    card = Card(
        turn.say("inquiry.start_title"),
        (*([turn.say("my_data.once_title", version=newer)] if newer else []), turn.say("inquiry.start_body")),
        notes=(turn.say("inquiry.start_note", until=moment_of(turn.now + timedelta(hours=hours), turn.speaks)),),
        buttons=(Open(turn.say("inquiry.open_form"), url),),
        choices=(Option(turn.say("inquiry.status"), HERE.action).tap(turn), *screens.ways_out(turn)),
    )
    return Outcome([card], screens.offering((), Option("", "inquiry.start")), write)


def _list(turn: Turn) -> Outcome:
    """Each receipt number, its day and how it stands; those with an answer can be read."""
    found = _mine(turn)[:SHOWN]
    if not found:
        ask = option(turn)
        said = Text(turn.say("inquiry.list_none"), (ask.tap(turn), *screens.ways_out(turn)))
        return Outcome([said], screens.offering((ask,), HERE))
    readable = [one for one in found if one.answered_at is not None and one.state != "closed"]
    options = [
        Option(
            screens.short(turn.say("inquiry.read_one", number=_number(turn, one)), MAX_FLEX_LABEL),
            "inquiry.read",
            {"i": one.id},
        )
        for one in readable
    ]
    return screens.screen(
        turn, title=turn.say("inquiry.list_title"), body=[_row(turn, one) for one in found],
        options=[*options, option(turn)], here=HERE, back=Option("", "home.menu") if turn.registered else None,
    )  # fmt: skip


def _read(turn: Turn) -> Outcome:
    """A fresh link to one's own inquiry."""
    row = _own(turn)
    if row is None:
        return screens.plain(turn, "inquiry.gone")
    context, token = turn.context, inquiry_links.new_token()
    keeps = inquiry_links.LOOKED_UP_FOR
    url = inquiry_links.answer_url(context.settings.public_url, turn.municipality, token)

    def write(session: Session, _resident: Resident) -> None:
        inquiry_links.add_answer(session, turn.municipality, token, row.id, turn.speaks, turn.now, keeps)

    card = Card(
        turn.say("inquiry.link_title", number=_number(turn, row)),
        (turn.say("inquiry.link_body", hours=int(keeps / timedelta(hours=1))),),
        buttons=(Open(turn.say("inquiry.read"), url),),
        choices=screens.ways_out(turn, HERE),
    )
    return Outcome([card], screens.offering((), HERE, HERE), write)


def _resolve(turn: Turn) -> Outcome:
    """解決した, from the button under an answer. One that is open again says how it stands instead."""
    row = _own(turn)
    if row is None:
        return screens.plain(turn, "inquiry.gone")
    if row.state not in {"answered", "closed"}:
        return _list(turn)
    said: Sequence[Message] = [Text(turn.say("inquiry.resolved", number=_number(turn, row)), screens.ways_out(turn))]

    def write(session: Session, _resident: Resident) -> Sequence[Message] | None:
        now = inquiries.get(session, turn.municipality, row.id, lock=True)
        if now.state in {"answered", "closed"}:
            inquiries.resolve(now, turn.now)
            return None
        return [Text(_row(turn, now), screens.ways_out(turn))]

    return Outcome(said, screens.offering((), HERE), write)


def _mine(turn: Turn) -> Sequence[Inquiry]:
    return inquiries.of_resident(turn.session, turn.resident) if turn.resident else []


def _own(turn: Turn) -> Inquiry | None:
    wanted = turn.fields.get("i")
    return next((one for one in _mine(turn) if str(one.id) == wanted), None)


def _number(turn: Turn, row: Inquiry) -> str:
    return inquiries.number(turn.session, row)


def _row(turn: Turn, row: Inquiry) -> str:
    state = turn.say(f"inquiry.state.{row.state}")
    return turn.say("inquiry.list_row", number=_number(turn, row), day=day_of(row.created_at, turn.speaks), state=state)
