"""Batches of frozen recipients: what they hold, and how they are claimed by lease.

What LINE's answers make of them is bot.services.settling's; the calls are scheduler.delivery's.

Promise (design.md 3): LINE accepts each batch exactly once. A batch that may have been accepted is repeated
with the same key and the same recipients until LINE says so, 23 hours at most; only one whose every attempt
was surely refused may get a new key. Leases and pauses are real time; a key's age is the product's time
(LINE counts its 24 hours, and in the demo LINE's clock can be moved).
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, false, func, literal, or_, select, update
from sqlalchemy.orm import Session

from bot.core import quiet_hours
from bot.core.sealing import Sealer
from bot.errors import BadInputError
from bot.models import Announcement, AnnouncementBatch, AnnouncementText, Resident
from bot.models.announcement import URGENCIES
from bot.models.resident import SILENT

SIZE = 500  # LINE takes at most 500 user ids in one multicast
BLOB_CONTEXT = "announcement.recipients/"
ID_BYTES, ID_CHARS = 16, 33  # a LINE user id: U and 32 hex digits
GIVE_UP_AFTER = timedelta(hours=23)  # LINE keeps a retry key 24 h
GOES_ON = timedelta(minutes=30)  # so long after it was frozen a send that began by day may go on into the night
LEASE = timedelta(seconds=20)  # longer than a call's time-outs together
SEALED_PAUSE = 600.0
OPEN = ("waiting", "trying")

NO_ANSWER = "LINEから23時間返事がなく、届いたかどうかが分かりません。二重に届かないよう、送り直しません。"

AnyRow = Row[*tuple[Any, ...]]
Opened = tuple[Sequence[int], bytes]  # resident ids, and their LINE ids in the same order, 16 bytes each


@dataclass(frozen=True)
class Ticket:
    """A claimed batch, ready to be sent: everything but the messages and the network."""

    batch_id: int
    announcement_id: int
    municipality: str
    retry_key: str
    attempt: int
    line_ids: bytes = field(repr=False)  # 16 bytes each
    variant: str = "ja"  # the language of its messages

    @property
    def people(self) -> int:
        """How many it goes to."""
        return len(self.line_ids) // ID_BYTES

    def to(self) -> bytes:
        """The LINE user ids as a JSON array."""
        return b'["U%s"]' % self.line_ids.hex(",", ID_BYTES).replace(",", '","U').encode()


def new_key() -> str:
    """A retry key: a random UUID."""
    return str(uuid.uuid4())


def line_ids(sealer: Sealer, municipality: str, sealed: bytes, count: int) -> bytes:
    """Joined sealed LINE ids opened, 16 bytes each. Raises BadInputError for one of another form or municipality."""
    text = sealer.open_ids(sealed, count, municipality)
    digits = text.replace("U", "")
    right = len(text) == count * ID_CHARS and len(digits) == count * 2 * ID_BYTES and set(text[::ID_CHARS]) <= {"U"}
    try:
        raw = bytes.fromhex(digits) if right else b""
    except ValueError:
        raw = b""
    if not right or raw.hex() != digits:
        raise BadInputError("A resident's LINE id is not of LINE's form (U and 32 hex digits).")
    return raw


def pack(sealer: Sealer, municipality: str, opened: Opened) -> bytes:
    """One sealed blob: their number (4 bytes), resident ids (8 each), LINE ids (16 each)."""
    ids, raw = opened
    return sealer.seal(struct.pack(f"<I{len(ids)}Q", len(ids), *ids) + raw, BLOB_CONTEXT + municipality)


def unpack(sealer: Sealer, municipality: str, blob: bytes) -> Opened:
    """The recipients again. Raises BadInputError when the key is gone or the blob was damaged."""
    plain = sealer.open(blob, BLOB_CONTEXT + municipality)
    count = int.from_bytes(plain[:4], "little")
    return struct.unpack_from(f"<{count}Q", plain, 4), plain[4 + 8 * count :]


# --- claiming ------------------------------------------------------------------------------------


def any_due(session: Session, now: datetime, real_now: datetime) -> bool:
    """Whether a batch could be claimed now."""
    return session.scalar(_due(now, real_now).with_only_columns(AnnouncementBatch.id).limit(1)) is not None


def sending(session: Session) -> list[str]:
    """Municipalities with frozen announcements that are not over."""
    open_ones = select(Announcement.municipality_id).where(
        Announcement.state.in_(("sending", "stopped", "cancelled")),
        Announcement.frozen_at.is_not(None),
        Announcement.finished_at.is_(None),
    )
    return sorted(set(session.scalars(open_ones)))


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

    A batch never tried under its key loses who left or paused, first. `now` is the product's time. Rows are read and
    written plainly, in groups: as objects they would cost more than the calls.
    """
    query = _claimable(now, real_now, municipality).limit(limit)
    found = session.execute(query).all()
    late = [row.id for row in found if row.first_try_at is not None and now > row.first_try_at + GIVE_UP_AFTER]
    for batch_id in late:
        _give_up(session, batch_id)
    if late:
        found = session.execute(query).all()
    opened: dict[int, Opened] = {}
    for row in found:
        try:
            opened[row.id] = unpack(sealer, row.municipality_id, row.recipients)
        except BadInputError as error:
            wait(_row(session, row.id), real_now, SEALED_PAUSE, None, error.message)
    _drop_silent(session, sealer, [row for row in found if row.first_try_at is None and row.id in opened], opened)
    _mark_tried(session, owner, list(opened), now, real_now)
    return [
        Ticket(
            row.id, row.announcement_id, row.municipality_id, row.retry_key, row.attempts + 1, opened[row.id][1],
            row.variant,
        )
        for row in found
        if row.id in opened
    ]  # fmt: skip


def _claimable(now: datetime, real_now: datetime, municipality: str | None) -> Select[*tuple[Any, ...]]:
    batch = AnnouncementBatch
    query = _due(now, real_now).with_only_columns(
        batch.id, batch.municipality_id, batch.announcement_id, batch.variant, batch.retry_key, batch.attempts,
        batch.count.label("people"), batch.first_try_at, batch.recipients,
    )  # fmt: skip
    if municipality is not None:
        query = query.where(batch.municipality_id == municipality)
    return query.order_by(batch.next_try_at, batch.id).with_for_update(skip_locked=True, of=batch)


def _mark_tried(session: Session, owner: str, batch_ids: list[int], now: datetime, real_now: datetime) -> None:
    """Said before LINE is called: whatever happens then, it may have been accepted."""
    if not batch_ids:
        return
    batch = AnnouncementBatch
    session.execute(
        update(batch)
        .where(batch.id.in_(batch_ids))
        .values(
            state="trying",
            lease_owner=owner,
            lease_until=real_now + LEASE,
            attempts=batch.attempts + 1,
            unsure=batch.unsure + 1,
            first_try_at=func.coalesce(batch.first_try_at, literal(now, batch.first_try_at.type)),
        )
        .execution_options(synchronize_session=False)
    )


def _row(session: Session, batch_id: int) -> AnnouncementBatch:
    return session.get_one(AnnouncementBatch, batch_id, populate_existing=True)


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


def waits_for_morning(row: Announcement, now: datetime) -> bool:
    """Whether what was never tried of it waits: it stood still until the quiet hours, so it did not begin before them.

    What began to go out at 20:59 goes on (bot.core.quiet_hours); what somebody sends at once knows no night.
    """
    begun = row.frozen_at is None or row.frozen_at > now - GOES_ON
    return not (begun or row.at_once or quiet_hours.decent(now, row.urgency))


def _due(now: datetime, real_now: datetime) -> Select[AnnouncementBatch]:
    batch = AnnouncementBatch
    free = or_(batch.lease_until.is_(None), batch.lease_until < real_now)
    # A batch of an announcement that was stopped or called off goes on only if it was tried: it may be out.
    wanted = or_(Announcement.state == "sending", batch.first_try_at.is_not(None))
    query = (
        select(batch)
        .join(Announcement, Announcement.id == batch.announcement_id)
        .where(batch.state.in_(OPEN), batch.next_try_at <= real_now, free, wanted)
    )
    # `waits_for_morning` for many.
    if quiet := [urgency for urgency in URGENCIES if not quiet_hours.decent(now, urgency)]:
        asleep = and_(Announcement.urgency.in_(quiet), ~Announcement.at_once, Announcement.frozen_at <= now - GOES_ON)
        query = query.where(or_(batch.first_try_at.is_not(None), ~asleep))
    return query


def _give_up(session: Session, batch_id: int) -> None:
    """After 23 hours without an answer: unknown, never sent again; one surely refused each time starts anew."""
    row = _row(session, batch_id)
    announcement = session.get_one(Announcement, row.announcement_id)
    if row.unsure:
        settle(row, "unknown", NO_ANSWER)
    elif announcement.state == "sending":
        start_anew(row)  # the next claim finds it
    else:
        settle(row, "stopped", announcement.comment)
    session.flush()


def _drop_silent(session: Session, sealer: Sealer, rows: Sequence[AnyRow], opened: dict[int, Opened]) -> None:
    """Take out who left or paused since freezing; the blob is sealed anew. Who was erased was taken out by `forget`."""
    for municipality in {row.municipality_id for row in rows}:
        mine = [row for row in rows if row.municipality_id == municipality]
        silent = _silent(session, municipality, [opened[row.id][0] for row in mine])
        for row in mine if silent else ():
            ids, raw = opened[row.id]
            left = [at for at, resident in enumerate(ids) if resident not in silent]
            if len(left) == row.people:
                continue
            batch = _row(session, row.id)
            batch.count = len(left)
            if left:
                kept = b"".join(raw[at * ID_BYTES : (at + 1) * ID_BYTES] for at in left)
                opened[row.id] = ([ids[at] for at in left], kept)
                batch.recipients = pack(sealer, municipality, opened[row.id])
            else:
                settle(batch, "empty", None)
                del opened[row.id]
    session.flush()


def _silent(session: Session, municipality: str, batches: Sequence[Sequence[int]]) -> frozenset[int]:
    """Residents to whom nothing may be sent any more, between the first and the last id of these batches.

    They are few, and have an index of their own: asking for each recipient would cost as much as the call itself.
    """
    within = Resident.id.between(min(map(min, batches)), max(map(max, batches))) if batches else false()
    query = select(Resident.id).where(Resident.municipality_id == municipality, within, SILENT)
    return frozenset(session.scalars(query))


def forget(session: Session, sealer: Sealer, resident: Resident) -> int:
    """Take an erased resident out of what has surely not been sent; returns out of how many batches.

    One that may have been accepted must be repeated as it was; its recipients are erased when it is over.
    """
    batch = AnnouncementBatch
    unsent = or_(batch.state.in_(("stopped", "dead")), batch.first_try_at.is_(None))
    mine = (batch.municipality_id == resident.municipality_id, batch.recipients.is_not(None), unsent)
    done = 0
    for row in session.scalars(select(batch).where(*mine).order_by(batch.id).with_for_update()):
        if row.recipients is None:
            continue
        try:
            ids, raw = unpack(sealer, row.municipality_id, row.recipients)
        except BadInputError:  # its key is gone: nobody can read it, nor send it
            continue
        left = [at for at, one in enumerate(ids) if one != resident.id]
        if len(left) == len(ids):
            continue
        done += 1
        row.count = len(left)
        if left:
            kept = b"".join(raw[at * ID_BYTES : (at + 1) * ID_BYTES] for at in left)
            row.recipients = pack(sealer, row.municipality_id, ([ids[at] for at in left], kept))
        else:
            settle(row, "empty" if row.state == "waiting" else row.state, row.error)
    session.flush()
    return done


# --- states --------------------------------------------------------------------------------------


def start_anew(row: AnnouncementBatch) -> None:
    """As if never tried, under a new key. Only where every attempt under the old one was surely refused."""
    row.state, row.retry_key, row.first_try_at = "waiting", new_key(), None


def settle(row: AnnouncementBatch, state: str, why: str | None) -> None:
    """The batch is over: its recipients are erased."""
    row.state, row.error = state, why[:200] if why else None
    row.recipients = row.lease_owner = row.lease_until = None


def wait(row: AnnouncementBatch, real_now: datetime, seconds: float, status: int | None, why: str) -> None:
    """Not before so many seconds; the lease is given back."""
    row.next_try_at = real_now + timedelta(seconds=seconds)
    row.status, row.error = status, why[:200]
    row.lease_owner = row.lease_until = None
