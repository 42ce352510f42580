"""The clock's part in circulars, liaison slips and ends of roles: everything is a row compared with the time."""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.core import quiet_hours
from bot.models import Slip
from bot.now import real_now
from bot.services import circular_cards, circular_clock, circular_reading, holders, outbox, role_ends, slips
from bot.services.context import Context

log = structlog.get_logger(__name__)


def keep(context: Context) -> None:
    """One tick: open and end issues, end posts and roles, remind of slips. Running it twice changes nothing."""
    now = context.clock()
    with context.database.read() as session:
        rules, rows = circular_clock.due(session, now)
        busy = rules or rows or holders.any_over(session, now) or role_ends.any_over(session, now)
    if busy:
        _end(context, now)
    if reminded := remind(context):
        log.info("slips.reminded", people=reminded)


def _end(context: Context, now: datetime) -> None:
    with context.database.write() as session:
        issues = circular_clock.advance(session, now)
        posts = holders.end_posts(session, now)
        roles = role_ends.cut_ended(session, now)
    if issues or posts or roles:
        log.info("circulars.kept", issues=issues, posts_ended=posts, roles_ended=roles)


def remind(context: Context) -> int:
    """Remind, once and by day, those who have not confirmed a slip. Row and messages are one transaction."""
    now = context.clock()
    if not quiet_hours.decent(now):
        return 0
    with context.database.read() as session:
        due = [slip.announcement_id for slip in slips.due_reminders(session, now)]
    told = 0
    for announcement_id in due:
        with context.database.write(durable=True) as session:
            slip = session.get_one(Slip, announcement_id)
            for resident in slips.claim_reminder(session, slip, now):
                card = circular_cards.slip_reminder(session, context.sealer, slip, resident.language)
                to = outbox.Recipient(resident.municipality_id, resident.id)
                outbox.add(session, context.sealer, to, [card], "receipt", outbox.At(now, real_now()))
                told += 1
    return told


def forget(context: Context) -> None:
    """A slower tick: the marks of readers, and their keys, 60 days after an issue came out."""
    circular_reading.end_counting(context, context.clock())
