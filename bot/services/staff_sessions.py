"""Who is signed in where: one row for each browser, so that one, or all others, can be ended.

The cookie holds a random key, the row its digest. Which device it is stands there in plain words; no address is kept.
`now` is real time, in the demo too.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.models import Staff, StaffSession
from bot.services import erasing

KEY_BYTES: Final = 24
LONGEST: Final = timedelta(hours=24)  # the most that ENTAKU_SESSION_HOURS can be


def begin(session: Session, staff: Staff, way: str, device: str, now: datetime) -> str:
    """A browser of this person has signed in; returns the key for its cookie."""
    key = secrets.token_urlsafe(KEY_BYTES)
    session.add(
        StaffSession(
            municipality_id=staff.municipality_id, staff_id=staff.id, key_hash=_hash(key),
            version=staff.session_version, device=device[:60], way=way, begun_at=now, seen_at=now, proved_at=now,
        )
    )  # fmt: skip
    session.flush()
    return key


def find(session: Session, key: str) -> tuple[StaffSession, Staff] | None:
    """The session of this key and its person, while both still count."""
    query = select(StaffSession, Staff).join(Staff, Staff.id == StaffSession.staff_id)
    found = session.execute(query.where(StaffSession.key_hash == _hash(key))).one_or_none()
    if found is None or not found[1].active or found[0].version != found[1].session_version:
        return None
    return found[0], found[1]


def listing(session: Session, staff: Staff, since: datetime) -> list[StaffSession]:
    """Where this person is signed in, the last used first; those not seen `since` then have ended by themselves."""
    mine = select(StaffSession).where(
        StaffSession.staff_id == staff.id,
        StaffSession.version == staff.session_version,
        StaffSession.seen_at >= since,
    )
    return list(session.scalars(mine.order_by(StaffSession.seen_at.desc(), StaffSession.id.desc())))


def seen(session: Session, session_id: int, now: datetime) -> None:
    """It was used."""
    if (row := session.get(StaffSession, session_id)) is not None:
        row.seen_at = now


def proved(session: Session, session_id: int, now: datetime) -> None:
    """The person has shown again who they are."""
    if (row := session.get(StaffSession, session_id)) is not None:
        row.seen_at = row.proved_at = now


def keep(session: Session, session_id: int, staff: Staff) -> None:
    """Let this one go on when the person's others end (a new password)."""
    if (row := session.get(StaffSession, session_id)) is not None:
        row.version = staff.session_version


def end(session: Session, staff_id: int, session_id: int) -> bool:
    """Sign one browser of this person out; False when it was not theirs, or gone."""
    mine = (StaffSession.id == session_id, StaffSession.staff_id == staff_id)
    return bool(session.execute(delete(StaffSession).where(*mine)).rowcount)  # type: ignore[attr-defined]


def end_others(session: Session, staff_id: int, but: int) -> int:
    """Sign all other browsers of this person out; returns how many."""
    others = (StaffSession.staff_id == staff_id, StaffSession.id != but)
    return int(session.execute(delete(StaffSession).where(*others)).rowcount)  # type: ignore[attr-defined]


def forget(session: Session, now: datetime) -> int:
    """Drop the rows of sessions that ended by themselves."""
    return erasing.carry_out(session, delete(StaffSession).where(StaffSession.seen_at < now - LONGEST))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
