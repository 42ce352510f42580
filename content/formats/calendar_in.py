"""An iCalendar file (RFC 5545) -> activities, also one that lacks DTEND, DTSTAMP or UID.

Dates of one name, place and time (the days on which rubbish is collected) are one activity with several dates. A
changed single date (RECURRENCE-ID) is a change of its activity. Every VEVENT counts as one row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, Final

from bot.errors import BadInputError
from bot.now import JST
from content.formats import opening, rules_in
from content.formats.activities_in import KEPT_DAYS
from content.formats.rows_in import MAX_BODY, MAX_EXTRA, MAX_TITLE, City, Ident, Note, RowRead, hashed, in_japan
from content.packs_model import SAMPLE_MARK, Activity, Change, Entry
from content.recurrence import check

MAX_LINES: Final = 2_000_000
MAX_BLOCK: Final = 5000  # lines of one VEVENT
_STATES: Final = {"CANCELLED": "中止"}


@dataclass(slots=True)
class _Event:
    """One VEVENT as it was read. `moved`: the day of the series that it stands for (RECURRENCE-ID)."""

    row: int
    line: int
    uid: str | None
    title: str
    activity: Activity
    body: str
    extra: dict[str, str]
    warnings: list[Note]
    moved: date | None = None

    @property
    def single(self) -> bool:
        """A date of its own: neither repeated, nor several days, nor called off by itself."""
        one = self.activity
        return one.rule is None and one.ends_on is None and not one.dates and one.state == "予定" and self.moved is None

    @property
    def likeness(self) -> tuple[object, ...]:
        one = self.activity
        return self.title, one.place, one.start, one.end, self.body, tuple(sorted(self.extra.items()))


def rows(stream: BinaryIO, city: City) -> Iterator[RowRead]:
    """Every VEVENT in the file's order. Raises BadInputError for a file that is no calendar."""
    opening.refuse_other_files(opening.head_of(stream))
    encoding = opening.encoding_of(stream)
    stream.seek(0)
    text = stream.read().decode(encoding, errors="replace")
    if "BEGIN:VCALENDAR" not in text[:2000].upper():
        raise BadInputError("カレンダー(iCalendar、.ics)のファイルではありません。")
    read = [_read(number, line, block) for number, (line, block) in enumerate(_blocks(text), 1)]
    events = [one for one in read if isinstance(one, _Event)]
    groups: dict[tuple[object, ...], list[_Event]] = {}
    changes: dict[str, list[_Event]] = {}
    for one in events:
        if one.moved and one.uid:
            changes.setdefault(one.uid, []).append(one)
        elif one.single:
            groups.setdefault(one.likeness, []).append(one)
    masters = {one.uid for one in events if one.uid and one.moved is None}
    done: set[int] = set()
    for item in read:
        if isinstance(item, RowRead):
            yield item
        elif item.row in done or (item.moved and item.uid in masters):
            yield RowRead(item.row, item.line, None, None, (), tuple(item.warnings))
        else:
            kin = groups.get(item.likeness, [item]) if item.single else [item]
            done.update(one.row for one in kin)
            yield _taken(item, kin, changes.get(item.uid or "", []), city)


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line of BEGIN, lines) of every VEVENT; one without its END has no last line END:VEVENT."""
    block: list[str] | None = None
    start = depth = 0
    for number, line in enumerate(text.splitlines(), 1):
        if number > MAX_LINES:
            raise BadInputError("行が多すぎるカレンダーです。分けて入れてください。")
        name = line.strip().upper()
        if name == "BEGIN:VEVENT":
            if block is not None:
                yield start, block
            block, start, depth = [], number, 0
        if block is None:
            continue
        block.append(line)
        depth += name.startswith("BEGIN:") - name.startswith("END:")
        if name == "END:VEVENT" or len(block) > MAX_BLOCK:
            yield start, block
            block = None
    if block is not None:
        yield start, block


def _read(number: int, line: int, block: list[str]) -> _Event | RowRead:
    made = _event(number, line, block)
    return made if isinstance(made, _Event) else RowRead(number, line, None, None, (made,))


def _event(number: int, line: int, block: list[str]) -> _Event | Note:
    event = _component(block)
    if isinstance(event, Note):
        return event
    title = _line(event, "summary")
    if not title:
        return Note("SUMMARY", "件名(SUMMARY)がありません。書いてください")
    start = _moment(event, "dtstart")
    if start is None:
        return Note("DTSTART", "始まりの日(DTSTART)がないか、読めません。直してください")
    notes: list[Note] = []
    activity = _activity(event, start, notes)
    if isinstance(activity, Note) or (why := check(activity)):
        return activity if isinstance(activity, Note) else Note("DTSTART", f"日時が読めません({why})")
    moved = _moment(event, "recurrence-id")
    said = str(event.get("description", "")).strip()
    extra = _extra(event, notes)
    return _Event(
        number, line, str(event["uid"])[:200] if event.get("uid") else None, title[:MAX_TITLE], activity,
        said[:MAX_BODY] or title, extra, notes, moved[0] if moved else None,
    )  # fmt: skip


def _component(block: list[str]) -> Any:
    """The VEVENT as icalendar reads it, or a Note saying why it cannot."""
    if block[-1].strip().upper() != "END:VEVENT":
        return Note("", "END:VEVENTがありません。ファイルが途中で切れていないか確かめてください")
    from icalendar import Event

    try:
        return Event.from_ical("\r\n".join(block))
    except (ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        return Note("", f"この予定は読めません({type(error).__name__})。カレンダーから書き出し直してください")


def _line(event: Any, name: str) -> str:
    """A property's words on one line."""
    return " ".join(str(event.get(name, "")).split())


def _moment(event: Any, name: str) -> tuple[date, time | None] | None:
    """The day and the time of a property, as people in Japan read them."""
    try:
        value = event[name].dt
    except (KeyError, AttributeError, ValueError):
        return None
    if isinstance(value, datetime):
        here = value.astimezone(JST) if value.tzinfo else value
        return here.date(), here.time().replace(second=0, microsecond=0)
    return (value, None) if isinstance(value, date) else None


def _activity(event: Any, start: tuple[date, time | None], notes: list[Note]) -> Activity | Note:
    end = _end(event, start)
    if end and (end[0] < start[0] or (end[0] == start[0] and end[1] and start[1] and end[1] < start[1])):
        return Note("DTEND", "終わり(DTEND)が始まり(DTSTART)より前です。どちらかを直してください")
    last, clock = end or (start[0], None)
    lat, lon = _point(event, notes)
    activity = Activity(
        starts_on=start[0], ends_on=last if last != start[0] else None, start=start[1],
        end=clock if clock != start[1] or last != start[0] else None, place=_line(event, "location")[:200], lat=lat,
        lon=lon, state=_STATES.get(str(event.get("status", "")).upper(), "予定"), organiser=_organiser(event),
    )  # fmt: skip
    if event.get("rrule") is not None or event.get("rdate") is not None:
        if activity.ends_on:
            activity = replace(activity, ends_on=None)
            notes.append(Note("RRULE", "くり返す予定が1日より長いので、始まりの日だけの行事にしました"))
        return rules_in.repeated(event, activity, notes)
    return activity


def _end(event: Any, start: tuple[date, time | None]) -> tuple[date, time | None] | None:
    """The last day (DTEND of whole days is the day after it) and the time."""
    end = _moment(event, "dtend")
    if end is None and event.get("duration") is not None:
        length = event["duration"].dt
        whole = datetime.combine(start[0], start[1] or time(0, 0)) + length
        end = (whole.date(), whole.time() if start[1] else None)
    if end is None:
        return None
    if end[1] is None and start[1] is None:
        return (max(start[0], end[0] - timedelta(days=1)) if end[0] >= start[0] else end[0]), None
    if end[1] == time(0, 0) and end[0] == start[0] + timedelta(days=1):
        return start[0], time(23, 59)  # until midnight of the same day
    return end


def _point(event: Any, notes: list[Note]) -> tuple[float | None, float | None]:
    geo = event.get("geo")
    if geo is None:
        return None, None
    try:
        lat, lon = float(geo.latitude), float(geo.longitude)
    except (AttributeError, TypeError, ValueError):
        return None, None
    if in_japan(lat, lon):
        return lat, lon
    notes.append(Note("GEO", "緯度経度が日本の外か0なので、位置なしで取り込みました"))
    return None, None


def _organiser(event: Any) -> str:
    """The organiser's name; an address alone is no name."""
    organiser = event.get("organizer")
    return str(getattr(organiser, "params", {}).get("CN", ""))[:200] if organiser is not None else ""


def _extra(event: Any, notes: list[Note]) -> dict[str, str]:
    found = {"URL": str(event["url"])[:MAX_EXTRA]} if event.get("url") else {}
    if event.get("categories") is not None:
        listed = event["categories"]
        parts = listed if isinstance(listed, list) else [listed]
        found["カテゴリー"] = ";".join(str(one) for part in parts for one in getattr(part, "cats", [part]))[:MAX_EXTRA]
    if any(note.column == "RRULE" for note in notes) and event.get("rrule") is not None:
        found["くり返し(RRULE)"] = event["rrule"].to_ical().decode()[:MAX_EXTRA]
    return found


def _taken(event: _Event, kin: list[_Event], changed: list[_Event], city: City) -> RowRead:
    activity = event.activity
    if len(kin) > 1:
        days = sorted({one.activity.starts_on for one in kin if one.activity.starts_on})
        activity = replace(activity, starts_on=days[0], dates=tuple(days[1:]))
    if changed:
        activity = replace(activity, changes=tuple(_change(one, activity) for one in changed))
    last = max((day for day in (activity.starts_on, activity.ends_on, *activity.dates) if day), default=None)
    entry = Entry(
        id="", kind="activity", title=event.title, body=event.body, source=city.source, checked_on=city.today,
        valid_to=last + KEPT_DAYS if last and activity.rule is None else None, sample=SAMPLE_MARK in event.title,
        extra=event.extra, activity=activity, imported=True,
    )  # fmt: skip
    first = "" if len(kin) > 1 else str(activity.starts_on)
    uid = None if len(kin) > 1 else event.uid
    if uid and event.moved:
        uid = f"{uid}@{event.moved}"[:200]
    ident = Ident(uid, hashed(f"{event.title}|{activity.place}|{activity.start}"), hashed(first))
    return RowRead(event.row, event.line, entry, ident, (), tuple(event.warnings))


def _change(one: _Event, series: Activity) -> Change:
    now = one.activity
    assert one.moved is not None
    state = now.state if now.state == "中止" else "変更"
    return Change(
        one.moved, state, moved_to=now.starts_on if now.starts_on != one.moved else None,
        start=now.start if now.start != series.start else None, place=now.place if now.place != series.place else "",
    )  # fmt: skip
