"""The clock's part in activities: tell of changes, give free places to who waits, remind the evening before.

Each message is put into the outbox in the transaction that takes its row away (or gives the place), so that it is
sent exactly once, whatever is killed when. Changes are told at once, but at night; places and reminders by day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Select, delete, select, union
from sqlalchemy.orm import Session

from bot.core import quiet_hours, sign_up_rules
from bot.line.render import Card
from bot.models import ChangeNotice, Reminder, Resident, SignUp, WebSignUp
from bot.now import real_now
from bot.services import outbox, rain_plans, sign_up_cards, sign_ups
from bot.services.activities import Dated
from bot.services.context import Context
from bot.services.sign_ups import Key, Mine

log = structlog.get_logger(__name__)

AT_ONCE: Final = 50  # messages a transaction, so that residents' own messages never wait long for it
Build = Callable[[Context, Dated, Key, Mine, str, datetime], Card]


def run(context: Context) -> None:
    """One tick. What is due is a row; running it twice, or on two clocks, changes nothing."""
    now = context.clock()

    def tell(session: Session, row: ChangeNotice) -> bool:
        return _send_of(context, session, row, sign_up_cards.changed, now)

    def remind(session: Session, row: Reminder) -> bool:
        return _remind_one(context, session, row, now)

    told = freed = reminded = 0
    if quiet_hours.decent(now, "cancellation"):
        told = _all(context, select(ChangeNotice).order_by(ChangeNotice.id), tell)
    if quiet_hours.decent(now):
        freed = _fill(context, now)
        reminded = _all(context, select(Reminder).where(Reminder.remind_at <= now).order_by(Reminder.id), remind)
    if told or freed or reminded:
        log.info("activities.told", changes=told, places=freed, reminders=reminded)


def _all(context: Context, query: Select[Any], step: Callable[[Session, Any], bool]) -> int:
    """Do a step for every row there is, so many in a transaction; returns how many messages that made."""
    sent = 0
    while True:
        with context.database.read() as session:  # reading holds up nobody
            if session.scalar(query.limit(1)) is None:
                return sent
        with context.database.write(durable=True) as session:
            rows = session.scalars(query.limit(AT_ONCE)).all()
            sent += sum(step(session, row) for row in rows)
        if len(rows) < AT_ONCE:
            return sent


def _remind_one(context: Context, session: Session, row: Reminder, now: datetime) -> bool:
    """Sent, put off because the activity was moved meanwhile, or dropped because it does not take place."""
    dated = sign_ups.find(session, sign_ups.key_of(row), now)
    if dated is not None and dated.occurrence.takes_place:
        evening = sign_up_rules.remind_at(dated.occurrence)
        if evening > now:
            row.remind_at = evening
            return False
        if dated.occurrence.starts_at > now:
            return _send_of(context, session, row, sign_up_cards.reminder, now)
    session.delete(row)
    return False


def _send_of(context: Context, session: Session, row: ChangeNotice | Reminder, build: Build, now: datetime) -> bool:
    """Take the row away and put its message into the outbox; False when another clock was first."""
    table, key = type(row), sign_ups.key_of(row)
    resident = session.get(Resident, row.resident_id)
    dated = sign_ups.find(session, key, now)
    mine = sign_ups.mine(session, resident, key) if resident else None
    taken = session.execute(delete(table).where(table.id == row.id).execution_options(synchronize_session=False))
    session.expunge(row)
    if taken.rowcount != 1 or resident is None or mine is None or dated is None:  # type: ignore[attr-defined]
        return False
    # A reminder shown in the reminder itself would offer to take it back.
    shown = Mine(mine.people, mine.state, mine.ahead) if table is Reminder else mine
    _push(context, session, resident, build(context, dated, key, shown, resident.language, now), now)
    if table is Reminder:
        rain_plans.note_reminded(session, key, resident, dated.occurrence.ends_at)
    return True


def _fill(context: Context, now: datetime) -> int:
    """Give free places to who waits, date by date; returns how many households got one."""
    with context.database.read() as session:
        waiting = (
            select(table.municipality_id, table.entry_key, table.day).where(table.state == "waiting")
            for table in (SignUp, WebSignUp)
        )
        keys = [Key(*row) for row in session.execute(union(*waiting))]
        ready = [key for key in keys if _next_in(session, key, now)]
    filled = 0
    for key in ready:
        with context.database.write(durable=True) as session:
            filled += _fill_date(context, session, key, now)
    return filled


def _next_in(session: Session, key: Key, now: datetime) -> tuple[Dated, SignUp | WebSignUp] | None:
    """Who gets the free places of a date; None when there are none, or nobody fits."""
    dated = sign_ups.find(session, key, now)
    if dated is None or not dated.occurrence.takes_place or dated.occurrence.starts_at <= now:
        return None
    waiting = sign_ups.queue(session, key)
    at = sign_up_rules.next_in(sign_ups.free(session, key, dated), [one.people for one in waiting])
    return None if at is None else (dated, waiting[at])


def _fill_date(context: Context, session: Session, key: Key, now: datetime) -> int:
    sign_ups.lock(session, key)
    filled = 0
    while found := _next_in(session, key, now):
        dated, row = found
        row.state = "joined"
        session.flush()
        # Without LINE nobody can be told; the page of their number says it.
        resident = session.get(Resident, row.resident_id) if isinstance(row, SignUp) else None
        if resident is not None:
            mine = sign_ups.mine(session, resident, key)
            card = sign_up_cards.place_free(context, dated, key, mine, resident.language, now)
            _push(context, session, resident, card, now)
        filled += 1
    return filled


def _push(context: Context, session: Session, resident: Resident, card: Card, now: datetime) -> None:
    """Kept for a day when LINE cannot be reached; somebody who left gets nothing (outbox)."""
    to = outbox.Recipient(resident.municipality_id, resident.id, urgency="cancellation")
    outbox.add(session, context.sealer, to, [card], "receipt", outbox.At(now, real_now()))
