"""Approving in LINE: the preview and the facts, yes, back with a reason, and taking an approval back in time."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from bot.core import officer_rules
from bot.errors import ConflictError, NotFoundError
from bot.line.render import Card, Message
from bot.models import Announcement, RainPlan
from bot.services import announcements, approval, officer_cards, rain_plans
from bot.services.approval import Waiting
from bot.services.officer_links import Officer
from handlers.chat import screens
from handlers.chat.officers_desk import GONE, acted, desk_of, number, plain, said
from handlers.chat.screens import Fields, Option
from handlers.chat.turn import Outcome, Turn

REASONS: Final = (
    "日付・時刻を確かめてください",
    "場所を確かめてください",
    "届く地区を確かめてください",
    "文を短くしてください",
)
AWAITED: Final = "officer_return"  # in the conversation's state: what a reason is awaited for


def awaits_reason(turn: Turn) -> bool:
    """Whether the last thing asked of this person was why something is returned."""
    return AWAITED in turn.state


def handle(turn: Turn, officer: Officer, action: str) -> Outcome:
    """One of this module's presses, checked already for person and age."""
    if action == "officer.reason":
        return _send_back(turn, officer, turn.state[AWAITED], turn.text.strip())
    if action == "officer.undo":
        return _undo(turn, officer)
    row, at = _row(turn), number(turn, "r")
    if row is not None and action == "officer.returned" and at is not None and at < len(REASONS):
        return _send_back(turn, officer, dict(turn.fields), REASONS[at])
    acts = {"officer.show": show, "officer.approve": _approve, "officer.return": _ask_why}
    return acts[action](turn, officer, row) if row is not None and action in acts else plain(turn, GONE, officer)


def fields(turn: Turn, officer: Officer, row: Waiting) -> Fields:
    """What names something in a button that can also be chosen by number."""
    end = int((turn.now + officer_rules.BUTTON_KEEPS).timestamp())
    return {"k": officer_cards.kind_of(row), "i": row.id, "v": row.version, "s": officer.staff.id, "x": end}


def show(turn: Turn, officer: Officer, row: Waiting) -> Outcome:
    """The very cards residents will get, and the two buttons."""
    if why := _closed(turn, officer, row):
        return plain(turn, why, officer)
    cards = officer_cards.to_approve(turn.session, desk_of(turn, officer), row)
    options = [
        Option("承認する", "officer.approve", fields(turn, officer, row)),
        Option("差し戻す", "officer.return", fields(turn, officer, row)),
    ]
    here = Option("", "officer.show", fields(turn, officer, row))
    return Outcome(cards, screens.offering(options, here, Option("", "officer.waiting")))


def _approve(turn: Turn, officer: Officer, row: Waiting) -> Outcome:
    kind, number_, version = officer_cards.kind_of(row), row.id, number(turn, "v") or 0

    def act(session: Session, now_officer: Officer) -> Message:
        found = approval.get(session, turn.municipality, kind, number_)
        return _approved(turn, session, now_officer, found, version)

    return acted(turn, officer, "承認できませんでした。", act)


def _approved(turn: Turn, session: Session, officer: Officer, row: Waiting, version: int) -> Card:
    if row.approver_id == officer.staff.id:  # a second press of the same button
        return _done(turn, officer, row)
    if isinstance(row, RainPlan):
        rain_plans.approve(session, row, officer.actor, version, turn.now)
    else:
        announcements.approve(session, row, officer.actor, version, turn.now, sealer=turn.context.sealer)
    return _done(turn, officer, row)


def _done(turn: Turn, officer: Officer, row: Waiting) -> Card:
    if isinstance(row, Announcement):
        return officer_cards.approved(desk_of(turn, officer), row)
    return said(turn, "承認しました。決める時刻になったら、決める人が選んで送ります。", officer)


def _ask_why(turn: Turn, officer: Officer, row: Waiting) -> Outcome:
    if why := _closed(turn, officer, row):
        return plain(turn, why, officer)
    values = fields(turn, officer, row)
    return screens.screen(
        turn,
        title="どこを直せばよいですか",
        body=("えらぶか、そのまま書いて送ってください。書いた人に見えます。",),
        options=[Option(reason, "officer.returned", {**values, "r": at}) for at, reason in enumerate(REASONS)],
        here=Option("", "officer.return", values),
        back=Option("", "officer.waiting"),
        state={AWAITED: {name: str(value) for name, value in values.items()}},
    )


def _send_back(turn: Turn, officer: Officer, asked: dict[str, Any], reason: str) -> Outcome:
    ended = turn.now.timestamp() >= float(asked.get("x", 0))
    if ended or asked.get("s") != str(officer.staff.id):
        return plain(turn, GONE, officer)

    def act(session: Session, now_officer: Officer) -> Message:
        row = approval.get(session, turn.municipality, asked["k"], int(asked["i"]))
        if str(row.version) != asked["v"]:
            raise ConflictError("そのあとで変わりました。「承認待ち」から、いまの内容を確かめてください。")
        if isinstance(row, RainPlan):
            rain_plans.send_back(session, row, now_officer.actor, reason, turn.now)
        else:
            announcements.send_back(session, row, now_officer.actor, reason, turn.now)
        return said(turn, "書いた人に戻しました。", officer)

    return acted(turn, officer, "差し戻せませんでした。", act)


def _undo(turn: Turn, officer: Officer) -> Outcome:
    """取り消す, until it goes out."""
    number_, version = number(turn, "i"), number(turn, "v")
    if number_ is None or version is None:
        return plain(turn, GONE, officer)

    def act(session: Session, now_officer: Officer) -> Message:
        row = announcements.get(session, turn.municipality, number_)
        announcements.take_back(session, row, now_officer.actor, version, turn.now)
        return said(turn, f"取り消しました。「{row.title}」は送られません。書いた人が直せます。", officer)

    return acted(turn, officer, "取り消せませんでした。", act)


def _closed(turn: Turn, officer: Officer, row: Waiting) -> str | None:
    """Why it is not waiting for this person."""
    if why := approval.why_not(turn.session, row, officer.actor, turn.now):
        return why
    return None if row.state == "submitted" else "いまは、承認を待っていません。"


def _row(turn: Turn) -> Waiting | None:
    number_ = number(turn, "i")
    if number_ is None:
        return None
    try:
        return approval.get(turn.session, turn.municipality, turn.fields.get("k", ""), number_)
    except NotFoundError:
        return None
