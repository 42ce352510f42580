"""Alerts for staff and signs of life: one open row per kind and subject, counted, never a resident's data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.models import Alert, Heartbeat


def raise_alert(session: Session, municipality: str, kind: str, text: str, now: datetime, subject: str = "") -> None:
    """Open an alert, or count it again when it is open already."""
    row = session.scalar(
        select(Alert).where(Alert.municipality_id == municipality, Alert.kind == kind, Alert.subject == subject)
    )
    if row is None:
        session.add(
            Alert(municipality_id=municipality, kind=kind, subject=subject, text=text, first_at=now, last_at=now)
        )
    else:
        row.count, row.last_at, row.text = row.count + 1, now, text


def clear_alert(session: Session, municipality: str, kind: str, subject: str = "") -> None:
    """The matter is over."""
    session.execute(
        delete(Alert).where(Alert.municipality_id == municipality, Alert.kind == kind, Alert.subject == subject)
    )


def beat(session: Session, name: str, now: datetime) -> None:
    """A recurring job has run to its end."""
    session.merge(Heartbeat(name=name, at=now))
