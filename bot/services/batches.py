"""Batches of frozen recipients: claimed by lease, tried, settled. Owns their states, not the calls.

Promise (design.md 3): LINE accepts each batch exactly once. A batch that may have been accepted is repeated
with the same key and the same recipients until LINE says so, 23 hours at most; only one whose every attempt
was surely refused may get a new key. Leases and pauses are real time; a key's age is the product's time
(LINE counts its 24 hours, and in the demo LINE's clock can be moved).
"""

from __future__ import annotations

import random
import struct
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate, pairwise

from sqlalchemy import Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from bot.core.permissions import SYSTEM
from bot.core.sealing import Sealer
from bot.errors import BadInputError
from bot.models import Announcement, AnnouncementBatch, Resident
from bot.services import audit
from bot.services.announcement_reach import may_receive

SIZE = 500  # LINE takes at most 500 user ids in one multicast
BLOB_CONTEXT = "announcement.batch/"
GIVE_UP_AFTER = timedelta(hours=23)  # LINE keeps a retry key 24 h
LEASE = timedelta(seconds=20)  # longer than a call's time-outs together
LONGEST_PAUSE = 1800.0
TOKEN_PAUSE = 60.0
NOT_CALLED_PAUSE = 1.0
SEALED_PAUSE = 600.0
OPEN = ("waiting", "trying")

NO_ANSWER = "LINEから23時間返事がなく、届いたかどうかが分かりません。二重に届かないよう、送り直しません。"
REFUSALS = {
    400: "LINEがこの内容を受け付けませんでした(400)。本文に、LINEで送れないものがあります。",
    403: "このLINE公式アカウントには、この送り方が許されていません(403)。LINEの契約を確かめてください。",
    404: "LINEの送り先が見つかりません(404)。つなぎ先の設定を確かめてください。",
    413: "LINEに送るには大きすぎます(413)。本文を短くしてください。",
}
REFUSED = "LINEが受け付けませんでした({status})。システムの担当者に伝えてください。"
OUT_OF_QUOTA = "今月LINEで送れる数を使い切ったため、ここで止めました。まだの人には送っていません。"

Recipients = tuple[Sequence[int], Sequence[bytes]]  # resident ids, and their sealed LINE ids in the same order


@dataclass(frozen=True)
class Ticket:
    """A claimed batch, ready to be sent: everything but the messages and the network."""

    batch_id: int
    announcement_id: int
    municipality: str
    retry_key: str
    attempt: int
    line_ids: Sequence[bytes] = field(repr=False)

    def to(self, sealer: Sealer) -> list[str]:
        """The LINE user ids. Raises BadInputError when their key is gone."""
        return [sealer.open_id(sealed, self.municipality) for sealed in self.line_ids]


def new_key() -> str:
    """A retry key: a random UUID."""
    return str(uuid.uuid4())


def pack(sealer: Sealer, municipality: str, recipients: Recipients) -> bytes:
    """Recipients as one sealed blob: their number (4 bytes), ids (8 each), lengths (1 each), sealed LINE ids."""
    ids, line_ids = recipients
    head = struct.pack(f"<I{len(ids)}Q", len(ids), *ids)
    return sealer.seal(b"".join((head, bytes(map(len, line_ids)), *line_ids)), BLOB_CONTEXT + municipality)


def unpack(sealer: Sealer, municipality: str, blob: bytes) -> Recipients:
    """The recipients again. Raises BadInputError when the key is gone or the blob was damaged."""
    plain = sealer.open(blob, BLOB_CONTEXT + municipality)
    count = int.from_bytes(plain[:4], "little")
    ids = struct.unpack_from(f"<{count}Q", plain, 4)
    at = 4 + 9 * count
    ends = list(accumulate(plain[at - count : at], initial=at))
    return ids, [plain[start:end] for start, end in pairwise(ends)]


# --- claiming ------------------------------------------------------------------------------------


def any_due(session: Session, real_now: datetime) -> bool:
    """Whether a batch could be claimed now."""
    return session.scalar(_due(real_now).with_only_columns(AnnouncementBatch.id).limit(1)) is not None


def claim(
    session: Session, sealer: Sealer, owner: str, limit: int, now: datetime, real_now: datetime
) -> list[Ticket]:
    """Take up to `limit` batches for sending and mark them tried; the caller commits (durably) before it calls LINE.

    A batch never tried under its key loses who left or paused, first. `now` is the product's time.
    """
    rows = session.scalars(
        _due(real_now)
        .order_by(AnnouncementBatch.next_try_at, AnnouncementBatch.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=AnnouncementBatch)
        .execution_options(populate_existing=True)
    ).all()
    opened: dict[int, Recipients] = {}
    for row in rows:
        if row.first_try_at is not None and now > row.first_try_at + GIVE_UP_AFTER:
            _give_up(session, row)
        if row.state not in OPEN:
            continue
        try:
            assert row.recipients is not None
            opened[row.id] = unpack(sealer, row.municipality_id, row.recipients)
        except BadInputError as error:
            _wait(row, real_now, SEALED_PAUSE, None, error.message)
    taken = [row for row in rows if row.id in opened]
    _drop_gone(session, sealer, [row for row in taken if row.first_try_at is None], opened)
    taken = [row for row in taken if row.state in OPEN]
    for row in taken:
        row.state, row.lease_owner, row.lease_until = "trying", owner, real_now + LEASE
        row.attempts += 1
        row.unsure += 1
        row.first_try_at = row.first_try_at or now
    session.flush()
    return [
        Ticket(row.id, row.announcement_id, row.municipality_id, row.retry_key, row.attempts, opened[row.id][1])
        for row in taken
    ]


def messages_of(session: Session, announcement_ids: Collection[int]) -> dict[int, bytes]:
    """The messages as approved, byte for byte."""
    rows = select(Announcement.id, Announcement.messages).where(Announcement.id.in_(announcement_ids))
    return {announcement_id: messages for announcement_id, messages in session.execute(rows) if messages is not None}


def clear_leases(session: Session) -> None:
    """Give back every lease: only for the start of an installation's only process."""
    leased = AnnouncementBatch.lease_until.is_not(None)
    session.execute(update(AnnouncementBatch).where(leased).values(lease_until=None, lease_owner=None))


def _due(real_now: datetime) -> Select[AnnouncementBatch]:
    batch = AnnouncementBatch
    free = or_(batch.lease_until.is_(None), batch.lease_until < real_now)
    # A batch of an announcement that was stopped or called off goes on only if it was tried: it may be out.
    wanted = or_(Announcement.state == "sending", batch.first_try_at.is_not(None))
    return (
        select(batch)
        .join(Announcement, Announcement.id == batch.announcement_id)
        .where(batch.state.in_(OPEN), batch.next_try_at <= real_now, free, wanted)
    )


def _give_up(session: Session, row: AnnouncementBatch) -> None:
    """23 hours without an answer: unknown; but a batch that was surely refused each time starts anew."""
    announcement = session.get(Announcement, row.announcement_id)
    assert announcement is not None
    if row.unsure:
        _settle(row, "unknown", NO_ANSWER)
    elif announcement.state == "sending":
        _start_anew(row)
    else:
        _settle(row, "stopped", announcement.comment)


def _drop_gone(
    session: Session, sealer: Sealer, rows: Sequence[AnnouncementBatch], opened: dict[int, Recipients]
) -> None:
    """Take out who left, paused or was erased since freezing; the blob is sealed anew."""
    for municipality in {row.municipality_id for row in rows}:
        mine = [row for row in rows if row.municipality_id == municipality]
        gone = _gone(session, municipality, [resident for row in mine for resident in opened[row.id][0]])
        if not gone:
            continue
        for row in mine:
            left = [pair for pair in zip(*opened[row.id], strict=True) if pair[0] not in gone]
            if not left:
                _settle(row, "empty", None)
            elif len(left) < row.count:
                opened[row.id] = ([resident for resident, _ in left], [line_id for _, line_id in left])
                row.recipients = pack(sealer, municipality, opened[row.id])
            row.count = len(left)


def _gone(session: Session, municipality: str, residents: Sequence[int]) -> frozenset[int]:
    """Which of these residents nothing may be sent to any more; one statement for a whole group of batches."""
    if session.get_bind().dialect.name == "postgresql":
        listed = func.unnest(list(residents)).table_valued("value", name="listed").render_derived()
    else:
        listed = func.json_each(str(list(residents))).table_valued("value", name="listed")
    still = exists().where(Resident.id == listed.c.value, Resident.municipality_id == municipality, may_receive())
    return frozenset(session.scalars(select(listed.c.value).where(~still)))


# --- settling ------------------------------------------------------------------------------------


def claimed(session: Session, batch_ids: Collection[int]) -> dict[int, AnnouncementBatch]:
    """The rows whose outcome is to be recorded, held until the commit; settled ones are left out."""
    rows = session.scalars(
        select(AnnouncementBatch)
        .where(AnnouncementBatch.id.in_(batch_ids), AnnouncementBatch.state == "trying")
        .order_by(AnnouncementBatch.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def accepted(session: Session, row: AnnouncementBatch, status: int | None, request_id: str | None) -> None:
    """LINE accepted it, now or before: counted, recipients erased."""
    row.status, row.request_id = status, request_id
    session.execute(
        update(Announcement)
        .where(Announcement.id == row.announcement_id)
        .values(accepted=Announcement.accepted + row.count)
        .execution_options(synchronize_session=False)
    )
    _settle(row, "accepted", None)


def outcome_open(row: AnnouncementBatch, real_now: datetime, status: int | None) -> None:
    """5xx or no answer: it may have been accepted; the same again after a pause."""
    _wait(row, real_now, _pause(row.attempts), status, f"LINE: {status or 'no answer'}")


def too_fast(row: AnnouncementBatch, real_now: datetime, status: int | None) -> None:
    """429 for the rate: surely not accepted; the same again after a pause."""
    row.unsure -= 1
    _wait(row, real_now, _pause(row.attempts), status, f"LINE: {status}")


def token_refused(row: AnnouncementBatch, real_now: datetime, status: int | None) -> None:
    """401: surely not accepted, and LINE wants no key again that it answered with a 4xx: a new one, if that is safe."""
    row.unsure -= 1
    _wait(row, real_now, TOKEN_PAUSE, status, f"LINE: {status}")
    if not row.unsure:
        _start_anew(row)


def not_called(row: AnnouncementBatch, real_now: datetime) -> None:
    """It was claimed and never called: as if it had not been claimed, but for a short pause."""
    row.unsure -= 1
    row.attempts -= 1
    if row.attempts == 0:
        row.state, row.first_try_at = "waiting", None
    row.next_try_at = real_now + timedelta(seconds=NOT_CALLED_PAUSE)
    row.lease_owner = row.lease_until = None


def refused(row: AnnouncementBatch, status: int | None) -> None:
    """Another 4xx: nobody got it, and trying again is no use."""
    row.status = status
    _settle(row, "dead", REFUSALS.get(status or 0, REFUSED.format(status=status or "-")))


def out_of_quota(session: Session, row: AnnouncementBatch, status: int | None, now: datetime) -> None:
    """The month's quota is used up: this batch and all that were never tried stay unsent."""
    row.status = status
    _settle(row, "stopped", OUT_OF_QUOTA)
    stopped = session.execute(
        update(Announcement)
        .where(Announcement.id == row.announcement_id, Announcement.state == "sending")
        .values(state="stopped", comment=OUT_OF_QUOTA, version=Announcement.version + 1)
        .execution_options(synchronize_session=False)
    )
    if stopped.rowcount:  # type: ignore[attr-defined]
        unsent = call_off(session, row.announcement_id, OUT_OF_QUOTA)
        target = f"announcement:{row.announcement_id}"
        audit.record(session, row.municipality_id, SYSTEM, "announcement.stop", target, now, {"unsent": unsent})


def postpone(session: Session, municipality: str, until: datetime) -> None:
    """Nothing of this municipality is tried before then (its access token is not valid)."""
    waiting = and_(AnnouncementBatch.municipality_id == municipality, AnnouncementBatch.state == "waiting")
    session.execute(
        update(AnnouncementBatch)
        .where(waiting, AnnouncementBatch.next_try_at < until)
        .values(next_try_at=until)
        .execution_options(synchronize_session=False)
    )


def call_off(session: Session, announcement_id: int, why: str) -> int:
    """Stop every batch that was never tried; returns how many recipients get nothing."""
    never = and_(
        AnnouncementBatch.announcement_id == announcement_id,
        AnnouncementBatch.state == "waiting",
        AnnouncementBatch.first_try_at.is_(None),
    )
    unsent = session.scalar(select(func.coalesce(func.sum(AnnouncementBatch.count), 0)).where(never)) or 0
    session.execute(
        update(AnnouncementBatch)
        .where(never)
        .values(state="stopped", recipients=None, error=why[:200])
        .execution_options(synchronize_session=False)
    )
    return int(unsent)


# --- ending --------------------------------------------------------------------------------------


def open_ones(session: Session, announcement_id: int) -> bool:
    """Whether the outcome of a batch is still open."""
    still = select(AnnouncementBatch.id).where(
        AnnouncementBatch.announcement_id == announcement_id, AnnouncementBatch.state.in_(OPEN)
    )
    return session.scalar(still.limit(1)) is not None


def over(session: Session) -> list[int]:
    """Frozen announcements that wait for nothing but their end to be written down."""
    still = exists().where(
        AnnouncementBatch.announcement_id == Announcement.id, AnnouncementBatch.state.in_(OPEN)
    )
    ended = select(Announcement.id).where(
        Announcement.state.in_(("sending", "stopped", "cancelled")), Announcement.finished_at.is_(None), ~still
    )
    return list(session.scalars(ended))


def finish(session: Session, announcement_id: int, now: datetime) -> None:
    """Every batch is settled: `sent` when LINE took it (or nobody was left), `stopped` when it took none of it."""
    row = session.get(Announcement, announcement_id, with_for_update=True, populate_existing=True)
    if row is None or row.finished_at is not None or open_ones(session, announcement_id):
        return
    row.finished_at = now
    if row.state == "sending":
        batch = AnnouncementBatch
        bad = batch.state.in_(("dead", "unknown"))
        reasons = select(batch.error).where(batch.announcement_id == row.id, bad).order_by(batch.id)
        why = session.scalar(reasons.limit(1))
        failed = row.accepted == 0 and why is not None
        row.state, row.comment = ("stopped", why) if failed else ("sent", row.comment)
        row.version += 1
    details = {"state": row.state, "accepted": row.accepted, "recipients": row.recipients}
    audit.record(session, row.municipality_id, SYSTEM, "announcement.finish", f"announcement:{row.id}", now, details)


def _start_anew(row: AnnouncementBatch) -> None:
    """As if never tried, under a new key. Only where every attempt under the old one was surely refused."""
    row.state, row.retry_key, row.first_try_at = "waiting", new_key(), None


def _settle(row: AnnouncementBatch, state: str, why: str | None) -> None:
    row.state, row.error = state, why[:200] if why else None
    row.recipients = row.lease_owner = row.lease_until = None


def _wait(row: AnnouncementBatch, real_now: datetime, seconds: float, status: int | None, why: str) -> None:
    row.next_try_at = real_now + timedelta(seconds=seconds)
    row.status, row.error = status, why[:200]
    row.lease_owner = row.lease_until = None


def _pause(attempts: int) -> float:
    """Exponential, doubling from a second to half an hour, spread by a quarter so that batches do not march in step."""
    return min(2.0 ** (attempts - 1), LONGEST_PAUSE) * random.uniform(1.0, 1.25)  # noqa: S311  no secret
