"""Who minds the clock: one process at a time, the others stand by and take over when it has gone."""

from __future__ import annotations

import structlog

from bot.db import Database
from bot.services.exclusive import Lock

log = structlog.get_logger(__name__)

LOCK = "entaku-clock"


class Duty:
    """The lock `entaku-clock`, asked for before each tick: a database that restarted has forgotten who had it."""

    def __init__(self, database: Database) -> None:
        self._lock = Lock(database, LOCK)
        self._was: bool | None = None

    def take(self) -> bool:
        """Mind the clock if nobody else does. Call it every second; says in the log when things change."""
        on = self._lock.held() or self._lock.take(wait=False)
        if on != self._was:
            log.info("clock.on_duty" if on else "clock.standing_by")
            self._was = on
        return on

    def on(self) -> bool:
        """Whether this process minds the clock now."""
        return self._lock.held()

    def release(self) -> None:
        """Let another process take over."""
        self._lock.release()
