"""The audit: one row for each change, in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import practice
from bot.core.permissions import Actor
from bot.models import Announcement, AuditRow, Staff


def record(
    session: Session,
    municipality: str | None,
    actor: Actor,
    action: str,
    target: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write who did what (`announcement.approve`) to what (`announcement:12`).

    `details` must hold no personal data of residents and no secret.
    """
    if municipality is not None and practice.is_room(municipality):
        return
    session.add(
        AuditRow(
            municipality_id=municipality,
            at=now,
            actor_id=actor.id,
            actor=actor.name[:60],
            action=action,
            target=target,
            details=dict(details or {}),
        )
    )


def labels(session: Session, rows: Sequence[AuditRow]) -> dict[str, str]:
    """What targets are called now, by target: people's names and announcements' titles, where they still exist."""
    found: dict[str, str] = {}
    for kind, column in (("staff", Staff.name), ("announcement", Announcement.title)):
        ids = {int(row.target.partition(":")[2]) for row in rows if row.target.startswith(f"{kind}:")}
        key = column.class_.id
        for number, label in session.execute(select(key, column).where(key.in_(ids))):
            found[f"{kind}:{number}"] = label
    return found


def listing(session: Session, municipality: str, before: int | None = None, limit: int = 100) -> list[AuditRow]:
    """The newest rows of a municipality; `before` (an id) gives the page that follows."""
    query = select(AuditRow).where(AuditRow.municipality_id == municipality)
    if before is not None:
        query = query.where(AuditRow.id < before)
    return list(session.scalars(query.order_by(AuditRow.id.desc()).limit(limit)))
