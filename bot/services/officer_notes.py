"""What linked officers are told beside approvals: a circular's deadline that is near, a role that ends soon."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.core import quiet_hours
from bot.models import Staff
from bot.now import jst
from bot.services import circular_clock, role_ends, staff


@dataclass(frozen=True)
class Note:
    """A note to one member of staff; `kind` and `subject` make it once. `path` is a page of the console."""

    staff_id: int
    kind: str
    subject: str
    title: str
    text: str
    path: str


def due(session: Session, municipality: str, staff_ids: Collection[int], now: datetime) -> list[Note]:
    """What these people are to be told now, by day only. What they were told already is for the caller to leave out."""
    if not quiet_hours.decent(now):
        return []
    return [*_deadlines(session, municipality, staff_ids, now), *_ends(session, municipality, staff_ids, now)]


def _deadlines(session: Session, municipality: str, staff_ids: Collection[int], now: datetime) -> list[Note]:
    rows, today = circular_clock.near_deadlines(session, municipality, now), jst(now).date()
    found = []
    for staff_id in staff_ids if rows else ():
        person = session.get(Staff, staff_id)
        actor = staff.actor(session, person) if person is not None else None
        for row in rows:
            if actor is None or not actor.may("announcement.write", municipality, today, (row.district_id,)):
                continue
            subject = f"c{row.id}:{int(row.closes_at.timestamp())}"  # moved to another day: told anew
            text = circular_clock.reminder(session, row)
            found.append(Note(staff_id, "circular", subject, "回覧の締切が近づいています", text, f"circulars/{row.id}"))
    return found


def _ends(session: Session, municipality: str, staff_ids: Collection[int], now: datetime) -> list[Note]:
    found = []
    for staff_id, one in role_ends.to_tell(session, municipality, now):
        if staff_id in staff_ids:
            subject = f"r{one.role_id}:{one.until.isoformat()}:{one.mark}"
            text = role_ends.words(one, to_oneself=staff_id == one.staff_id)
            found.append(Note(staff_id, "role_end", subject, "役割の終わりが近づいています", text, "handover"))
    return found
