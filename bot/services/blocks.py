"""Who leaves after a send, in numbers only: within two days, counted at the announcement, nothing kept of anybody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.core import budget_rules
from bot.core.budget_rules import LEFT_WITHIN, Blocks
from bot.models import Announcement, Resident
from bot.services import alerts, budget, ledger

ALERT = "blocks"
WARNING = "「{title}」のあとの2日で、{left}人({percent:.1f}%)がブロックしました。回数、時刻、内容を見直してください。"


def left(session: Session, resident: Resident, now: datetime) -> None:
    """Somebody leaves: counted to what they were told in the two days before. Called before they are gone.

    The moment a send reaches the municipality's percent, staff are told, once.
    """
    ids = ledger.told(session, resident, now - LEFT_WITHIN, now)
    if not ids:
        return
    session.execute(
        update(Announcement)
        .where(Announcement.id.in_(ids))
        .values(left_after=Announcement.left_after + 1)
        .execution_options(synchronize_session=False)
    )
    percent = budget.rule(session, resident.municipality_id)[1]
    for row in session.scalars(
        select(Announcement).where(Announcement.id.in_(ids)).execution_options(populate_existing=True)
    ):
        found = _rate(row, row.left_after, percent)
        if found.warning and not _rate(row, row.left_after - 1, percent).warning:
            text = WARNING.format(title=row.title, left=found.left, percent=found.percent)
            alerts.raise_alert(session, row.municipality_id, ALERT, text[:300], now, f"announcement:{row.id}")


def of(session: Session, row: Announcement) -> Blocks:
    """The share that left after this send, as far as it may be told."""
    return _rate(row, row.left_after, budget.rule(session, row.municipality_id)[1])


def _rate(row: Announcement, people: int, percent: int) -> Blocks:
    return budget_rules.blocks(row.recipients + row.in_digests, people, percent)
