"""Activities written by staff: once or by a rule, again from last year's, never under the feet of those who come.

Drafts, versions and publishing are those of entries (bot.services.entry_editing). What to bring has no column in the
standard list of events and stands as a line of its own at the end of the text, where answers and pages show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import BadInputError
from bot.models import Entry, Reminder, SignUp
from bot.services import entry_editing, sign_ups
from bot.services.entry_editing import content_of
from bot.services.sign_ups import Key
from content.calendar_text import plain
from content.packs_model import Entry as Content
from content.recurrence import Occurrence, next_occurrence, occurrence_on, occurrences

BRING: Final = "持ち物: "
SHOWN: Final = 5
AHEAD: Final = timedelta(days=400)


def change(session: Session, row: Entry, actor: Actor, content: Content, version: int, now: datetime) -> bool:
    """Keep a new text; True when something changed.

    Raises as bot.services.entry_editing.change, and BadInputError when people signed up for a date that would no
    longer be, or be at another time: they are told by 順延 or 変更 (bot.services.activity_changes), not by an edit.
    """
    sign_ups.lock(session, Key(row.municipality_id, row.key, now.date()))
    if row.published:
        _keep_promises(session, row, content, now)
    return entry_editing.change(session, row, actor, content, version, now)


def _keep_promises(session: Session, row: Entry, content: Content, now: datetime) -> None:
    before = content_of(row)
    after = replace(content, id=row.key)
    for day in _promised(session, row, now):
        was, becomes = occurrence_on(before, day), occurrence_on(after, day)
        if was is None or (becomes is not None and becomes.starts_at == was.starts_at):
            continue
        raise BadInputError(
            f"{plain(day, 'ja')}には、参加するか、前の日の知らせを待っている人がいます。日や時刻を変えるときは、"
            "行事のページの「この日のことを知らせる」で、順延か変更にしてください。その人たちにLINEで届きます。"
        )


def _promised(session: Session, row: Entry, now: datetime) -> list[date]:
    """The days somebody counts on."""
    concerned = union(
        *(
            select(table.day).where(
                table.municipality_id == row.municipality_id, table.entry_key == row.key, table.over_at > now
            )
            for table in (SignUp, Reminder)
        )
    )
    return sorted(session.scalars(concerned))


@dataclass(frozen=True)
class Listed:
    """An activity on the staff's list of all, with its next date (None: over, or none yet)."""

    row: Entry
    next: Occurrence | None
    may_write: bool


def listing(
    session: Session, municipality: str, actor: Actor, now: datetime, words: str = "", *, drafts: bool = False
) -> list[Listed]:
    """Every activity (or the drafts) that this person may read, by its next date; those that are over come last.

    `words` must all stand in its title or text.
    """
    query = select(Entry).where(Entry.municipality_id == municipality, Entry.kind == "activity")
    if drafts:
        query = query.where(Entry.published.is_(False))
    wanted = words.casefold().split()
    found = [
        Listed(row, next_occurrence(content_of(row), now), entry_editing.may(session, row, actor, "entry.write", now))
        for row in session.scalars(query.order_by(Entry.updated_at.desc(), Entry.id))
        if _holds(row, wanted)
    ]
    return sorted(found, key=lambda one: (one.next is None, one.next.starts_at if one.next else now))


def _holds(row: Entry, words: Sequence[str]) -> bool:
    text = f"{row.title} {row.data.get('body', '')}".casefold()
    return all(word in text for word in words)


def places(session: Session, municipality: str) -> list[Entry]:
    """The facilities and shelters that an activity can be held at, by name: each with an address, and each once."""
    query = select(Entry).where(
        Entry.municipality_id == municipality, Entry.kind.in_(("facility", "shelter")), Entry.published
    )
    found: dict[tuple[str, str], Entry] = {}  # a shelter stands once for each list it is in
    for row in session.scalars(query.order_by(Entry.title, Entry.id)):
        address = (row.data.get("shelter") or {}).get("address") or (row.data.get("extra") or {}).get("住所")
        if address:
            found.setdefault((row.title, str(address)), row)
    return list(found.values())


def coming(content: Content, now: datetime, count: int = SHOWN) -> list[Occurrence]:
    """The next dates, as they will be announced."""
    return occurrences(content, now, now + AHEAD)[:count]


def again(content: Content, today: date) -> Content:
    """A draft like this one for the next time: same weekday of the same week of the month, from today on.

    What was said of single dates, how many are booked, and translations that might name the old day stay behind.
    """
    activity = content.activity
    assert activity is not None
    years = 0
    while activity.starts_on and activity.rule is None and same_day(activity.starts_on, years) < today:
        years += 1
    starts = same_day(activity.starts_on, years) if activity.starts_on else None
    ends = activity.ends_on
    if starts and activity.starts_on and ends:
        ends += starts - activity.starts_on
    apply_by = activity.apply_by
    if starts and activity.starts_on and apply_by:
        apply_by += starts - activity.starts_on
    if activity.rule and ends and ends < today:
        starts = ends = None
    fresh = replace(
        activity, starts_on=starts, ends_on=ends, apply_by=apply_by, booked=None, changes=(), dates=(), state="予定",
        state_note="", state_scope="all",
    )  # fmt: skip
    return replace(
        content, id="", activity=fresh, translations={}, valid_from=None, valid_to=None, checked_on=None, draft=True,
        imported=False, extra={}, family=None,
    )  # fmt: skip


def same_day(day: date, years: int) -> date:
    """The same weekday of the same week of the month, so many years later (a fifth one that is not there: the fourth).

    2025-12-07, the first Sunday of December, becomes 2026-12-06.
    """
    if not years:
        return day
    first = date(day.year + years, day.month, 1)
    found = first + timedelta(days=(day.weekday() - first.weekday()) % 7 + (day.day - 1) // 7 * 7)
    return found if found.month == day.month else found - timedelta(days=7)


def with_bringing(text: str, bring: str) -> str:
    """The text with what to bring as its last line."""
    return f"{text}\n{BRING}{bring}" if bring else text


def taken_apart(body: str) -> tuple[str, str]:
    """The text, and what to bring."""
    text, mark, bring = body.rpartition(f"\n{BRING}")
    return (text, bring) if mark and "\n" not in bring else (body, "")
