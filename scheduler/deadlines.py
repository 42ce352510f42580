"""The clock's part in grants' deadlines: reminders that are due, by day only."""

from __future__ import annotations

from bot.core import quiet_hours
from bot.now import real_now
from bot.services import deadlines
from bot.services.context import Context
from bot.services.outbox import At


def remind(context: Context) -> int:
    """Send every reminder that is due; returns how many. What is due is a row that goes as it is sent."""
    now = context.clock()
    if not quiet_hours.decent(now):
        return 0
    sent = 0
    while True:
        with context.database.read() as session:
            waiting = deadlines.due(session, now)
        if not waiting:
            return sent
        with context.database.write(durable=True) as session:
            sent += sum(deadlines.tell(session, context.sealer, one, At(now, real_now())) for one in waiting)
