"""What staff look at when something is stuck: parked events, messages LINE refused, signs of life, alerts.

Only kinds, times and errors: what a resident wrote is never shown here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from bot.core.permissions import Actor
from bot.errors import ConflictError, NotFoundError
from bot.models import Alert, Announcement, AnnouncementBatch, Channel, Heartbeat, InboxEvent, OutboxMessage
from bot.services import audit

TROUBLED = ("dead", "unknown", "dropped")


@dataclass(frozen=True)
class Undelivered:
    """Messages to single residents that ended the same way, counted."""

    state: str
    error: str
    count: int
    last_at: datetime


@dataclass(frozen=True)
class StuckBatch:
    """A batch of an announcement that LINE refused or never answered."""

    batch: AnnouncementBatch
    announcement: Announcement


def parked(session: Session, municipality: str) -> Sequence[InboxEvent]:
    """Events set aside after three failures, newest first."""
    query = (
        select(InboxEvent)
        .where(InboxEvent.municipality_id == municipality, InboxEvent.state == "parked")
        .order_by(InboxEvent.received_at.desc())
        .limit(100)
    )
    return session.scalars(query).all()


def retry(session: Session, municipality: str, event_id: int, actor: Actor, now: datetime) -> None:
    """Let a parked event wait again. Raises NotFoundError, or ConflictError when its body is gone (72 h)."""
    row = _parked(session, municipality, event_id)
    if row.body is None:
        raise ConflictError("預かる期間(72時間)を過ぎ、内容を消したため、もう一度は試せません。")
    row.state, row.attempts, row.next_try_at, row.error = "waiting", 0, None, None
    audit.record(session, municipality, actor, "inbox.retry", f"inbox_event:{row.id}", now)


def drop(session: Session, municipality: str, event_id: int, actor: Actor, now: datetime) -> None:
    """Give a parked event up; its body is erased. Raises NotFoundError."""
    row = _parked(session, municipality, event_id)
    row.state, row.body = "skipped", None
    audit.record(session, municipality, actor, "inbox.drop", f"inbox_event:{row.id}", now)


def undelivered(session: Session, municipality: str) -> list[Undelivered]:
    """Messages to single residents that did not surely arrive, by outcome and error."""
    query = (
        select(OutboxMessage.state, OutboxMessage.error, func.count(), func.max(OutboxMessage.created_at))
        .where(OutboxMessage.municipality_id == municipality, OutboxMessage.state.in_(TROUBLED))
        .group_by(OutboxMessage.state, OutboxMessage.error)
        .order_by(func.max(OutboxMessage.created_at).desc())
        .limit(50)
    )
    return [Undelivered(state, error or "", number, last) for state, error, number, last in session.execute(query)]


def stuck_batches(session: Session, municipality: str) -> list[StuckBatch]:
    """Batches of announcements that ended dead or unknown, newest announcement first."""
    query = (
        select(AnnouncementBatch, Announcement)
        .join(Announcement, Announcement.id == AnnouncementBatch.announcement_id)
        .where(AnnouncementBatch.municipality_id == municipality, AnnouncementBatch.state.in_(("dead", "unknown")))
        .order_by(Announcement.id.desc(), AnnouncementBatch.position)
        .limit(100)
    )
    return [StuckBatch(batch, announcement) for batch, announcement in session.execute(query)]


def batches_of(session: Session, announcement_id: int) -> Sequence[AnnouncementBatch]:
    """The batches of one announcement in their order, without their recipients."""
    query = select(AnnouncementBatch).where(AnnouncementBatch.announcement_id == announcement_id)
    query = query.options(defer(AnnouncementBatch.recipients, raiseload=True))
    return session.scalars(query.order_by(AnnouncementBatch.position)).all()


def heartbeats(session: Session) -> Sequence[Heartbeat]:
    """When each recurring job last ran to its end."""
    return session.scalars(select(Heartbeat).order_by(Heartbeat.name)).all()


def channel(session: Session, municipality: str) -> Channel | None:
    """The municipality's LINE channel, for its quota; never its secrets."""
    return session.get(Channel, municipality)


def alerts(session: Session, municipality: str) -> Sequence[Alert]:
    """Open matters, the latest first."""
    return session.scalars(
        select(Alert).where(Alert.municipality_id == municipality).order_by(Alert.last_at.desc())
    ).all()


def clear_alert(session: Session, municipality: str, alert_id: int, actor: Actor, now: datetime) -> None:
    """Somebody has seen to it. Clearing one that is gone already is no error; another municipality's is not found."""
    row = session.get(Alert, alert_id)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("この知らせは、もう片づいています。")
    audit.record(session, municipality, actor, "alert.clear", f"alert:{row.id}", now, {"kind": row.kind})
    session.delete(row)


def _parked(session: Session, municipality: str, event_id: int) -> InboxEvent:
    row = session.get(InboxEvent, event_id, with_for_update=True)
    if row is None or row.municipality_id != municipality or row.state != "parked":
        raise NotFoundError("この件は、もう片づいています。")
    return row
