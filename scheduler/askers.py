"""Tells those who asked that their question is answered now; what waits is a row, so that a crash loses nobody."""

from __future__ import annotations

from bot.core import quiet_hours
from bot.now import real_now
from bot.services import answers, askers
from bot.services.context import Context
from bot.services.outbox import At


def tell(context: Context) -> int:
    """Hand the messages that are due to the outbox, a hundred people at once. Returns how many were told."""
    now = context.clock()
    if not quiet_hours.decent(now):
        return 0
    with context.database.read() as session:
        waiting = askers.due(session, now)
        stored = [answers.read(session, city) for city in sorted({one.municipality for one in waiting})]
    if not waiting:
        return 0
    known = {one.municipality: answers.knowledge(one) for one in stored}
    ready = [(one, text) for one in waiting if (text := askers.words(one, known[one.municipality], now))]
    if not ready:
        return 0
    with context.database.write(durable=True) as session:
        return askers.tell(session, context.sealer, ready, At(now, real_now()))
