"""Intake: webhook events into the inbox, one commit, deduplicated; never more work before LINE's 200.

The hot path of the house (16 requests at once must not wait for one another's disk): requests that arrive
while a commit is running are stored together by the next one (group commit), with plain SQL instead of the
ORM, which alone would cost more than everything else here.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from bot.core.sealing import Sealer
from bot.db import Database, prepare_sqlite
from bot.errors import UnavailableError

EVENT_CONTEXT = "inbox/"
DISK_LOOK_SECONDS = 5.0

_COLUMNS = "municipality_id, event_key, kind, source, event_at, received_at, state, body, attempts"
_SQLITE = f"INSERT OR IGNORE INTO inbox_event ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, 0)"  # noqa: S608  constants only
# One statement for all that wait: one round trip, not one for each event and two for the transaction.
_POSTGRESQL = f"INSERT INTO inbox_event ({_COLUMNS}) VALUES "  # noqa: S608  constants only
_POSTGRESQL_ROW = "(%s, %s, %s, %b, %s::timestamptz, %s::timestamptz, 'waiting', %b, 0)"
_POSTGRESQL_END = " ON CONFLICT (municipality_id, event_key) DO NOTHING"
# Above this many rows (several big batches at once) a statement is not worth preparing.
_PREPARED_ROWS = 16


class Event(Protocol):
    """What intake needs of an event (bot.line.webhook.Incoming has it)."""

    @property
    def event_key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def source(self) -> str | None: ...
    @property
    def event_at(self) -> datetime: ...
    @property
    def body(self) -> bytes: ...


@dataclass
class _Ticket:
    rows: list[tuple[Any, ...]]
    done: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None


class Intake:
    """Stores events of all municipalities; safe to call from many threads."""

    def __init__(self, database: Database, sealer: Sealer, min_free_mb: int = 0) -> None:
        self._database, self._sealer = database, sealer
        self._min_free = min_free_mb * 1024 * 1024
        self._queue: list[_Ticket] = []
        self._queue_lock = threading.Lock()
        self._turn = threading.Lock()
        self._connection: Any = None
        self._disk_looked_at = 0.0
        self._disk_full = False

    def store(self, municipality: str, events: Sequence[Event], received_at: datetime) -> list[bytes]:
        """Store the events, each once, and return the sealed sources that now have work.

        Raises UnavailableError when they are not safely stored: the caller answers 503 and LINE sends again.
        """
        self._look_at_disk()
        zone = "" if self._database.sqlite else "+00"
        received = _stored_time(received_at) + zone
        rows = [self._row(municipality, event, received, zone) for event in events]
        ticket = _Ticket(rows)
        with self._queue_lock:
            self._queue.append(ticket)
        with self._turn:
            if not ticket.done.is_set():
                self._commit_waiting()
        if ticket.error is not None:
            raise UnavailableError("The inbox does not take events now; LINE will send them again.") from ticket.error
        return list({row[3]: None for row in rows if row[3] is not None})

    def close(self) -> None:
        """Give the connection back; storing again opens a new one."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _row(self, municipality: str, event: Event, received: str, zone: str) -> tuple[Any, ...]:
        source = self._sealer.seal_id(event.source, municipality) if event.source else None
        body = self._sealer.seal(event.body, EVENT_CONTEXT + municipality)
        event_at = _stored_time(event.event_at) + zone
        return (municipality, event.event_key, event.kind, source, event_at, received, body)

    def _commit_waiting(self) -> None:
        with self._queue_lock:
            tickets, self._queue = self._queue, []
        error: Exception | None = None
        try:
            self._insert([row for ticket in tickets for row in ticket.rows])
        except Exception as problem:  # noqa: BLE001  any failure to store means 503 for all of them
            error = problem
        for ticket in tickets:
            ticket.error = error
            ticket.done.set()

    def _insert(self, rows: list[tuple[Any, ...]]) -> None:
        if self._database.sqlite:
            self._insert_sqlite(rows)
        else:
            self._insert_postgresql(rows)

    def _insert_postgresql(self, rows: list[tuple[Any, ...]]) -> None:
        if self._connection is None:
            pooled = self._database.engine.raw_connection()
            self._connection = pooled.driver_connection
            pooled.detach()  # ours for good: the pool's checks would cost a round trip each time
            self._connection.rollback()
            self._connection.autocommit = True
        try:
            query = _POSTGRESQL + ", ".join([_POSTGRESQL_ROW] * len(rows)) + _POSTGRESQL_END
            values = [value for row in rows for value in row]
            self._connection.execute(query, values, prepare=len(rows) <= _PREPARED_ROWS)
        except Exception:
            broken, self._connection = self._connection, None
            broken.close()
            raise

    def _insert_sqlite(self, rows: list[tuple[Any, ...]]) -> None:
        import sqlite3

        with self._database.write_lock:
            if self._connection is None:
                self._connection = sqlite3.connect(
                    str(self._database.url.database), isolation_level=None, check_same_thread=False
                )
                prepare_sqlite(self._connection, "NORMAL")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(_SQLITE, rows)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _look_at_disk(self) -> None:
        if not self._min_free or not self._database.sqlite:
            return
        moment = time.monotonic()
        if moment - self._disk_looked_at > DISK_LOOK_SECONDS:
            folder = Path(self._database.url.database or ".").parent
            self._disk_full = shutil.disk_usage(folder).free < self._min_free
            self._disk_looked_at = moment
        if self._disk_full:
            raise UnavailableError("The disk is nearly full; nothing is taken that could not be kept.")


def _stored_time(moment: datetime) -> str:
    # The form SQLAlchemy's DateTime stores on SQLite, without a zone: everything is UTC. Texts are also what
    # psycopg passes on fastest.
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")
