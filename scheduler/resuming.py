"""The clock's part in going on: a send that stopped, and that somebody let go on at night, goes on by day."""

from __future__ import annotations

import structlog

from bot.errors import ConflictError
from bot.now import real_now
from bot.services import resuming
from bot.services.context import Context

log = structlog.get_logger(__name__)


def go_on(context: Context) -> int:
    """One tick; returns how many go on. Twice, or on two clocks, each goes on once: its row names its version."""
    now = context.clock()
    with context.database.read() as session:
        due = resuming.due(session, now)
    return sum(_go_on(context, announcement_id) for announcement_id in due)


def _go_on(context: Context, announcement_id: int) -> bool:
    try:
        with context.database.write(durable=True) as session:
            goes = resuming.go_on(session, announcement_id, context.clock(), real_now())
    except ConflictError:  # somebody called it back, or another clock was quicker
        return False
    log.info("announcement.resumed", id=announcement_id, goes=goes)
    return goes
