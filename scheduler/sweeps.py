"""Sweeps: whatever a crash left waiting is found again here, by looking into the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import select

from bot.line.sender import Sender
from bot.models import Municipality
from bot.now import real_now
from bot.services import answers, inbox
from bot.services.context import Context

Wake = Callable[[Iterable[tuple[str, bytes]]], None]


def sweep_inbox(context: Context, wake: Wake) -> None:
    """Wake every source with waiting events and no live lease; skip events that name nobody."""
    with context.database.read() as session:
        sources = inbox.due_sources(session, real_now())
        nameless = inbox.count_without_source(session)
    if nameless:
        with context.database.write() as session:
            inbox.skip_without_source(session)
    wake(sources)


def sweep_outbox(sender: Sender) -> None:
    """Send what is due: messages a crash left, and those whose pause is over."""
    sender.send_due()


def warm_indexes(context: Context) -> None:
    """Build each municipality's search index when its content changed, before a resident has to wait for it."""
    with context.database.read() as session:
        stored = [answers.read(session, city) for city in session.scalars(select(Municipality.id))]
    for one in stored:
        answers.knowledge(one)
