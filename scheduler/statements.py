"""The clock's part in statements: remind those who look at them, close votes, count for drawing, destroy old keys."""

from __future__ import annotations

from sqlalchemy import select

from bot.models import Municipality
from bot.services import (
    moderation,
    opinion_analysis,
    opinion_audience,
    statement_closing,
    statement_keys,
    statement_votes,
)
from bot.services.context import Context


def keep(context: Context) -> None:
    """One tick. Everything it finds is a row compared with the time; running it twice changes nothing."""
    now = context.clock()
    statement_closing.look_for_keys(context, now)
    statement_closing.close_due(context, now, opinion_analysis.analyse)
    opinion_audience.keep(context, now)
    statement_votes.refresh_boards(context)
    with context.database.read() as session:
        cities = list(session.scalars(select(Municipality.id)))
    for city in cities:
        with context.database.write() as session:
            moderation.remind(session, city, now)


def destroy_keys(context: Context) -> None:
    """The keys of days that are over (a slower tick: each day looked at is a question to the key store)."""
    now = context.clock()
    with context.database.read() as session:
        cities = list(session.scalars(select(Municipality.id)))
    for city in cities:
        statement_keys.destroy_old(context.keystore, city, now)
