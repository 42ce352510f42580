"""The inbox's states: leases on sources, waiting events, handled and parked ones. All times here are real time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import LargeBinary, bindparam, delete, exists, func, or_, select, text, update
from sqlalchemy.orm import Session

from bot.db import UtcDateTime
from bot.models import InboxEvent, SourceLease

# Longer than the longest step (a database that is busy for 10 s, a call of LINE for 11 s), and short enough that what
# a killed worker left is taken up again within half a minute.
LEASE = timedelta(seconds=25)
MAX_ATTEMPTS = 3
BATCH = 50

Source = tuple[str, bytes]


_TAKE = text(
    "INSERT INTO source_lease (municipality_id, source, owner, until) VALUES (:municipality, :source, :owner, :until) "
    "ON CONFLICT (municipality_id, source) DO UPDATE SET owner = excluded.owner, until = excluded.until "
    "WHERE source_lease.owner = excluded.owner OR source_lease.until <= :now"
).bindparams(
    bindparam("source", type_=LargeBinary), bindparam("until", type_=UtcDateTime), bindparam("now", type_=UtcDateTime)
)


def take_lease(session: Session, source: Source, owner: str, real_now: datetime) -> bool:
    """Become the only worker of this source for 25 s; False when someone else is."""
    values = {
        "municipality": source[0],
        "source": source[1],
        "owner": owner,
        "until": real_now + LEASE,
        "now": real_now,
    }
    return session.execute(_TAKE, values).rowcount == 1  # type: ignore[attr-defined, no-any-return]


_GIVE_BACK = text(
    "DELETE FROM source_lease WHERE municipality_id = :municipality AND source = :source AND owner = :owner"
).bindparams(bindparam("source", type_=LargeBinary))


def give_lease_back(session: Session, source: Source, owner: str) -> None:
    """The work is done; a lease that is no longer ours is left alone."""
    session.execute(_GIVE_BACK, {"municipality": source[0], "source": source[1], "owner": owner})


_WAITING = (
    select(InboxEvent)
    .where(
        InboxEvent.state == "waiting",
        InboxEvent.municipality_id == bindparam("municipality"),
        InboxEvent.source == bindparam("source"),
    )
    .order_by(InboxEvent.event_at, InboxEvent.id)
    .limit(BATCH)
)


def waiting(session: Session, source: Source, real_now: datetime) -> Sequence[InboxEvent]:
    """A source's waiting events, oldest first; an event that pauses after a failure holds back later ones."""
    rows = session.scalars(_WAITING, {"municipality": source[0], "source": source[1]}).all()
    if rows and rows[0].next_try_at and rows[0].next_try_at > real_now:
        return []
    if rows and rows[0].attempts:
        return rows[:1]
    return [row for row in rows if not row.attempts]


_RENEW = text(
    "UPDATE source_lease SET until = :until "
    "WHERE municipality_id = :municipality AND source = :source AND owner = :owner"
).bindparams(bindparam("source", type_=LargeBinary), bindparam("until", type_=UtcDateTime))
_HANDLED = text(
    "UPDATE inbox_event SET state = 'handled', body = NULL, error = NULL WHERE id IN :ids AND state = 'waiting'"
).bindparams(bindparam("ids", expanding=True))


def take_events(session: Session, source: Source, owner: str, ids: Sequence[int], real_now: datetime) -> bool:
    """Renew the lease and mark the events *handled*, their bodies erased: first thing of the write transaction.

    False when lease or events were taken by someone else; the caller then undoes its transaction.
    """
    lease = {"municipality": source[0], "source": source[1], "owner": owner, "until": real_now + LEASE}
    if session.execute(_RENEW, lease).rowcount != 1:  # type: ignore[attr-defined]
        return False
    return session.execute(_HANDLED, {"ids": list(ids)}).rowcount == len(ids)  # type: ignore[attr-defined, no-any-return]


def mark_failed(session: Session, ids: Sequence[int], error: str, real_now: datetime) -> None:
    """One more failure; the third sets the event aside (parked), with the error's kind but never its text."""
    for row in session.scalars(select(InboxEvent).where(InboxEvent.id.in_(ids), InboxEvent.state == "waiting")):
        row.attempts += 1
        row.error = error[:200]
        row.next_try_at = real_now + timedelta(seconds=row.attempts)
        if row.attempts >= MAX_ATTEMPTS:
            row.state = "parked"


def due_sources(
    session: Session, real_now: datetime, limit: int = 200, received_before: datetime | None = None
) -> list[Source]:
    """Sources with events that wait and whose pause is over, and no live lease: what the sweep wakes.

    `received_before` is the product's time: younger events are left to the engine that was told of them.
    """
    query = _DUE_SOURCES if received_before is None else _DUE_SOURCES.where(InboxEvent.received_at <= received_before)
    found = session.execute(query, {"real_now": real_now, "most": limit})
    return [(municipality, source) for municipality, source in found if source is not None]


def count_without_source(session: Session) -> int:
    """How many waiting events name nobody."""
    return session.scalar(_NAMELESS) or 0


# Asked every second: made once.
_LEASED = exists().where(
    SourceLease.municipality_id == InboxEvent.municipality_id,
    SourceLease.source == InboxEvent.source,
    SourceLease.until > bindparam("real_now"),
)
_DUE_SOURCES = (
    select(InboxEvent.municipality_id, InboxEvent.source)
    .where(
        InboxEvent.state == "waiting",
        InboxEvent.source.is_not(None),
        or_(InboxEvent.next_try_at.is_(None), InboxEvent.next_try_at <= bindparam("real_now")),
        ~_LEASED,
    )
    .distinct()
    .limit(bindparam("most"))
)
_NAMELESS = select(func.count()).where(InboxEvent.state == "waiting", InboxEvent.source.is_(None))


def note_about(session: Session, event_id: int, about: str) -> None:
    """What became of the question that an event asked, for the day's count; which question it was stands nowhere."""
    session.execute(_ABOUT, {"event": event_id, "said": about})


_ABOUT = text("UPDATE inbox_event SET about = :said WHERE id = :event")


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
