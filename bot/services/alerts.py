"""Alerts for staff and signs of life: one open row per kind and subject, counted, never a resident's data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.models import Alert, Heartbeat, Municipality

# Jobs of the clock and of the workers that run every second; a sign of life comes once a minute.
WATCHED: Final = ("freezing", "delivery", "outbox")
LATE: Final = timedelta(minutes=5)
CLOCK: Final = "clock"
CLOCK_DEAD: Final = (
    "決まった時刻の仕事が、{minutes}分動いていません。予約したお知らせが送られません。"
    "システムの担当者に伝えてください。"
)


def raise_alert(session: Session, municipality: str, kind: str, text: str, now: datetime, subject: str = "") -> None:
    """Open an alert, or count it again when it is open already."""
    open_one = select(Alert).where(Alert.municipality_id == municipality, Alert.kind == kind, Alert.subject == subject)
    row = session.scalar(open_one)
    if row is None:
        new = Alert(municipality_id=municipality, kind=kind, subject=subject, text=text, first_at=now, last_at=now)
        if _added(session, new):
            return
        row = session.scalars(open_one).one()
    row.count, row.last_at, row.text = row.count + 1, now, text


def clear_alert(session: Session, municipality: str, kind: str, subject: str = "") -> None:
    """The matter is over."""
    session.execute(
        delete(Alert).where(Alert.municipality_id == municipality, Alert.kind == kind, Alert.subject == subject)
    )


def beat(session: Session, name: str, now: datetime) -> None:
    """A recurring job has run to its end."""
    there = session.execute(
        update(Heartbeat).where(Heartbeat.name == name).values(at=now).execution_options(synchronize_session=False)
    )
    if not there.rowcount:  # type: ignore[attr-defined]
        _added(session, Heartbeat(name=name, at=now))


def late_jobs(session: Session, real_now: datetime) -> Sequence[Heartbeat]:
    """Jobs of every second without a sign of life for five minutes, the longest first; none where none ever ran."""
    late = (Heartbeat.name.in_(WATCHED), Heartbeat.at < real_now - LATE)
    return session.scalars(select(Heartbeat).where(*late).order_by(Heartbeat.at)).all()


def clock_dead(session: Session, real_now: datetime) -> str | None:
    """What staff are told of jobs that stand still; None: all go."""
    late = late_jobs(session, real_now)
    return CLOCK_DEAD.format(minutes=int((real_now - late[0].at).total_seconds() // 60)) if late else None


def watch(session: Session, real_now: datetime, now: datetime) -> bool:
    """Tell every municipality when the clock stands still, and take it back; for a worker, which still runs then."""
    text = clock_dead(session, real_now)
    for municipality in session.scalars(select(Municipality.id)).all():
        if text is not None:
            raise_alert(session, municipality, CLOCK, text, now)
        else:
            clear_alert(session, municipality, CLOCK)
    return text is not None


def _added(session: Session, row: Alert | Heartbeat) -> bool:
    """False when another process was first: neither of them may lose what else it is writing."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True
