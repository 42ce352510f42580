"""Entries that somebody has to check again, and the alert that says so."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from bot.core import freshness
from bot.models import Alert, Entry, Municipality
from bot.now import jst
from bot.services import alerts
from content.packs_model import KINDS

ALERT: Final = "stale"
REMIND_AFTER: Final = timedelta(days=7)


def due(session: Session, municipality: str, now: datetime) -> list[Entry]:
    """Published entries whose check no longer holds or that were never checked, the oldest check first.

    Samples are nobody's facts; what has expired is not answered with anyway.
    """
    city = session.get(Municipality, municipality)
    thresholds = (city.facts.get("thresholds") or {}) if city else {}
    today = jst(now).date()
    rows = session.scalars(
        select(Entry)
        .where(Entry.municipality_id == municipality, Entry.published)
        .where(or_(Entry.valid_to.is_(None), Entry.valid_to >= today))
        .order_by(Entry.title, Entry.id)
    )
    found = [row for row in rows if not row.data.get("sample") and _is_due(row, thresholds, today)]
    return sorted(found, key=lambda row: row.data.get("checked_on") or "")


def due_districts(session: Session, municipality: str, now: datetime) -> list[list[str]]:
    """The districts (pack ids; none: the whole city) of each entry that is due, read without their texts."""
    city = session.get(Municipality, municipality)
    thresholds = (city.facts.get("thresholds") or {}) if city else {}
    today = jst(now).date()
    checked, sample = Entry.data["checked_on"].as_string(), Entry.data["sample"].as_boolean()
    # Days are stored as 2026-11-28, so that earlier ones are smaller words.
    old = case({kind: (today - freshness.period(thresholds, kind)).isoformat() for kind in KINDS}, value=Entry.kind)
    query = (
        select(Entry.data["districts"])
        .where(Entry.municipality_id == municipality, Entry.published)
        .where(or_(Entry.valid_to.is_(None), Entry.valid_to >= today))
        .where(or_(checked.is_(None), checked < old), or_(sample.is_(None), sample.is_(False)))
    )
    return [districts or [] for districts in session.scalars(query)]


def remind(session: Session, municipality: str, now: datetime) -> int:
    """Raise the alert while entries are due (once a week, or when their number changes), clear it when none is."""
    number = len(due(session, municipality, now))
    if not number:
        alerts.clear_alert(session, municipality, ALERT)
        return 0
    text = f"確認の時期を過ぎた記事が{number}件あります。「記事」の「確認の時期」で、確かめてください。"
    open_one = session.scalar(select(Alert).where(Alert.municipality_id == municipality, Alert.kind == ALERT))
    if open_one is None or open_one.text != text or now - open_one.last_at >= REMIND_AFTER:
        alerts.raise_alert(session, municipality, ALERT, text, now)
    return number


def _is_due(row: Entry, thresholds: dict[str, float], today: date) -> bool:
    day = row.data.get("checked_on")
    return day is None or freshness.is_old(thresholds, row.kind, date.fromisoformat(day), today)
