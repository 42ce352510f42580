"""What a municipality publishes, for others to use: the entries residents may read, as values and as files.

Everything here is public already; drafts, staff's and officers' entries never come along. The mark 見本 stands in the
titles themselves, so that it is in every file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any, Final
from xml.etree import ElementTree as ET

from icalendar import Calendar
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bot.core.practice import is_room
from bot.errors import NotFoundError
from bot.models import Announcement, District, Entry, Municipality
from bot.now import jst
from bot.services import announcement_archive, calendar_files
from content.formats import standard_out
from content.formats.column_words import HAZARDS
from content.formats.shelters_in import TYPE_NAMES
from content.packs_json import entry_from, municipality_from
from content.packs_model import Entry as Content
from content.packs_model import Municipality as PackMunicipality
from content.recurrence import Occurrence, occurrences

KINDS: Final = standard_out.KINDS
AHEAD: Final = timedelta(days=366)
DATES: Final = 30  # of one activity
RSS_ITEMS: Final = 50
LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/deed.ja"
LICENCE_NAME: Final = "クリエイティブ・コモンズ 表示 4.0 国際(CC BY 4.0)"
_STATES: Final = {"中止": "EventCancelled", "順延": "EventPostponed", "変更": "EventRescheduled"}
_NOT_XML: Final = {code: None for code in range(32) if code not in (9, 10, 13)}


@dataclass(frozen=True)
class Place:
    """The municipality as its files need it. `home` is the installation's address, ending with /."""

    row: Municipality
    pack: PackMunicipality
    districts: dict[str, str]  # id -> name
    home: str

    @property
    def page(self) -> str:
        return f"{self.home}m/{self.row.id}/"


@dataclass(frozen=True)
class Wanted:
    """A part of a kind: by district (a pack's id), by days on which something takes place."""

    district: str = ""
    first: date | None = None
    last: date | None = None


def place(session: Session, municipality: str, home: str) -> Place:
    """The municipality. Raises NotFoundError."""
    row = session.get(Municipality, municipality)
    if row is None:
        raise NotFoundError("その市町村は、ここにはありません。")
    facts = {**row.facts, "id": row.id, "name": row.name, "code": row.code, "languages": row.languages}
    named = select(District.key, District.name).where(District.municipality_id == municipality)
    found = {key: name for key, name in session.execute(named.order_by(District.position))}  # noqa: C416
    return Place(row, municipality_from(facts), found, home)


def municipalities(session: Session) -> list[str]:
    """The ids of all of them; rooms for practice are none."""
    return [one for one in session.scalars(select(Municipality.id).order_by(Municipality.id)) if not is_room(one)]


def rows(session: Session, municipality: str, kind: str, today: date) -> list[tuple[Entry, Content]]:
    """Every public entry of a kind (activities, facilities, shelters, population), by title."""
    query = select(Entry).where(*_public(municipality, kind, today)).order_by(Entry.title, Entry.id)
    found = ((row, entry_from(row.data)) for row in session.scalars(query))
    return [(row, entry) for row, entry in found if entry.audience == "resident"]


def counts(session: Session, municipality: str, today: date) -> dict[str, tuple[int, datetime | None]]:
    """How many entries of each kind there are, and when the newest was changed."""
    found: dict[str, tuple[int, datetime | None]] = {}
    for kind in KINDS:
        query = select(func.count(), func.max(Entry.updated_at)).where(*_public(municipality, kind, today))
        number, changed = session.execute(query).one()
        found[kind] = (number, changed)
    return found


def _public(municipality: str, kind: str, today: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Entry.municipality_id == municipality,
        Entry.kind == KINDS[kind],
        Entry.published.is_(True),
        or_(Entry.valid_from.is_(None), Entry.valid_from <= today),
        or_(Entry.valid_to.is_(None), Entry.valid_to >= today),
    )


def narrowed(
    found: Iterable[tuple[Entry, Content]], wanted: Wanted, now: datetime
) -> list[tuple[Entry, Content, list[Occurrence]]]:
    """Those of the district (and of the whole city) with their dates; with days, those that take place then."""
    kept = []
    for row, entry in found:
        if wanted.district and entry.districts and wanted.district not in entry.districts:
            continue
        dates = _dates(entry, wanted, now)
        if dates or not (wanted.first or wanted.last):
            kept.append((row, entry, dates))
    return kept


def _dates(entry: Content, wanted: Wanted, now: datetime) -> list[Occurrence]:
    begin = max(now, _midnight(wanted.first, now)) if wanted.first else now
    end = _midnight(wanted.last, now) + timedelta(days=1) if wanted.last else now + AHEAD
    return occurrences(entry, begin, min(end, now + AHEAD))[:DATES] if entry.activity else []


def _midnight(day: date | None, now: datetime) -> datetime:
    return datetime.combine(day or jst(now).date(), time(), jst(now).tzinfo)


def announcements(session: Session, municipality: str, limit: int, offset: int) -> list[Announcement]:
    """What everybody may read, the newest first."""
    return announcement_archive.find(session, municipality, announcement_archive.Wanted(), limit, offset)


def table(here: Place, kind: str, found: Sequence[tuple[Entry, Content]]) -> tuple[Sequence[str], list[Sequence[str]]]:
    """(header, rows) in the municipal standard's columns."""
    return standard_out.table(kind, [entry for _, entry in found], here.pack)


def calendar(found: Iterable[tuple[Entry, Content, list[Occurrence]]], host: str, name: str) -> bytes:
    """Every coming date of every activity (iCalendar), one VEVENT each, with STATUS and SEQUENCE."""
    made = Calendar()
    made.add("prodid", calendar_files.PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    for row, entry, dates in found:
        for one in dates:
            made.add_component(calendar_files.event(row, entry, one, host))
    made.add_missing_timezones()
    return bytes(made.to_ical())


def rss(here: Place, found: Iterable[tuple[Entry, Content, list[Occurrence]]], own: str, now: datetime) -> bytes:
    """Activities as RSS 2.0, what changed last first."""
    root = ET.Element("rss", {"version": "2.0"})
    channel = ET.SubElement(root, "channel")
    head = {
        "title": f"{here.row.name} 行事・イベント", "link": here.page, "language": "ja",
        "description": f"{here.row.name}の行事・イベントの新着です。", "lastBuildDate": _rfc(now),
    }  # fmt: skip
    _texts(channel, head)
    ET.SubElement(
        channel, "{http://www.w3.org/2005/Atom}link", {"href": own, "rel": "self", "type": "application/rss+xml"}
    )
    newest = sorted(found, key=lambda one: (one[0].updated_at, one[0].id), reverse=True)[:RSS_ITEMS]
    for row, entry, dates in newest:
        item = ET.SubElement(channel, "item")
        when = f"{jst(dates[0].starts_at):%Y年%-m月%-d日} " if dates else ""
        link = entry.extra.get("URL", "")
        _texts(item, {
            "title": _marked(entry, dates), "link": link if link.startswith(("http://", "https://")) else here.page,
            "description": f"{when}{dates[0].place if dates else ''}\n{entry.body}".strip(),
            "pubDate": _rfc(row.updated_at),
        })  # fmt: skip
        ET.SubElement(item, "guid", {"isPermaLink": "false"}).text = f"{here.row.id}.{row.key}.{row.version}"
    ET.register_namespace("atom", "http://www.w3.org/2005/Atom")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _texts(parent: ET.Element, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text.translate(_NOT_XML)


def _rfc(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _marked(entry: Content, dates: Sequence[Occurrence]) -> str:
    state = dates[0].state if dates else (entry.activity.state if entry.activity else "")
    return (f"【{state}】" if state in _STATES else "") + entry.title


def json_ld(here: Place, found: Iterable[tuple[Entry, Content, list[Occurrence]]]) -> dict[str, Any]:
    """schema.org Event, one for each coming date."""
    graph = [_event(here, row, entry, one) for row, entry, dates in found for one in dates]
    return {"@context": "https://schema.org", "@graph": graph}


def _event(here: Place, row: Entry, entry: Content, one: Occurrence) -> dict[str, Any]:
    activity = entry.activity
    assert activity is not None
    state = _STATES.get(one.state, "EventScheduled")
    place: dict[str, Any] = {"@type": "Place", "name": one.place or here.row.name}
    place["address"] = activity.address or f"{here.pack.prefecture}{here.row.name}"
    if activity.lat is not None and activity.lon is not None:
        place["geo"] = {"@type": "GeoCoordinates", "latitude": activity.lat, "longitude": activity.lon}
    made: dict[str, Any] = {
        "@type": "Event", "@id": f"{here.page}activities/{row.key}#{one.day:%Y%m%d}", "name": entry.title,
        "startDate": _said(one.starts_at, one.all_day), "endDate": _last(one), "eventStatus": f"https://schema.org/{state}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode", "location": place,
        "description": entry.body, "inLanguage": "ja",
    }  # fmt: skip
    if activity.organiser:
        made["organizer"] = {"@type": "Organization", "name": activity.organiser}
    if activity.fee:
        made["isAccessibleForFree"] = activity.fee in {"無料", "入場無料", "参加無料"}
    if (link := entry.extra.get("URL", "")).startswith(("http://", "https://")):
        made["url"] = link
    if activity.capacity is not None:
        made["maximumAttendeeCapacity"] = activity.capacity
    return made


def _said(moment: datetime, all_day: bool) -> str:
    return jst(moment).date().isoformat() if all_day else jst(moment).isoformat()


def _last(one: Occurrence) -> str:
    """The last day of whole days, else the moment of the end."""
    return (jst(one.ends_at) - timedelta(days=1)).date().isoformat() if one.all_day else jst(one.ends_at).isoformat()


def as_values(here: Place, row: Entry, entry: Content, dates: Sequence[Occurrence]) -> dict[str, Any]:
    """One entry for the JSON API; shapes as its OpenAPI description says."""
    made: dict[str, Any] = {
        "id": row.key, "title": entry.title, "text": entry.body, "sample": entry.sample,
        "districts": [{"id": one, "name": here.districts.get(one, one)} for one in entry.districts],
        "source": {
            "title": entry.source.title, "url": entry.source.url,
            "date": entry.source.date.isoformat() if entry.source.date else None,
        },
        "checked_on": entry.checked_on.isoformat() if entry.checked_on else None,
        "updated_at": jst(row.updated_at).isoformat(timespec="seconds"),
    }  # fmt: skip
    if entry.activity is not None:
        made |= _activity_values(entry, dates)
    elif entry.shelter is not None:
        made |= _shelter_values(entry)
    elif entry.kind == "facility":
        made |= {
            "kana": entry.extra.get("名称_カナ"), "address": entry.extra.get("住所"),
            "phone": entry.extra.get("電話番号"),
            "latitude": _number(entry.extra.get("緯度")), "longitude": _number(entry.extra.get("経度")),
        }  # fmt: skip
    return made


def _activity_values(entry: Content, dates: Sequence[Occurrence]) -> dict[str, Any]:
    activity = entry.activity
    assert activity is not None
    return {
        "rule": activity.rule, "starts_on": _day(activity.starts_on), "ends_on": _day(activity.ends_on),
        "state": activity.state,
        "place": activity.place or None, "address": activity.address or None, "latitude": activity.lat,
        "longitude": activity.lon, "organiser": activity.organiser or None, "for_whom": activity.audience_words or None,
        "fee": activity.fee or None, "capacity": activity.capacity, "apply_by": _day(activity.apply_by),
        "how_to_apply": activity.how_to_apply or None,
        "dates": [
            {
                "starts_at": jst(one.starts_at).isoformat(), "ends_at": jst(one.ends_at).isoformat(),
                "all_day": one.all_day, "state": one.state, "note": one.state_note or None, "place": one.place or None,
            }
            for one in dates
        ],
    }  # fmt: skip


def _shelter_values(entry: Content) -> dict[str, Any]:
    shelter = entry.shelter
    assert shelter is not None
    names = dict(HAZARDS)
    return {
        "type": shelter.type, "type_name": TYPE_NAMES[shelter.type], "address": shelter.address or None,
        "latitude": shelter.lat, "longitude": shelter.lon, "capacity": shelter.capacity,
        "hazards": [{"id": one, "name": names[one]} for one in shelter.hazards],
        "hazards_with_condition": [{"id": one, "name": names[one]} for one in shelter.partly],
        "is_other_type_too": shelter.other_too, "associations": list(shelter.associations),
    }  # fmt: skip


def announcement_values(here: Place, row: Announcement, districts: Sequence[str]) -> dict[str, Any]:
    """One announcement for the JSON API."""
    sent = row.frozen_at or row.send_at or row.created_at
    return {
        "id": row.id, "title": row.title, "text": row.body, "sender": row.sender, "districts": list(districts),
        "sent_at": jst(sent).isoformat(timespec="seconds"), "url": f"{here.page}announcements/{row.id}",
    }  # fmt: skip


def names(session: Session, municipality: str, ids: Sequence[int]) -> dict[int, list[str]]:
    """The names of announcements' districts."""
    return announcement_archive.names(session, municipality, list(ids))


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
