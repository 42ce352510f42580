"""A polite limit: more messages in a minute than a person types get one kind word, then silence.

Counted in the inbox itself, so that it holds across restarts and workers; emergencies come before it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.line.render import Text
from bot.services import residents
from handlers.chat.turn import Outcome, Turn

MINUTE = timedelta(minutes=1)


class FloodHandler:
    """Wants what comes too fast."""

    def wants(self, turn: Turn) -> bool:
        if turn.resident is None or turn.event.event_at is None or turn.event.kind == "follow":
            return False
        since = turn.event.event_at - MINUTE
        count = residents.messages_since(turn.session, turn.resident, since, turn.event.event_at)
        return count > turn.context.settings.messages_per_minute

    def handle(self, turn: Turn) -> Outcome:
        assert turn.event.event_at is not None
        said = turn.state.get("slowed")
        if said and turn.event.event_at - datetime.fromisoformat(str(said)) < MINUTE:
            return Outcome()
        return Outcome([Text(turn.say("chat.too_fast"))], {**turn.state, "slowed": turn.event.event_at.isoformat()})
