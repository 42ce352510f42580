"""Activities (行事・活動) with their dates, expanded from the published entries of a municipality."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import Entry as Row
from content.packs_json import entry_from
from content.packs_model import Entry
from content.recurrence import Occurrence, occurrence_on, occurrences

AHEAD: Final = timedelta(days=62)


@dataclass(frozen=True)
class Dated:
    """An activity and one of its dates."""

    entry: Entry
    occurrence: Occurrence


def upcoming(session: Session, municipality: str, districts: Collection[str], now: datetime) -> list[Dated]:
    """What takes place within two months, soonest first: in these districts (pack ids) and in the whole city.

    No districts: everywhere. Each activity comes once, with its next date.
    """
    found = []
    for entry in _published(session, municipality, now):
        if districts and entry.districts and not set(districts) & set(entry.districts):
            continue
        if dates := occurrences(entry, now, now + AHEAD):
            found.append(Dated(entry, dates[0]))
    return sorted(found, key=lambda one: (one.occurrence.starts_at, one.entry.title))


def next_dates(session: Session, municipality: str, now: datetime, each: int, within: timedelta) -> list[Dated]:
    """The next dates of every activity, at most so many of each."""
    return [
        Dated(entry, occurrence)
        for entry in _published(session, municipality, now)
        for occurrence in occurrences(entry, now, now + within)[:each]
    ]


def find(session: Session, municipality: str, key: str, now: datetime) -> tuple[Entry, list[Occurrence]] | None:
    """One published activity and its next dates."""
    for entry in _published(session, municipality, now, key):
        return entry, occurrences(entry, now, now + AHEAD)
    return None


def on(session: Session, municipality: str, key: str, day: date, now: datetime) -> Dated | None:
    """One date of a published activity, by the day its rule names, also when it is over or was moved."""
    for entry in _published(session, municipality, now, key):
        coming = (one for one in occurrences(entry, now, now + AHEAD) if one.day == day)
        found = next(coming, None) or occurrence_on(entry, day)
        return Dated(entry, found) if found else None
    return None


def _published(session: Session, municipality: str, now: datetime, key: str | None = None) -> list[Entry]:
    today = now.date()
    query = select(Row).where(Row.municipality_id == municipality, Row.kind == "activity", Row.published.is_(True))
    if key is not None:
        query = query.where(Row.key == key)
    rows = session.scalars(query.order_by(Row.key))
    entries = (
        entry_from(row.data)
        for row in rows
        if (row.valid_from is None or row.valid_from <= today) and (row.valid_to is None or today <= row.valid_to)
    )
    return [entry for entry in entries if entry.audience == "resident"]
