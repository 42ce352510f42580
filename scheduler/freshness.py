"""Reminds staff of entries whose check no longer holds."""

from __future__ import annotations

from sqlalchemy import select

from bot.models import Municipality
from bot.services import freshness
from bot.services.context import Context


def remind(context: Context) -> None:
    """Every municipality's alert, as it should stand now."""
    now = context.clock()
    with context.database.read() as session:
        cities = list(session.scalars(select(Municipality.id)))
    for city in cities:
        with context.database.write() as session:
            freshness.remind(session, city, now)
