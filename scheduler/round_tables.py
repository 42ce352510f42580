"""The clock's part in round tables: stages that time decides, and answers that are late."""

from __future__ import annotations

from bot.services import round_table_reminders, round_tables
from bot.services.context import Context


def advance(context: Context) -> None:
    """One tick. Everything it finds is a row compared with the time; running it twice changes nothing."""
    now = context.clock()
    with context.database.read() as session:
        if not round_tables.due(session, now):
            return
    with context.database.write() as session:
        round_tables.advance(session, now)


def remind(context: Context) -> None:
    """One tick: alerts for answers past their day; who took part long ago is forgotten."""
    now = context.clock()
    with context.database.write() as session:
        round_table_reminders.remind(session, now)
        round_tables.forget_old(session, now)
