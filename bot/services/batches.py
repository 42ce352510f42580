"""Batches of frozen recipients: what they hold.

How they are claimed by lease is bot.services.claiming's, what LINE's answers make of them bot.services.settling's; the
calls are scheduler.delivery's.

Promise (design.md 3): LINE accepts each batch exactly once. A batch that may have been accepted is repeated
with the same key and the same recipients until LINE says so, 23 hours at most; only one whose every attempt
was surely refused may get a new key. Leases and pauses are real time; a key's age is the product's time
(LINE counts its 24 hours, and in the demo LINE's clock can be moved).
"""

from __future__ import annotations

import struct
import uuid
from binascii import hexlify
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.core import quiet_hours
from bot.core.sealing import Sealer
from bot.errors import BadInputError
from bot.models import Announcement, AnnouncementBatch, Resident

SIZE = 500  # LINE takes at most 500 user ids in one multicast
BLOB_CONTEXT = "announcement.recipients/"
ID_BYTES, ID_CHARS = 16, 33  # a LINE user id: U and 32 hex digits
ID_TYPE = "<u8"  # a resident's id in a blob, as numpy names it
GIVE_UP_AFTER = timedelta(hours=23)  # LINE keeps a retry key 24 h
GOES_ON = timedelta(minutes=30)  # so long after it was frozen a send that began by day may go on into the night
LEASE = timedelta(seconds=20)  # longer than a call's time-outs together
OPEN = ("waiting", "trying")

NO_ANSWER = "LINEから23時間返事がなく、届いたかどうかが分かりません。二重に届かないよう、送り直しません。"

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
        return b'["U%s"]' % hexlify(self.line_ids, b",", ID_BYTES).replace(b",", b'","U')


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
    ids, raw = halves(sealer, municipality, blob)
    return struct.unpack(f"<{len(ids) // 8}Q", ids), raw


def halves(sealer: Sealer, municipality: str, blob: bytes) -> tuple[bytes, bytes]:
    """The resident ids as they are packed, 8 bytes each (`ID_TYPE`), and the LINE ids. Raises as `unpack`."""
    plain = sealer.open(blob, BLOB_CONTEXT + municipality)
    end = 4 + 8 * int.from_bytes(plain[:4], "little")
    return plain[4:end], plain[end:]


def without(
    sealer: Sealer, municipality: str, packed: tuple[bytes, bytes], gone: Container[int]
) -> tuple[int, bytes, bytes | None] | None:
    """The others of both `halves`: their number, LINE ids and new blob (None: nobody is left).

    None when none of these residents is among them.
    """
    ids, raw = struct.unpack(f"<{len(packed[0]) // 8}Q", packed[0]), packed[1]
    left = [at for at, resident in enumerate(ids) if resident not in gone]
    if len(left) == len(ids):
        return None
    kept = b"".join(raw[at * ID_BYTES : (at + 1) * ID_BYTES] for at in left)
    return len(left), kept, pack(sealer, municipality, ([ids[at] for at in left], kept)) if left else None


def waits_for_morning(row: Announcement, now: datetime) -> bool:
    """Whether what was never tried of it waits: it stood still until the quiet hours, so it did not begin before them.

    What began to go out at 20:59 goes on (bot.core.quiet_hours); what somebody sends at once knows no night.
    """
    begun = row.frozen_at is None or row.frozen_at > now - GOES_ON
    return not (begun or row.at_once or quiet_hours.decent(now, row.urgency))


def forget(session: Session, sealer: Sealer, resident: Resident) -> int:
    """Take an erased resident out of what has surely not been sent; returns out of how many batches.

    One that may have been accepted must be repeated as it was; its recipients are erased when it is over.
    """
    batch = AnnouncementBatch
    unsent = or_(batch.state.in_(("stopped", "dead")), batch.first_try_at.is_(None))
    mine = (batch.municipality_id == resident.municipality_id, batch.recipients.is_not(None), unsent)
    done, gone = 0, {resident.id}
    for row in session.scalars(select(batch).where(*mine).order_by(batch.id).with_for_update()):
        if row.recipients is None:
            continue
        try:
            changed = without(sealer, row.municipality_id, halves(sealer, row.municipality_id, row.recipients), gone)
        except BadInputError:  # its key is gone: nobody can read it, nor send it
            continue
        if changed is None:
            continue
        done += 1
        row.count, _, row.recipients = changed
        if not row.count:
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
