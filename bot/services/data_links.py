"""The link to the page with all that is held of a resident: from the chat only, the newest only, half an hour.

A resident's own LINE account is what proves who they are. Staff can make no such link and look nobody up.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.models import DataLink, Resident
from bot.services import erasing
from bot.services.inquiry_links import new_token

__all__ = ["KEEPS", "add", "drop_old", "find", "new_token", "url"]

KEEPS: Final = timedelta(minutes=30)


def url(public_url: str, municipality: str, token: str) -> str:
    """The page's address; LINE opens it in the telephone's own browser, where files can be kept."""
    return f"{public_url}m/{municipality}/my-data/{token}?openExternalBrowser=1"


def add(session: Session, resident: Resident, token: str, now: datetime) -> None:
    """A fresh link; the one before no longer opens anything."""
    session.execute(delete(DataLink).where(DataLink.resident_id == resident.id))
    session.add(
        DataLink(
            municipality_id=resident.municipality_id, resident_id=resident.id, token_hash=_hash(token),
            language=resident.language, created_at=now, expires_at=now + KEEPS,
        )
    )  # fmt: skip
    session.flush()


def find(
    session: Session, municipality: str, token: str, now: datetime, *, lock: bool = False
) -> tuple[DataLink, Resident] | None:
    """The link that works now, and whose it is; None for forged, old and replaced ones."""
    query = select(DataLink, Resident).join(Resident, Resident.id == DataLink.resident_id)
    mine = (DataLink.municipality_id == municipality, Resident.municipality_id == municipality)
    query = query.where(*mine, DataLink.token_hash == _hash(token), DataLink.expires_at > now)
    found = session.execute(query.with_for_update() if lock else query).first()
    return (found[0], found[1]) if found else None


def drop_old(session: Session, now: datetime) -> int:
    """Links that no longer work; returns how many."""
    return erasing.carry_out(session, delete(DataLink).where(DataLink.expires_at <= now))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
