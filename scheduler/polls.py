"""The clock's part in polls: close what is due, end what a crash left half-closed, watch over the keys."""

from __future__ import annotations

from bot.now import real_now
from bot.services import closing, poll_reminders
from bot.services.context import Context


def close_due(context: Context) -> None:
    """One tick. Everything it finds is a row compared with the time; running it twice changes nothing."""
    now = context.clock()
    closing.look_for_keys(context, now)
    poll_reminders.remind_due(context, now, real_now())
    closing.close_due(context, now)
    closing.erase_old(context, now)
