"""What groups get: announcements that are for them too, and now and then LINE's count of their members."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from bot.line.client import BAD, LineClient, Outcome
from bot.models import GroupChat
from bot.now import real_now
from bot.services import groups
from bot.services.channels import ChannelBook
from bot.services.context import Context
from bot.services.outbox import At

log = structlog.get_logger(__name__)

COUNT_EVERY: Final = timedelta(days=1)  # what an announcement to a group costs
NOT_FOUND: Final = 404


def hand_out(context: Context) -> int:
    """Hand what is being sent to the groups it is for; returns how many messages were put into the outbox."""
    with context.database.read() as session:
        if not groups.any_waiting(session):
            return 0
    with context.database.write(durable=True) as session:
        return groups.hand_out(session, context.sealer, At(context.clock(), real_now()))


def count(context: Context, channels: ChannelBook, client: LineClient) -> int:
    """Ask LINE how many people are in groups not asked for since yesterday; one it does not know any more is erased."""
    now = context.clock()
    with context.database.read() as session:
        due = [
            (row.id, row.municipality_id, context.sealer.open_id(row.line_id, row.municipality_id))
            for row in groups.uncounted(session, now - COUNT_EVERY)
        ]
    counted = 0
    for group_id, municipality, line_id in due:
        token = channels.get(municipality).token
        answer = client.call("GET", f"/v2/bot/group/{line_id}/members/count", token)
        number = answer.data.get("count") if isinstance(answer.data, dict) else None
        with context.database.write() as session:
            row = session.get(GroupChat, group_id)
            if row is None:
                continue
            if answer.outcome is Outcome.REFUSED and answer.status in (BAD, NOT_FOUND):
                session.delete(row)
                continue
            row.counted_at = now
            if isinstance(number, int):
                row.members, counted = number, counted + 1
    return counted
