"""Activities (行事・活動) with their dates, expanded from the published entries of a municipality."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import Entry as Row
from bot.services.by_version import ByVersion
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
    return [
        entry
        for _, entry in known(session, municipality)
        if entry.audience == "resident"
        and (key is None or entry.id == key)
        and (entry.valid_from is None or entry.valid_from <= today)
        and (entry.valid_to is None or today <= entry.valid_to)
    ]


def known(session: Session, municipality: str) -> tuple[tuple[int, Entry], ...]:
    """Every published activity with its row id, kept for as long as the municipality's content stays the same."""
    return _kept(session, municipality)


def _read(session: Session, municipality: str) -> tuple[tuple[int, Entry], ...]:
    mine = (Row.municipality_id == municipality, Row.kind == "activity", Row.published.is_(True))
    rows = session.execute(select(Row.id, Row.data).where(*mine).order_by(Row.key))
    return tuple((number, entry_from(data)) for number, data in rows)


_kept: Final = ByVersion(_read)
