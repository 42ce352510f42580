"""The day's summary for one person: counts, receipt numbers and links to the console; never what anybody wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.core import receipts
from bot.core.moments import day_of
from bot.core.permissions import Actor
from bot.line.render import Button, Card, Open
from bot.models import Municipality
from bot.services import (
    approval,
    inquiry_desk,
    moderation,
    rain_plans,
    round_table_reminders,
    unanswered,
)
from bot.services.inquiry_desk import Wanted
from bot.services.officer_cards import Desk

MOST_NUMBERS = 5


@dataclass(frozen=True)
class Summary:
    """What waits for one person now. `receipts` are the numbers of the oldest inquiries."""

    to_approve: int = 0
    to_decide: int = 0
    inquiries: int = 0
    late: int = 0
    receipts: tuple[str, ...] = ()
    voices: int = 0
    rounds: int = 0
    questions: int = 0

    @property
    def nothing(self) -> bool:
        return self == Summary()

    def lines(self) -> list[str]:
        """One line for each kind of thing that waits."""
        found = []
        if self.to_approve:
            found.append(f"承認待ち: {self.to_approve}件")
        if self.to_decide:
            found.append(f"雨の日の連絡(決める日が近いもの): {self.to_decide}件")
        if self.inquiries:
            late = f"、約束の日を過ぎたもの{self.late}件" if self.late else ""
            numbers = f"\n受付番号 {'、'.join(self.receipts)}" if self.receipts else ""
            found.append(f"返事を待っている相談: {self.inquiries}件{late}{numbers}")
        if self.voices:
            found.append(f"確認を待っている声: {self.voices}件")
        if self.rounds:
            found.append(f"円卓会議と、回ってきた声: {self.rounds}件")
        if self.questions:
            found.append(f"答えられなかった質問: {self.questions}件")
        return found


def of(session: Session, municipality: str, actor: Actor, now: datetime, promise_days: int) -> Summary:
    """The same counts as the console's first page, by the same rules."""
    inquiries = inquiry_desk.waiting(session, municipality, actor, now, promise_days)
    return Summary(
        to_approve=len(approval.waiting_for(session, municipality, actor, now)),
        to_decide=len(rain_plans.to_decide(session, municipality, actor, now)),
        inquiries=inquiries.all,
        late=inquiries.late,
        receipts=_numbers(session, municipality, actor, now) if inquiries.all else (),
        voices=moderation.queue(session, municipality, actor, now).count,
        rounds=len(round_table_reminders.waiting(session, municipality, actor, now)),
        questions=unanswered.open_count(session, municipality, actor, now),
    )


def card(summary: Summary, desk: Desk) -> Card:
    """The summary in LINE."""
    lines = summary.lines() or ["いま、待っているものはありません。"]
    buttons: list[Button] = [
        *([desk.tap("承認待ちを見る", "officer.waiting")] if summary.to_approve else []),
        *([desk.tap("雨の日の連絡", "officer.rain")] if summary.to_decide else []),
        Open("管理画面を開く", desk.page("")),
    ]
    return Card("きょうのまとめ", tuple(lines), day_of(desk.now), buttons=tuple(buttons))


def _numbers(session: Session, municipality: str, actor: Actor, now: datetime) -> tuple[str, ...]:
    city = session.get_one(Municipality, municipality).name
    rows = sorted(inquiry_desk.listing(session, municipality, actor, now, Wanted()), key=lambda row: row.waiting_since)
    return tuple(receipts.number(city, row.id) for row in rows[:MOST_NUMBERS])
