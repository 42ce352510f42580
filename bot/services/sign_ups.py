"""Sign-ups for a date of an activity: joining, leaving, the queue, reminders. Numbers of people, no names.

Everything about one activity is decided under a lock on its entry, so that two devices at once cannot overbook.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session

from bot.core import sign_up_rules
from bot.core.sign_up_rules import Counts
from bot.models import ChangeNotice, Entry, Reminder, Resident, SignUp, WebSignUp
from bot.services import activities, erasing
from bot.services.activities import Dated

KEEPS: Final = timedelta(days=1)  # after the activity is over
IN_LINE: Final = "LINE"

Kind = Literal["joined", "waiting", "changed", "no_room", "closed", "over", "off", "unknown"]


class Key(NamedTuple):
    """One date of an activity: the entry's key and the day that its rule names."""

    municipality: str
    entry: str
    day: date


@dataclass(frozen=True)
class Result:
    """What became of a wish to join. `ahead` households wait before this one; `left` places are free."""

    kind: Kind
    dated: Dated | None = None
    people: int = 0
    ahead: int = 0
    left: int | None = None


@dataclass(frozen=True)
class Mine:
    """Where a resident stands with a date: signed up with so many `people` (0: not), and whether to be reminded."""

    people: int = 0
    state: str = ""
    ahead: int = 0
    reminded: bool = False


# --- a resident's own ----------------------------------------------------------------------------


def join(session: Session, resident: Resident, key: Key, people: int, now: datetime) -> Result:
    """Sign up, or change the number of people. Doing it twice changes nothing."""
    lock(session, key)
    dated = find(session, key, now)
    if dated is None or not offers(dated) or not 1 <= people <= sign_up_rules.MOST:
        return Result("unknown", dated)
    row = _row(session, key, resident)
    refused = sign_up_rules.refusal(dated.occurrence, now)
    fewer = row is not None and people <= row.people  # giving places back is welcome after the last day too
    if refused and not (refused == "closed" and fewer):
        return Result(refused, dated)
    left = free(session, key, dated, without=row)
    if row is not None:
        return _changed(session, key, dated, row, people, left)
    waiting = queue(session, key)
    place = sign_up_rules.fits(left, people, [one.people for one in waiting])
    session.add(
        SignUp(
            municipality_id=key.municipality, entry_key=key.entry, day=key.day, resident_id=resident.id, people=people,
            state="joined" if place else "waiting", queued_at=now, over_at=dated.occurrence.ends_at,
        )
    )  # fmt: skip
    session.flush()
    return Result("joined", dated, people) if place else Result("waiting", dated, people, len(waiting), left)


def _changed(session: Session, key: Key, dated: Dated, row: SignUp, people: int, left: int | None) -> Result:
    """Another number of people: a place is kept rather than lost, and so is a place in the queue."""
    if row.state == "joined":
        if left is not None and people > max(left, row.people):
            return Result("no_room", dated, row.people, 0, left)
        row.people = people
        return Result("changed", dated, people, 0, left)
    row.people = people
    ahead = ahead_of(session, key, row)
    if sign_up_rules.fits(left, people, [one.people for one in ahead]):
        row.state = "joined"
        return Result("joined", dated, people)
    return Result("waiting", dated, people, len(ahead), left)


def leave(session: Session, resident: Resident, key: Key) -> bool:
    """Take a sign-up back, and the reminder with it; False when there was none."""
    lock(session, key)
    row = _row(session, key, resident)
    forget_reminder(session, resident, key)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def mine(session: Session, resident: Resident, key: Key) -> Mine:
    """Where this resident stands with a date."""
    reminded = session.scalar(select(Reminder.id).where(of_date(Reminder, key), Reminder.resident_id == resident.id))
    row = _row(session, key, resident)
    if row is None:
        return Mine(reminded=reminded is not None)
    ahead = len(ahead_of(session, key, row)) if row.state == "waiting" else 0
    return Mine(row.people, row.state, ahead, reminded is not None)


def all_mine(session: Session, resident: Resident, now: datetime) -> list[tuple[Dated, SignUp]]:
    """Everything a resident is signed up for and that is not over, soonest first."""
    rows = session.scalars(select(SignUp).where(SignUp.resident_id == resident.id, SignUp.over_at > now))
    found = [(dated, row) for row in rows if (dated := find(session, key_of(row), now))]
    return sorted(found, key=lambda pair: (pair[0].occurrence.starts_at, pair[1].id))


def remind(session: Session, resident: Resident, key: Key, now: datetime) -> bool:
    """Remind of this date the evening before; False when that evening has come or the date does not take place."""
    dated = find(session, key, now)
    if dated is None or not dated.occurrence.takes_place or sign_up_rules.remind_at(dated.occurrence) <= now:
        return False
    if not mine(session, resident, key).reminded:
        session.add(
            Reminder(
                municipality_id=key.municipality, entry_key=key.entry, day=key.day, resident_id=resident.id,
                remind_at=sign_up_rules.remind_at(dated.occurrence), over_at=dated.occurrence.ends_at,
            )
        )  # fmt: skip
        session.flush()
    return True


def forget_reminder(session: Session, resident: Resident, key: Key) -> None:
    """Do not remind of this date after all."""
    session.execute(delete(Reminder).where(of_date(Reminder, key), Reminder.resident_id == resident.id))


def reminders(session: Session, resident: Resident) -> int:
    """How many dates this resident wants to be reminded of."""
    return session.scalar(select(func.count()).where(Reminder.resident_id == resident.id)) or 0


def forget(session: Session, now: datetime) -> int:
    """Retention: who came is nobody's business a day after the activity."""
    tables = (SignUp, WebSignUp, Reminder, ChangeNotice)
    return sum(erasing.carry_out(session, delete(table).where(table.over_at < now - KEEPS)) for table in tables)


# --- everybody's ---------------------------------------------------------------------------------


def find(session: Session, key: Key, now: datetime) -> Dated | None:
    """The published activity and its date as they stand."""
    return activities.on(session, key.municipality, key.entry, key.day, now)


def offers(dated: Dated) -> bool:
    """Whether one signs up for this activity with a button here."""
    return dated.entry.activity is not None and dated.entry.activity.sign_up == IN_LINE


def counts(session: Session, key: Key) -> Counts:
    """How many households and people have a place, and how many wait: numbers, never who."""
    found = Counts()
    for table in (SignUp, WebSignUp):
        query = select(table.state, func.count(), func.sum(table.people)).where(of_date(table, key))
        for state, households, people in session.execute(query.group_by(table.state)):
            found = found.plus(state, int(households), int(people))
    return found


def free(session: Session, key: Key, dated: Dated, without: SignUp | WebSignUp | None = None) -> int | None:
    """Places left, None without a limit; `without` leaves one sign-up out of the count."""
    assert dated.entry.activity is not None
    own = without.people if without is not None and without.state == "joined" else 0
    return sign_up_rules.free(dated.entry.activity, counts(session, key).people - own)


def queue(session: Session, key: Key) -> Sequence[SignUp | WebSignUp]:
    """Who waits, in order: one queue, through LINE and without it."""
    found: list[SignUp | WebSignUp] = []
    for table in (SignUp, WebSignUp):
        found += session.scalars(select(table).where(of_date(table, key), table.state == "waiting"))
    return sorted(found, key=place_in_queue)


def place_in_queue(row: SignUp | WebSignUp) -> tuple[datetime, bool, int]:
    """What the queue goes by; of two in the same moment, LINE's first."""
    return row.queued_at, isinstance(row, WebSignUp), row.id


def lock(session: Session, key: Key) -> None:
    """Hold the activity until the commit (SQLite has one writer at a time anyway)."""
    row = select(Entry.id).where(Entry.municipality_id == key.municipality, Entry.key == key.entry)
    session.execute(row.with_for_update())


def key_of(row: SignUp | WebSignUp | Reminder | ChangeNotice) -> Key:
    """The date that a row is about."""
    return Key(row.municipality_id, row.entry_key, row.day)


def of_date(table: type[SignUp | WebSignUp | Reminder | ChangeNotice], key: Key) -> ColumnElement[bool]:
    """The rows about a date."""
    return and_(table.municipality_id == key.municipality, table.entry_key == key.entry, table.day == key.day)


def _row(session: Session, key: Key, resident: Resident) -> SignUp | None:
    return session.scalar(select(SignUp).where(of_date(SignUp, key), SignUp.resident_id == resident.id))


def ahead_of(session: Session, key: Key, row: SignUp | WebSignUp) -> list[SignUp | WebSignUp]:
    """Who waits before this one."""
    return [one for one in queue(session, key) if place_in_queue(one) < place_in_queue(row)]
