"""Deadlines of grants (補助・助成): reminders 30 and 7 days before, to those who asked for them by a tap; each once.

The deadline is the entry's 申込期限日 as it stands on the day of the reminder: one that was moved moves the reminder.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.core import answer_text, postback
from bot.core.moments import date_of, day_of
from bot.core.sealing import Sealer
from bot.line.render import Card, Tap
from bot.models import DeadlineReminder, Resident
from bot.models import Entry as Row
from bot.now import JST, jst
from bot.services import outbox
from bot.services.outbox import At, Recipient
from content.packs_json import entry_from
from content.packs_model import Entry
from content.phrases import phrases

DAYS_BEFORE: Final = (30, 7)
REMIND_AT: Final = time(9, 0)
COLUMN: Final = "申込期限日"


def deadline_of(entry: Entry) -> date | None:
    """The last day to apply for a grant; None for anything else, and where none is known."""
    try:
        return date.fromisoformat(entry.extra.get(COLUMN, "")) if entry.kind == "grant" else None
    except ValueError:
        return None


def find(session: Session, municipality: str, key: str, now: datetime) -> tuple[Entry, date] | None:
    """A published grant in force and its deadline, while it is not over."""
    today = jst(now).date()
    row = session.scalar(select(Row).where(Row.municipality_id == municipality, Row.key == key, Row.published))
    if row is None or (row.valid_to is not None and row.valid_to < today):
        return None
    entry = entry_from(row.data)
    day = deadline_of(entry)
    return (entry, day) if day is not None and day >= today and entry.audience == "resident" else None


def moments(day: date, now: datetime) -> list[tuple[int, datetime]]:
    """The reminders of a deadline that are still to come: days before, and when."""
    found = ((before, _at(day, before)) for before in DAYS_BEFORE)
    return [(before, at) for before, at in found if at > now]


def remind(session: Session, resident: Resident, key: str, now: datetime) -> list[datetime]:
    """Remind of this grant's deadline; the moments, none when it is unknown or too near. Twice is once."""
    found = find(session, resident.municipality_id, key, now)
    if found is None:
        return []
    forget(session, resident, key)
    wanted = moments(found[1], now)
    session.add_all(
        DeadlineReminder(
            municipality_id=resident.municipality_id, entry_key=key, day=found[1], resident_id=resident.id,
            days_before=before, remind_at=at,
        )
        for before, at in wanted
    )  # fmt: skip
    session.flush()
    return [at for _, at in wanted]


def forget(session: Session, resident: Resident, key: str) -> None:
    """Do not remind of it after all."""
    mine = (DeadlineReminder.resident_id == resident.id, DeadlineReminder.municipality_id == resident.municipality_id)
    session.execute(delete(DeadlineReminder).where(*mine, DeadlineReminder.entry_key == key))


def reminded(session: Session, resident: Resident, key: str) -> bool:
    """Whether this resident waits for a reminder of it."""
    mine = (DeadlineReminder.resident_id == resident.id, DeadlineReminder.municipality_id == resident.municipality_id)
    return (
        session.scalar(select(DeadlineReminder.id).where(*mine, DeadlineReminder.entry_key == key).limit(1)) is not None
    )


def due(session: Session, now: datetime, limit: int = 50) -> Sequence[int]:
    """Rows whose time has come."""
    query = select(DeadlineReminder.id).where(DeadlineReminder.remind_at <= now).order_by(DeadlineReminder.id)
    return session.scalars(query.limit(limit)).all()


def tell(session: Session, sealer: Sealer, reminder_id: int, at: At) -> bool:
    """Send one, or put it off when the deadline was moved; its row goes with it. False: nothing sent."""
    row = session.get(DeadlineReminder, reminder_id, with_for_update={"skip_locked": True}, populate_existing=True)
    if row is None:
        return False
    city, key, day, before, resident_id = row.municipality_id, row.entry_key, row.day, row.days_before, row.resident_id
    found = find(session, city, key, at.now)
    session.delete(row)
    session.flush()
    resident = session.get(Resident, resident_id)
    if found is None or resident is None or resident.state != "active":
        return False
    if found[1] != day:  # moved: this reminder again, for the new day
        if (again := _at(found[1], before)) > at.now:
            session.add(
                DeadlineReminder(
                    municipality_id=city, entry_key=key, day=found[1], resident_id=resident_id, days_before=before,
                    remind_at=again,
                )
            )  # fmt: skip
            session.flush()
        return False
    outbox.add(session, sealer, Recipient(city, resident_id), [_card(sealer, resident, found, at.now)], "receipt", at)
    return True


def _card(sealer: Sealer, resident: Resident, found: tuple[Entry, date], now: datetime) -> Card:
    (entry, day), say = found, phrases(resident.language)
    title = answer_text.title(entry, say.language)
    until = say.say("deadline.until", day=in_words(day, say.language))
    heading = say.say("deadline.heading", days=(day - jst(now).date()).days)
    label = say.say("chat.details")
    data = postback.encode(
        "question.entry", {"e": entry.id}, resident.municipality_id, next(sealer.signing_keys("postback"))
    )
    return Card(title, (until,), heading, buttons=(Tap(label, data, label),), alt=f"{heading}\n{title}\n{until}")


def in_words(day: date, language: str) -> str:
    """12月25日(金) in this language."""
    return date_of(day) if language == "ja" else day_of(datetime.combine(day, time(12), JST), language)


def _at(day: date, before: int) -> datetime:
    return datetime.combine(day - timedelta(days=before), REMIND_AT, JST)
