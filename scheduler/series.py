"""The clock's part in series: makes the announcements of the next two weeks, each exactly once."""

from __future__ import annotations

import structlog
from sqlalchemy.exc import IntegrityError

from bot.services import series
from bot.services.context import Context

log = structlog.get_logger(__name__)


def make(context: Context) -> int:
    """One tick; returns how many announcements were made. Two clocks by mistake make each once."""
    now = context.clock()
    with context.database.read() as session:
        waiting = series.due(session, now)
    return sum(_make(context, municipality, series_id) for municipality, series_id in waiting)


def _make(context: Context, municipality: str, series_id: int) -> int:
    try:
        with context.database.write(durable=True) as session:
            return series.make(session, context.sealer, municipality, series_id, context.clock())
    except IntegrityError:  # another clock made the same date in this moment
        log.warning("series.made_elsewhere", series=series_id)
        return 0
