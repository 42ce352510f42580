"""One at a time: the lock that keeps a second `entaku all` off an SQLite file, and a second clock off PostgreSQL.

On PostgreSQL it can also be shared: many have it so at once, and nobody has it alone meanwhile.
"""

from __future__ import annotations

import fcntl
import threading
import time
import zlib
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from bot.db import Database

WAIT_SECONDS = 2.0


class Lock:
    """A lock that dies with its process: a locked file beside an SQLite database, or a session advisory lock.

    Safe for many threads. Asking PostgreSQL raises nothing: a database that does not answer means "not ours".
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._number = zlib.crc32(name.encode())
        self._file: IO[str] | None = None
        self._connection: Connection | None = None
        self._turn = threading.Lock()

    def take(self, *, wait: bool, shared: bool = False) -> bool:
        """Take it; with `wait` until it is free. False when somebody else has it. `shared`: PostgreSQL only."""
        while not self._try(shared=shared):
            if not wait:
                return False
            time.sleep(WAIT_SECONDS)
        return True

    def held(self) -> bool:
        """Whether it is still ours (a database that restarted has forgotten it)."""
        if self._database.sqlite:
            return self._file is not None
        query = text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objid = :number"
        )
        with self._turn:
            if self._connection is None:
                return False
            try:
                return bool(self._connection.execute(query, {"number": self._number}).scalar())
            except SQLAlchemyError:
                return False

    def release(self) -> None:
        """Give it back."""
        with self._turn:
            if self._file is not None:
                self._file.close()
                self._file = None
            self._close_connection()

    def _try(self, *, shared: bool) -> bool:
        with self._turn:
            return self._try_file() if self._database.sqlite else self._try_postgresql(shared=shared)

    def _try_file(self) -> bool:
        handle = Path(f"{self._database.url.database}.lock").open("w", encoding="ascii")  # noqa: SIM115  held for life
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.close()
            return False
        self._file = handle
        return True

    def _try_postgresql(self, *, shared: bool) -> bool:
        self._close_connection()
        function = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
        try:
            self._connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if self._connection.execute(text(f"SELECT {function}(:number)"), {"number": self._number}).scalar():
                return True
        except SQLAlchemyError:
            pass
        self._close_connection()
        return False

    def _close_connection(self) -> None:
        if self._connection is None:
            return
        try:  # a pooled connection would keep the lock
            self._connection.execute(text("SELECT pg_advisory_unlock_all()"))
        except SQLAlchemyError:
            self._connection.invalidate()
        self._connection.close()
        self._connection = None
