"""Sweeps: whatever a crash left waiting is found again here, by looking into the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from sqlalchemy import select

from bot import footprint
from bot.line.sender import Sender
from bot.models import Alert, Municipality
from bot.now import real_now
from bot.services import alerts, answers, inbox, vectors
from bot.services.context import Context
from content.search.index import query
from scheduler.vectors import join_made

WARM = "ごみの日はいつ"  # asked once, so that the first resident does not wait for the model to load

Wake = Callable[[Iterable[tuple[str, bytes]]], None]


def sweep_inbox(context: Context, wake: Wake, waited: timedelta = timedelta(0)) -> None:
    """Wake every source with waiting events and no live lease; skip events that name nobody.

    With `waited` only those that have waited so long: an engine that was told of them may be on its way.
    """
    before = context.clock() - waited if waited else None
    with context.database.read() as session:
        sources = inbox.due_sources(session, real_now(), received_before=before)
        nameless = inbox.count_without_source(session)
    if nameless:
        with context.database.write() as session:
            inbox.skip_without_source(session)
    wake(sources)


def sweep_outbox(sender: Sender) -> None:
    """Send what is due: messages a crash left, and those whose pause is over."""
    sender.send_due()


def watch_clock(context: Context) -> None:
    """Say when the clock stands still. A worker asks this, not the clock."""
    with context.database.read() as session:
        told = session.scalar(select(Alert.id).where(Alert.kind == alerts.CLOCK).limit(1)) is not None
        if alerts.clock_dead(session, real_now()) is None and not told:
            return
    with context.database.write() as session:
        alerts.watch(session, real_now(), context.clock())


def warm_indexes(context: Context) -> None:
    """Build each municipality's search index when its content changed, before a resident has to wait for it.

    The model is loaded here, too; vectors that another process made meanwhile join.
    """
    with context.database.read() as session:
        encoder = vectors.encoder_of(session)
        stored = [answers.read(session, city) for city in session.scalars(select(Municipality.id))]
    for one in stored:
        known = answers.knowledge(one)
        if encoder is not None:
            join_made(context, one, encoder)
            known.ranker.rank(query(WARM))
    if any(one.pack is not None for one in stored):
        footprint.give_back()
