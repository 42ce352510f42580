"""Going on with a send that stopped: the month's messages were used up, or LINE refused a part of it.

Next month or after buying more; or when the reason of the refusal is gone.

Only batches whose every attempt was surely refused, or that were never tried, are sent, under a new key; what may
have been accepted is never sent again (bot.services.batches). Who left or paused meanwhile drops out as ever.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.core.transitions import next_state
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Announcement, AnnouncementBatch
from bot.now import jst
from bot.services import alerts, audit, batches, budget, polls
from bot.services.announcement_lists import district_ids

UNSENT: Final = ("stopped", "dead")
KEEPS: Final = timedelta(days=45)  # recipients of a stopped send, from its freezing; then it cannot go on


def waiting(session: Session, row: Announcement) -> int:
    """Recipients of a stopped send to whom it can still be sent."""
    if row.state != "stopped" or row.finished_at is None:
        return 0
    query = select(func.coalesce(func.sum(AnnouncementBatch.count), 0)).where(_unsent(row.id))
    return int(session.scalar(query) or 0)


def may_resume(session: Session, row: Announcement, actor: Actor, now: datetime) -> bool:
    """Whether this person could let it go on: who may approve it."""
    return actor.may("announcement.approve", row.municipality_id, jst(now).date(), district_ids(session, row))


def resume(session: Session, row: Announcement, actor: Actor, version: int, now: datetime, real_now: datetime) -> int:
    """Send the rest; returns to how many people. The caller commits durably.

    Raises NotAllowedError, ConflictError (changed meanwhile, or nothing is left), BadInputError (still too few
    messages, or its poll is over).
    """
    if not may_resume(session, row, actor, now):
        raise NotAllowedError("この地区のお知らせを承認できる人だけが、続きを送れます。")
    state = next_state(row.state, "resume")
    people = waiting(session, row)
    if not people:
        raise ConflictError("続きを送れる人が残っていません。")
    _check(session, row, people, now)
    session.flush()
    moved = session.execute(
        update(Announcement)
        .where(Announcement.id == row.id, Announcement.state == row.state, Announcement.version == version)
        .values(state=state, version=version + 1, finished_at=None, comment=None)
        .execution_options(synchronize_session=False)
    )
    if _number(moved) != 1:
        raise ConflictError("このお知らせは、ほかの人が変えました。もう一度開いて、いまの内容を確かめてください。")
    for one in session.scalars(select(AnnouncementBatch).where(_unsent(row.id)).order_by(AnnouncementBatch.id)):
        batches.start_anew(one)
        one.next_try_at, one.attempts, one.error, one.status = real_now, 0, None, None
    session.flush()
    session.refresh(row)
    alerts.clear_alert(session, row.municipality_id, "quota")
    alerts.clear_alert(session, row.municipality_id, "dead_letter", f"announcement:{row.id}")
    details = {"recipients": people}
    audit.record(session, row.municipality_id, actor, "announcement.resume", f"announcement:{row.id}", now, details)
    return people


def forget(session: Session, now: datetime) -> int:
    """Recipients of sends that stopped long ago are erased; returns how many batches that were."""
    old = select(Announcement.id).where(Announcement.state == "stopped", Announcement.frozen_at < now - KEEPS)
    kept = and_(AnnouncementBatch.state.in_(UNSENT), AnnouncementBatch.recipients.is_not(None))
    erased = update(AnnouncementBatch).where(kept, AnnouncementBatch.announcement_id.in_(old)).values(recipients=None)
    return _number(session.execute(erased.execution_options(synchronize_session=False)))


def _check(session: Session, row: Announcement, people: int, now: datetime) -> None:
    if row.poll_id is not None and not polls.is_open(polls.get(session, row.municipality_id, row.poll_id), now):
        raise BadInputError("このお知らせのアンケートは終わっているため、続きは送れません。")
    if refused := budget.refusal(session, row, people, now):
        raise BadInputError(refused)


def _unsent(announcement_id: int) -> ColumnElement[bool]:
    """Stopped and refused batches that LINE has surely not accepted, and whose recipients are still known."""
    batch = AnnouncementBatch
    return and_(
        batch.announcement_id == announcement_id, batch.state.in_(UNSENT), batch.recipients.is_not(None),
        batch.unsure == 0,
    )  # fmt: skip


def _number(result: Any) -> int:
    return int(result.rowcount)
