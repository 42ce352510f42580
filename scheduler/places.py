"""The clock's part in districts: what was decided happens on its day."""

from __future__ import annotations

import structlog

from bot.services import district_changes
from bot.services.context import Context

log = structlog.get_logger(__name__)


def keep(context: Context) -> None:
    """Rename and merge what is due, each in a transaction of its own. Running it twice changes nothing."""
    now = context.clock()
    with context.database.read() as session:
        due = district_changes.due(session, now)
    for change_id in due:
        with context.database.write() as session:
            district_changes.carry_out(session, change_id, now)
        log.info("district.changed", change=change_id)
