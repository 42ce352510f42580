"""The audit: one row for each change, in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import practice
from bot.core.permissions import Actor
from bot.models import Announcement, AuditRow, Staff
from bot.now import JST, jst


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

    `details` must hold no personal data of residents and no secret. What is done in a room for practice is no
    decision, and the room's rows go with it: nothing is written of it.
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


def has_read(session: Session, municipality: str, actor: Actor, action: str, target: str, now: datetime) -> bool:
    """Whether it is written down already that this person read this today (Japanese time)."""
    mine = (AuditRow.municipality_id == municipality, AuditRow.target == target, AuditRow.action == action)
    today = (AuditRow.actor_id == actor.id, AuditRow.at >= datetime.combine(jst(now).date(), time(0), JST))
    return session.scalar(select(AuditRow.id).where(*mine, *today).limit(1)) is not None


def note_reading(session: Session, municipality: str, actor: Actor, action: str, target: str, now: datetime) -> None:
    """Write that somebody looked at free text: one row for each person, target and day, so that it stays readable."""
    if not has_read(session, municipality, actor, action, target, now):
        record(session, municipality, actor, action, target, now)


def labels(session: Session, rows: Sequence[AuditRow]) -> dict[str, str]:
    """What targets are called now, by target: people's names and announcements' titles, where they still exist."""
    found: dict[str, str] = {}
    for kind, column in (("staff", Staff.name), ("announcement", Announcement.title)):
        ids = {int(row.target.partition(":")[2]) for row in rows if row.target.startswith(f"{kind}:")}
        key = column.class_.id
        for number, label in session.execute(select(key, column).where(key.in_(ids))):
            found[f"{kind}:{number}"] = label
    return found
