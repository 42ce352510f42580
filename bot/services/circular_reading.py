"""読みました: how many people pressed it, by district and issue, each once; never who and never when.

A mark is HMAC of the resident under the issue's own key. The key lives in the key store (in no backup of ours); 60 days
after the issue came out marks and key are destroyed and only the number stays.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.models import Announcement, Circular, CircularReading, Resident
from bot.services.context import Context
from bot.services.keystore import KeyStore

COUNTED_FOR: Final = timedelta(days=60)
SHOWN_FROM: Final = 10  # below, nobody is told the number (design.md 3)


def key_of(keystore: KeyStore, row: Circular) -> bytes | None:
    """The issue's key, made on first use; None once its counting is over. Never called inside a transaction."""
    if row.counted_at is not None:
        return None
    return keystore.recall(_name(row)) or keystore.create(_name(row))


def mark(session: Session, key: bytes, row: Circular, resident: Resident) -> bool:
    """Count this person, once however often it is pressed; False when they were counted before, or it is over."""
    reader = hmac.new(key, f"entaku/circular/{row.id}/{resident.id}".encode(), hashlib.sha256).digest()
    known = select(CircularReading.id).where(CircularReading.circular_id == row.id, CircularReading.reader == reader)
    if session.scalar(known) is not None:
        return False
    open_still = (Circular.id == row.id, Circular.municipality_id == resident.municipality_id)
    counted = session.execute(
        update(Circular)
        .where(*open_still, Circular.counted_at.is_(None))
        .values(readers=Circular.readers + 1)
        .execution_options(synchronize_session=False)
    )
    if counted.rowcount != 1:  # type: ignore[attr-defined]
        return False
    try:
        with session.begin_nested():
            session.add(CircularReading(municipality_id=row.municipality_id, circular_id=row.id, reader=reader))
    except IntegrityError:  # pressed twice at the same moment, in two processes
        session.execute(update(Circular).where(*open_still).values(readers=Circular.readers - 1))
        return False
    return True


def in_words(row: Circular, told: Announcement | None) -> str:
    """読みました 34人 (届いた人 120人); below ten readers no number."""
    got = told.accepted + (told.in_digests or 0) if told is not None else 0
    reached = f"(届いた人 {got}人)" if got else ""
    readers = f"{row.readers}人" if row.readers >= SHOWN_FROM else f"{SHOWN_FROM}人未満"
    return f"読みました {readers} {reached}".rstrip()


def end_counting(context: Context, now: datetime) -> int:
    """Destroy marks and keys of issues that came out 60 days ago. Idempotent: what a crash left is done again."""
    with context.database.read() as session:
        old = (Circular.state != "open", Circular.key_gone.is_(False), Circular.send_at <= now - COUNTED_FOR)
        rows = session.scalars(select(Circular).where(*old).order_by(Circular.id)).all()
    for row in rows:
        with context.database.write(durable=True) as session:
            session.execute(delete(CircularReading).where(CircularReading.circular_id == row.id))
            session.execute(
                update(Circular)
                .where(Circular.id == row.id)
                .values(counted_at=func.coalesce(Circular.counted_at, now))
                .execution_options(synchronize_session=False)
            )
        context.keystore.destroy(_name(row))
        with context.database.write() as session:
            session.get_one(Circular, row.id).key_gone = True
    return len(rows)


def _name(row: Circular) -> str:
    return f"{row.municipality_id}/circular/{row.id}"
