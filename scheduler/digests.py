"""The clock's part in digests: at their hours, by day only, a few residents a transaction."""

from __future__ import annotations

import structlog

from bot.core import quiet_hours
from bot.now import real_now
from bot.services import digests
from bot.services.context import Context
from bot.services.outbox import At

log = structlog.get_logger(__name__)


def tell(context: Context) -> int:
    """Tell everybody whose digest is due; returns how many. Twice, or on two clocks, nobody is told again."""
    now = context.clock()
    if not quiet_hours.decent(now):
        return 0
    told = 0
    while True:
        with context.database.read() as session:  # reading holds up nobody
            waiting = digests.waiting(session, now)
        if not waiting:
            break
        with context.database.write(durable=True) as session:
            at = At(now, real_now())
            told += sum(digests.tell(session, context.sealer, city, resident, at) for city, resident in waiting)
    if told:
        log.info("digests.told", residents=told)
    return told
