"""An activity as a calendar file (iCalendar, RFC 5545): one VEVENT a date, as it stands now.

A date keeps its UID for good; SEQUENCE is the number of the entry's version, so that a calendar which has the date
takes up that it was moved or called off (STATUS, RFC 5545 3.8.1.11; SEQUENCE, 3.8.7.4).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from icalendar import Calendar, Event

from bot.models import Entry
from bot.now import jst
from content.packs_model import Entry as Content
from content.recurrence import Occurrence

PRODUCT = "-//Entaku//Activities//JA"
_MARKED = {"中止": "【中止】", "順延": "【順延】", "変更": "【変更】"}


def activity_file(row: Entry, content: Content, dates: Iterable[Occurrence], host: str) -> bytes:
    """The file with these dates. `host` is the installation's name, part of the UIDs."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for date in dates:
        calendar.add_component(event(row, content, date, host))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def event(row: Entry, content: Content, date: Occurrence, host: str) -> Event:
    """One date as a VEVENT."""
    made = Event()
    made.add("uid", f"{row.municipality_id}.{row.key}.{date.day:%Y%m%d}@{host}")
    made.add("dtstamp", row.updated_at)
    made.add("last-modified", row.updated_at)
    made.add("sequence", row.version - 1)
    made.add("status", _status(date))
    made.add("summary", _MARKED.get(date.state, "") + date.title)
    if date.all_day:
        made.add("dtstart", jst(date.starts_at).date())
        made.add("dtend", jst(date.ends_at).date())
    else:
        made.add("dtstart", date.starts_at)
        made.add("dtend", max(date.ends_at, date.starts_at + timedelta(minutes=1)))
    if date.place:
        made.add("location", date.place)
    made.add("description", "\n".join(part for part in (date.state_note, content.body, _organiser(content)) if part))
    return made


def _status(date: Occurrence) -> str:
    if date.called_off:
        return "CANCELLED"
    return "CONFIRMED" if date.takes_place else "TENTATIVE"


def _organiser(content: Content) -> str:
    return f"主催: {content.activity.organiser}" if content.activity and content.activity.organiser else ""
