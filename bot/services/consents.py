"""Which version of a text about their data each resident was shown last: a number and a moment, nothing else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.models import ConsentSeen, Resident
from content import consents


def seen(session: Session, resident: Resident | None, kind: str) -> int:
    """The version this resident saw last; 0: none, or nobody we know."""
    row = session.get(ConsentSeen, (resident.id, kind)) if resident is not None else None
    return row.version if row is not None else 0


def note(session: Session, resident: Resident, kind: str, now: datetime, version: int | None = None) -> None:
    """The resident is shown this version now (None: the newest)."""
    number = consents.current(kind) if version is None else version
    row = session.get(ConsentSeen, (resident.id, kind))
    if row is None:
        mine = {"resident_id": resident.id, "municipality_id": resident.municipality_id}
        session.add(ConsentSeen(**mine, kind=kind, version=number, seen_at=now))
    elif row.version != number:
        row.version, row.seen_at = number, now


def changed(session: Session, resident: Resident | None, kind: str) -> int | None:
    """The newest version's number for somebody who saw an older one: said once, above the text."""
    was, newest = seen(session, resident, kind), consents.current(kind)
    return newest if 0 < was < newest else None


def counts(session: Session, municipality: str) -> dict[tuple[str, int], int]:
    """How many residents saw which version last, by kind and version."""
    row = ConsentSeen
    query = select(row.kind, row.version, func.count()).where(row.municipality_id == municipality)
    return {(kind, version): number for kind, version, number in session.execute(query.group_by(row.kind, row.version))}
