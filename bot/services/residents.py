"""Residents: who befriended the bot, what they chose, where their conversation stands.

Look-ups go by the sealed LINE id; nothing else in the house knows one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.sealing import Sealer
from bot.models import Conversation, Resident

CONVERSATION_KEEPS = timedelta(minutes=30)


def find_sealed(session: Session, sealer: Sealer, municipality: str, sealed: bytes) -> Resident | None:
    """The resident of a sealed source (an event's), also when the two were sealed under different key versions."""
    return find(session, sealer, municipality, sealer.open_id(sealed, municipality))


def find(session: Session, sealer: Sealer, municipality: str, line_id: str) -> Resident | None:
    """The resident with this LINE id, under any live key version."""
    sealed = sealer.all_sealed_ids(line_id, municipality)
    return session.scalar(
        select(Resident).where(Resident.municipality_id == municipality, Resident.line_id.in_(sealed))
    )


def create(session: Session, municipality: str, sealed: bytes, now: datetime) -> Resident:
    """A new resident, nothing chosen yet."""
    resident = Resident(municipality_id=municipality, line_id=sealed, followed_at=now)
    session.add(resident)
    session.flush()
    return resident


def conversation(session: Session, resident: Resident, now: datetime) -> Mapping[str, Any]:
    """The conversation's state; {} when there is none or it has been quiet for half an hour."""
    row = session.get(Conversation, resident.id)
    if row is None or now - row.updated_at > CONVERSATION_KEEPS:
        return {}
    return row.state


def keep_conversation(session: Session, resident: Resident, state: Mapping[str, Any], now: datetime) -> None:
    """Replace the conversation's state; an empty one erases it."""
    row = session.get(Conversation, resident.id)
    if not state:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        session.add(
            Conversation(
                resident_id=resident.id, municipality_id=resident.municipality_id, state=dict(state), updated_at=now
            )
        )
    else:
        row.state, row.updated_at = dict(state), now
