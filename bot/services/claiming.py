"""Claiming: which frozen batches are due, taken by lease and marked as tried before LINE is called.

The promise these functions keep stands in bot.services.batches. Their statements are said again and again while a large
announcement goes out: they are made once, and are of tables, not of objects, which would cost more than the calls.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import Row, Select, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from bot.core import quiet_hours
from bot.core.sealing import Sealer
from bot.errors import BadInputError
from bot.models import Announcement, AnnouncementBatch, AnnouncementText, Resident
from bot.models.announcement import URGENCIES
from bot.models.resident import SILENT
from bot.services import alerts, batches
from bot.services.batches import Ticket

DAMAGED_PAUSE = 600.0  # seconds until data that staff must put right are looked at again
NO_WORDS = "送る文が見つかりません。バックアップから戻してください。戻ると、10分のうちに続きを送ります。"
NO_KEY = "宛先を開けません。暗号の鍵(ENTAKU_KEYS)を前のものに戻してください。戻ると、10分のうちに続きを送ります。"

AnyRow = Row[*tuple[Any, ...]]
Halves = tuple[bytes, bytes]  # resident ids as they are packed, and their LINE ids

_announcement, _batch = Announcement.__table__, AnnouncementBatch.__table__
_SENDING = (
    select(_announcement.c.municipality_id)
    .distinct()
    .where(
        _announcement.c.state.in_(("sending", "stopped", "cancelled")),
        _announcement.c.frozen_at.is_not(None),
        _announcement.c.finished_at.is_(None),
    )
    .order_by(_announcement.c.municipality_id)
)
# Said before LINE is called: whatever happens then, it may have been accepted.
_TRIED = (
    update(AnnouncementBatch.__table__)  # type: ignore[arg-type]
    .where(_batch.c.id.in_(bindparam("batches", expanding=True)))
    .values(
        state="trying", lease_owner=bindparam("owner"), lease_until=bindparam("until"),
        attempts=_batch.c.attempts + 1, unsure=_batch.c.unsure + 1,
        first_try_at=func.coalesce(_batch.c.first_try_at, bindparam("now", type_=_batch.c.first_try_at.type)),
    )
)  # fmt: skip
_SILENT = select(Resident.__table__.c.id).where(
    Resident.__table__.c.municipality_id == bindparam("municipality"),
    Resident.__table__.c.id.between(bindparam("first"), bindparam("last")),
    SILENT,
)


def sending(session: Session) -> list[str]:
    """Municipalities with frozen announcements that are not over."""
    return list(session.connection().execute(_SENDING).scalars())


def any_due(session: Session, now: datetime, real_now: datetime) -> bool:
    """Whether a batch could be claimed now."""
    return session.connection().execute(_any_due(_asleep(now)), _moments(now, real_now)).first() is not None


@cache
def _any_due(asleep: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    return _due(asleep).where(_batch.c.state.in_(batches.OPEN)).limit(1)


def claim(
    session: Session,
    sealer: Sealer,
    owner: str,
    limit: int,
    now: datetime,
    real_now: datetime,
    municipality: str | None = None,
) -> list[Ticket]:
    """Take up to `limit` batches for sending and mark them tried; the caller commits (durably) before it calls LINE.

    What was tried before comes first. A batch never tried under its key loses who left or paused, first. `now` is the
    product's time.
    """
    session.flush()
    found = _claimable(session, limit, now, real_now, municipality)
    late = [row.id for row in found if row.first_try_at is not None and now > row.first_try_at + batches.GIVE_UP_AFTER]
    for batch_id in late:
        _give_up(session, batch_id)
    if late:
        found = _claimable(session, limit, now, real_now, municipality)
    opened: dict[int, Halves] = {}
    for row in found:
        if row.wordless:
            _wait_for_staff(session, row, NO_WORDS, now, real_now)
            continue
        try:
            opened[row.id] = batches.halves(sealer, row.municipality_id, row.recipients)
        except BadInputError:
            _wait_for_staff(session, row, NO_KEY, now, real_now)
    _drop_silent(session, sealer, [row for row in found if row.first_try_at is None and row.id in opened], opened)
    session.flush()
    if opened:
        values = {"batches": list(opened), "owner": owner, "until": real_now + batches.LEASE, "now": now}
        session.connection().execute(_TRIED, values)
    return [
        Ticket(
            row.id, row.announcement_id, row.municipality_id, row.retry_key, row.attempts + 1, opened[row.id][1],
            row.variant,
        )
        for row in found
        if row.id in opened
    ]  # fmt: skip


def _claimable(
    session: Session, limit: int, now: datetime, real_now: datetime, municipality: str | None
) -> list[AnyRow]:
    """At most so many that are due, held until the commit: what was tried before (it may be out), then the oldest.

    Two questions, for each is answered in the order of an index: with both states in one, SQLite would read everything
    that waits, recipients and all, each time.
    """
    query = _question(_asleep(now), municipality is not None)
    known = _moments(now, real_now) | {"municipality": municipality}
    found: list[AnyRow] = []
    for state in ("trying", "waiting"):
        if left := limit - len(found):
            found += session.connection().execute(query, {**known, "state": state, "most": left}).all()
    return found


@cache
def _question(asleep: tuple[str, ...], alone: bool) -> Select[*tuple[Any, ...]]:
    batch = _batch.c
    query = _due(asleep).with_only_columns(
        batch.id, batch.municipality_id, batch.announcement_id, batch.variant, batch.retry_key, batch.attempts,
        batch.count.label("people"), batch.first_try_at, batch.recipients,
        _announcement.c.messages.is_(None).label("wordless"),
    )  # fmt: skip
    query = query.where(batch.state == bindparam("state"))
    if alone:
        query = query.where(batch.municipality_id == bindparam("municipality"))
    query = query.order_by(batch.next_try_at, batch.id).limit(bindparam("most"))
    return query.with_for_update(skip_locked=True, of=_batch)


@cache
def _due(asleep: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    """Batches that may be tried at `real_now`, whatever their state; `asleep`: urgencies for which it is night."""
    batch, announcement = _batch.c, _announcement.c
    free = or_(batch.lease_until.is_(None), batch.lease_until < bindparam("real_now"))
    # A batch of an announcement that was stopped or called off goes on only if it was tried: it may be out.
    wanted = or_(announcement.state == "sending", batch.first_try_at.is_not(None))
    query = (
        select(batch.id)
        .join(_announcement, announcement.id == batch.announcement_id)
        .where(batch.next_try_at <= bindparam("real_now"), free, wanted)
    )
    if asleep:  # `waits_for_morning` for many
        waits = and_(
            announcement.urgency.in_(asleep), ~announcement.at_once, announcement.frozen_at <= bindparam("stood")
        )
        query = query.where(or_(batch.first_try_at.is_not(None), ~waits))
    return query


def _asleep(now: datetime) -> tuple[str, ...]:
    return tuple(urgency for urgency in URGENCIES if not quiet_hours.decent(now, urgency))


def _moments(now: datetime, real_now: datetime) -> dict[str, Any]:
    return {"real_now": real_now, "stood": now - batches.GOES_ON}


def _row(session: Session, batch_id: int) -> AnnouncementBatch:
    return session.get_one(AnnouncementBatch, batch_id, populate_existing=True)


def _wait_for_staff(session: Session, row: AnyRow, why: str, now: datetime, real_now: datetime) -> None:
    """Only staff can help a batch whose announcement was damaged; nothing is lost, and the others go out."""
    batches.wait(_row(session, row.id), real_now, DAMAGED_PAUSE, None, why)
    title = session.get_one(Announcement, row.announcement_id).title
    alerts.raise_alert(
        session, row.municipality_id, "damaged", f"「{title}」: {why}"[:300], now, f"announcement:{row.announcement_id}"
    )


def _give_up(session: Session, batch_id: int) -> None:
    """After 23 hours without an answer: unknown, never sent again; one surely refused each time starts anew."""
    row = _row(session, batch_id)
    announcement = session.get_one(Announcement, row.announcement_id)
    if row.unsure:
        batches.settle(row, "unknown", batches.NO_ANSWER)
    elif announcement.state == "sending":
        batches.start_anew(row)  # it is found again at once
    else:
        batches.settle(row, "stopped", announcement.comment)
    session.flush()


def _drop_silent(session: Session, sealer: Sealer, rows: Sequence[AnyRow], opened: dict[int, Halves]) -> None:
    """Take out who left or paused since freezing; the blob is sealed anew. Who was erased was taken out by `forget`."""
    for municipality in {row.municipality_id for row in rows}:
        mine = [row for row in rows if row.municipality_id == municipality]
        silent = _silent(session, municipality, [opened[row.id][0] for row in mine])
        for row in mine if silent else ():
            changed = batches.without(sealer, municipality, opened[row.id], silent)
            if changed is None:
                continue
            batch = _row(session, row.id)
            batch.count, kept, batch.recipients = changed
            opened[row.id] = (b"", kept)
            if not batch.count:
                batches.settle(batch, "empty", None)
                del opened[row.id]


def _silent(session: Session, municipality: str, packed: Sequence[bytes]) -> frozenset[int]:
    """Residents to whom nothing may be sent any more, between the first and the last id of these batches.

    They are few, and have an index of their own: asking for each recipient would cost as much as the call itself.
    """
    ids = np.frombuffer(b"".join(packed), batches.ID_TYPE)
    if not ids.size:
        return frozenset()
    within = {"municipality": municipality, "first": int(ids.min()), "last": int(ids.max())}
    return frozenset(session.connection().execute(_SILENT, within).scalars())


# --- what belongs to a claim ---------------------------------------------------------------------


def messages_of(session: Session, tickets: Collection[Ticket]) -> dict[tuple[int, str], bytes]:
    """The messages as approved, byte for byte, by announcement and variant; without a variant's own, the Japanese."""
    wanted = {(ticket.announcement_id, ticket.variant) for ticket in tickets}
    ids = {announcement_id for announcement_id, _ in wanted}
    own = dict(session.execute(select(Announcement.id, Announcement.messages).where(Announcement.id.in_(ids))).all())
    texts = select(AnnouncementText.announcement_id, AnnouncementText.language, AnnouncementText.messages)
    found = {
        (one, language): body
        for one, language, body in session.execute(texts.where(AnnouncementText.announcement_id.in_(ids)))
    }
    chosen = {key: found.get(key) or own.get(key[0]) for key in wanted}
    return {key: body for key, body in chosen.items() if body is not None}


def clear_leases(session: Session) -> None:
    """Give back every lease: only for the start of an installation's only process."""
    leased = AnnouncementBatch.lease_until.is_not(None)
    session.execute(update(AnnouncementBatch).where(leased).values(lease_until=None, lease_owner=None))
