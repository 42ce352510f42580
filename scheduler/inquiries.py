"""The clock's part in inquiries: what was answered long ago ends, staff are told of who waits too long."""

from __future__ import annotations

from bot.services import inquiry_keeping
from bot.services.context import Context


def keep(context: Context) -> None:
    """One tick. Everything it finds is a row compared with the time; running it twice changes nothing."""
    now = context.clock()
    with context.database.write() as session:
        inquiry_keeping.close_read(context, session, now)
        inquiry_keeping.remind(context, session, now)
