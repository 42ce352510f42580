"""A form that was posted after its session had ended, while its writer is away at the city's sign-in.

It is sealed, opens once with the key that the browser holds, and goes after a quarter of an hour. Times are real.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.core.sealing import Sealer
from bot.models import KeptForm
from bot.services import erasing

KEEPS: Final = timedelta(minutes=15)
MOST: Final = 200  # at once: whoever fills them keeps the others' text on their own page, where it is not lost


def put(session: Session, sealer: Sealer, form: str, now: datetime) -> str | None:
    """Keep a form; returns the key that opens it, None when too many are kept already."""
    forget(session, now)
    if (session.scalar(select(func.count()).select_from(KeptForm)) or 0) >= MOST:
        return None
    key = secrets.token_urlsafe(32)
    digest = _digest(key)
    session.add(KeptForm(key_hash=digest, form=sealer.seal(form.encode(), digest), until=now + KEEPS))
    return key


def take(session: Session, sealer: Sealer, key: str, now: datetime) -> str:
    """The form, once; "" when it is not there any more."""
    digest = _digest(key)
    row = session.scalar(select(KeptForm).where(KeptForm.key_hash == digest))
    if row is None:
        return ""
    session.delete(row)
    return sealer.open(row.form, digest).decode() if row.until > now else ""


def forget(session: Session, now: datetime) -> int:
    """Drop those whose time is over; returns how many."""
    return erasing.carry_out(session, delete(KeptForm).where(KeptForm.until <= now))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
