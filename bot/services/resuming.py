"""Going on with a send that stopped: the month's messages were used up, or LINE refused a part of it.

Next month or after buying more; or when the reason of the refusal is gone.

Only batches whose every attempt was surely refused, or that were never tried, are sent, under a new key; what may
have been accepted is never sent again (bot.services.batches). Who left or paused meanwhile drops out as ever.
Pressed at night it goes on in the morning, by the same quiet hours as any send: the row says when
(`Announcement.resumes_at`), and the clock does it then, after the same checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from bot.core import quiet_hours
from bot.core.permissions import Actor
from bot.core.transitions import next_state
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Announcement, AnnouncementBatch
from bot.now import jst
from bot.services import alerts, audit, batches, budget, erasing, polls
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


@dataclass(frozen=True)
class Resumed:
    """To how many people the rest goes, and when: later than now when it was pressed in the quiet hours."""

    people: int
    at: datetime


def goes_at(row: Announcement, now: datetime) -> datetime:
    """When the rest would go out if somebody let it go on now."""
    return now if row.at_once else quiet_hours.earliest(now, row.urgency)


def resume(
    session: Session, row: Announcement, actor: Actor, version: int, now: datetime, real_now: datetime
) -> Resumed:
    """Send the rest, in the quiet hours when they end. The caller commits durably.

    Raises NotAllowedError, ConflictError (changed meanwhile, or nothing is left), BadInputError (still too few
    messages, or its poll is over).
    """
    _need(session, row, actor, now)
    next_state(row.state, "resume")
    people, at = waiting(session, row), goes_at(row, now)
    _check(session, row, people, at)
    session.flush()
    if at > now:
        _move(session, row, version, resumes_at=at)
    else:
        _go_on(session, row, version, real_now)
    details = {"recipients": people, "at": jst(at).isoformat()}
    audit.record(session, row.municipality_id, actor, "announcement.resume", f"announcement:{row.id}", now, details)
    return Resumed(people, at)


def call_back(session: Session, row: Announcement, actor: Actor, version: int, now: datetime) -> None:
    """What was to go on in the morning stays stopped. Raises NotAllowedError, ConflictError."""
    _need(session, row, actor, now)
    if row.resumes_at is None:
        raise ConflictError("続きを送る予定は、ありません。もう送り始めたか、ほかの人が取り消しました。")
    _move(session, row, version, resumes_at=None)
    audit.record(session, row.municipality_id, actor, "announcement.call_back", f"announcement:{row.id}", now)


def due(session: Session, now: datetime) -> list[int]:
    """Stopped sends that are to go on by now."""
    wanted = select(Announcement.id).where(Announcement.state == "stopped", Announcement.resumes_at <= now)
    return list(session.scalars(wanted.order_by(Announcement.resumes_at, Announcement.id)))


def go_on(session: Session, announcement_id: int, now: datetime, real_now: datetime) -> bool:
    """The clock's part: what was pressed at night, now that it is day. False: it stays stopped, and staff are told.

    Raises ConflictError when somebody changed it in this moment. The caller commits durably.
    """
    row = session.get_one(Announcement, announcement_id, populate_existing=True)
    if row.state != "stopped" or row.resumes_at is None or goes_at(row, now) > now:
        return False  # at night again: the clock was dead all day
    try:
        _check(session, row, waiting(session, row), now)
    except (BadInputError, ConflictError) as error:
        _move(session, row, row.version, resumes_at=None, comment=error.message[:400])
        text = f"「{row.title}」の続きを送れませんでした。{error.message}"
        alerts.raise_alert(session, row.municipality_id, "refused", text[:300], now, f"announcement:{row.id}")
        return False
    _go_on(session, row, row.version, real_now)
    return True


def _go_on(session: Session, row: Announcement, version: int, real_now: datetime) -> None:
    state = next_state(row.state, "resume")
    _move(session, row, version, state=state, finished_at=None, comment=None, resumes_at=None)
    for one in session.scalars(select(AnnouncementBatch).where(_unsent(row.id)).order_by(AnnouncementBatch.id)):
        batches.start_anew(one)
        one.next_try_at, one.attempts, one.error, one.status = real_now, 0, None, None
    session.flush()
    alerts.clear_alert(session, row.municipality_id, "quota")
    alerts.clear_alert(session, row.municipality_id, "dead_letter", f"announcement:{row.id}")


def _move(session: Session, row: Announcement, version: int, **values: Any) -> None:
    """By one UPDATE that names the state and version it was decided on."""
    moved = session.execute(
        update(Announcement)
        .where(Announcement.id == row.id, Announcement.state == row.state, Announcement.version == version)
        .values(version=version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if _number(moved) != 1:
        raise ConflictError("このお知らせは、ほかの人が変えました。もう一度開いて、いまの内容を確かめてください。")
    session.refresh(row)


def _need(session: Session, row: Announcement, actor: Actor, now: datetime) -> None:
    if not may_resume(session, row, actor, now):
        raise NotAllowedError("この地区のお知らせを承認できる人だけが、続きを送れます。")


def forget(session: Session, now: datetime) -> int:
    """Recipients of sends that stopped long ago are erased; returns how many batches that were."""
    old = select(Announcement.id).where(Announcement.state == "stopped", Announcement.frozen_at < now - KEEPS)
    kept = and_(AnnouncementBatch.state.in_(UNSENT), AnnouncementBatch.recipients.is_not(None))
    erased = update(AnnouncementBatch).where(kept, AnnouncementBatch.announcement_id.in_(old)).values(recipients=None)
    return erasing.carry_out(session, erased)


def _check(session: Session, row: Announcement, people: int, now: datetime) -> None:
    """Raise ConflictError, BadInputError unless it can go on now."""
    if not people:
        raise ConflictError("続きを送れる人が残っていません。")
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
