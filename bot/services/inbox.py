"""The inbox's states: leases on sources, waiting events, handled and parked ones. All times here are real time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from bot.models import InboxEvent, SourceLease

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 3
BATCH = 50

Source = tuple[str, bytes]


def take_lease(session: Session, source: Source, owner: str, real_now: datetime) -> bool:
    """Become the only worker of this source for 60 s; False when someone else is."""
    row = session.get(SourceLease, source, with_for_update=True)
    if row is None:
        session.add(SourceLease(municipality_id=source[0], source=source[1], owner=owner, until=real_now + LEASE))
        session.flush()
        return True
    if row.owner != owner and row.until > real_now:
        return False
    row.owner, row.until = owner, real_now + LEASE
    return True


def give_lease_back(session: Session, source: Source, owner: str) -> None:
    """The work is done; a lease that is no longer ours is left alone."""
    session.execute(
        delete(SourceLease).where(
            SourceLease.municipality_id == source[0], SourceLease.source == source[1], SourceLease.owner == owner
        )
    )


def waiting(session: Session, source: Source, real_now: datetime) -> Sequence[InboxEvent]:
    """This source's waiting events, oldest first; an event that pauses after a failure holds back later ones."""
    query = (
        select(InboxEvent)
        .where(
            InboxEvent.state == "waiting", InboxEvent.municipality_id == source[0], InboxEvent.source == source[1]
        )
        .order_by(InboxEvent.event_at, InboxEvent.id)
        .limit(BATCH)
    )
    rows = session.scalars(query).all()
    if rows and rows[0].next_try_at and rows[0].next_try_at > real_now:
        return []
    if rows and rows[0].attempts:
        return rows[:1]
    return [row for row in rows if not row.attempts]


def still_ours(session: Session, source: Source, owner: str, ids: Sequence[int], real_now: datetime) -> bool:
    """Renew the lease inside the write transaction; False when lease or events were taken by someone else."""
    renewed = session.execute(
        update(SourceLease)
        .where(SourceLease.municipality_id == source[0], SourceLease.source == source[1], SourceLease.owner == owner)
        .values(until=real_now + LEASE)
    )
    if renewed.rowcount != 1:  # type: ignore[attr-defined]
        return False
    states = session.scalars(select(InboxEvent.state).where(InboxEvent.id.in_(ids))).all()
    return len(states) == len(ids) and all(state == "waiting" for state in states)


def mark_handled(session: Session, ids: Sequence[int]) -> None:
    """Done: the body is erased, the trace stays against duplicates."""
    session.execute(update(InboxEvent).where(InboxEvent.id.in_(ids)).values(state="handled", body=None, error=None))


def mark_failed(session: Session, ids: Sequence[int], error: str, real_now: datetime) -> None:
    """One more failure; the third sets the event aside (parked), with the error's kind but never its text."""
    for row in session.scalars(select(InboxEvent).where(InboxEvent.id.in_(ids), InboxEvent.state == "waiting")):
        row.attempts += 1
        row.error = error[:200]
        row.next_try_at = real_now + timedelta(seconds=row.attempts)
        if row.attempts >= MAX_ATTEMPTS:
            row.state = "parked"


def due_sources(session: Session, real_now: datetime, limit: int = 200) -> list[Source]:
    """Sources with events that wait and whose pause is over, and no live lease: what the sweep wakes."""
    lease = select(SourceLease.source).where(
        SourceLease.municipality_id == InboxEvent.municipality_id,
        SourceLease.source == InboxEvent.source,
        SourceLease.until > real_now,
    )
    query = (
        select(InboxEvent.municipality_id, InboxEvent.source)
        .where(
            InboxEvent.state == "waiting",
            InboxEvent.source.is_not(None),
            or_(InboxEvent.next_try_at.is_(None), InboxEvent.next_try_at <= real_now),
            ~lease.exists(),
        )
        .distinct()
        .limit(limit)
    )
    return [(municipality, source) for municipality, source in session.execute(query) if source is not None]


def count_without_source(session: Session) -> int:
    """How many waiting events name nobody."""
    query = select(func.count()).where(InboxEvent.state == "waiting", InboxEvent.source.is_(None))
    return session.scalar(query) or 0


def skip_without_source(session: Session) -> int:
    """Events that name nobody can have no effect: skipped, their bodies erased. Returns how many."""
    done = session.execute(
        update(InboxEvent)
        .where(InboxEvent.state == "waiting", InboxEvent.source.is_(None))
        .values(state="skipped", body=None)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def clear_leases(session: Session) -> None:
    """At the start of the only process of an installation every lease is a dead one's."""
    session.execute(delete(SourceLease))
