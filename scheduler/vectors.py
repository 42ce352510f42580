"""Making the vectors of entries in the background: a few passages at a time, outside any transaction.

What an entry says anew is understood some seconds after it was published; until then its words find it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import structlog
from sqlalchemy import select

from bot.core.practice import is_room
from bot.errors import UnavailableError
from bot.models import Municipality
from bot.services import answers, vectors
from bot.services.answers import Stored
from bot.services.context import Context
from content.search.meaning import Encoder, Vectors, made

log = structlog.get_logger(__name__)

AT_ONCE = 8  # passages a step: about a second on one core, then others may write


class VectorMaker:
    """Makes what is missing of every municipality; one process does, all read. `stop` ends it after the step."""

    def __init__(self, context: Context, encoder: Encoder | None) -> None:
        self._context, self._encoder = context, encoder
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End after the passages under way."""
        self._stopped.set()

    def make(self) -> None:
        """Make all that is missing now; a model that fails is asked again at the next tick."""
        if self._encoder is None:
            return
        with self._context.database.read() as session:
            cities = session.scalars(select(Municipality.id).order_by(Municipality.id)).all()
        for city in cities:
            if is_room(city):
                continue  # a model may live in another house; a room answers by words alone
            try:
                self._make(city, self._encoder)
            except UnavailableError as error:
                log.warning("vectors.waiting", municipality=city, reason=error.message)
                return

    def _make(self, city: str, encoder: Encoder) -> None:
        with self._context.database.read() as session:
            stored = answers.read(session, city)
        join_made(self._context, stored, encoder)
        known = answers.knowledge(stored)
        wanted = known.missing
        new: dict[str, Vectors] = {}
        for start in range(0, len(wanted), AT_ONCE):
            if self._stopped.is_set():
                break
            fresh = made(encoder, wanted[start : start + AT_ONCE])
            with self._context.database.write() as session:
                vectors.keep(session, city, encoder.name, fresh)
            new |= fresh
        if new:
            answers.join(stored, new)
            with self._context.database.write() as session:
                vectors.forget(session, city, encoder.name, known.keys)
            log.info("vectors.made", municipality=city, passages=len(new), waiting=len(wanted) - len(new))


def join_made(context: Context, stored: Stored, encoder: Encoder) -> None:
    """Let vectors that another process made join this one's knowledge."""
    missing = answers.knowledge(stored).missing
    if not missing:
        return
    with context.database.read() as session:
        there = vectors.read(session, stored.municipality, encoder.name)
    found: Mapping[str, Vectors] = {key: there[key] for key, _ in missing if key in there}
    if found:
        answers.join(stored, found)
