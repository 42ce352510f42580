"""One at a time: the lock that keeps a second `entaku all` off an SQLite file, and a second clock off PostgreSQL."""

from __future__ import annotations

import fcntl
import time
import zlib
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from bot.db import Database

WAIT_SECONDS = 2.0


class Lock:
    """A lock that dies with its process: a locked file beside an SQLite database, or a session advisory lock."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._number = zlib.crc32(name.encode())
        self._file: IO[str] | None = None
        self._connection: Connection | None = None

    def take(self, *, wait: bool) -> bool:
        """Take it; with `wait` until it is free. False when somebody else has it."""
        while not self._try():
            if not wait:
                return False
            time.sleep(WAIT_SECONDS)
        return True

    def held(self) -> bool:
        """Whether it is still ours (a database that restarted has forgotten it)."""
        if self._database.sqlite:
            return self._file is not None
        if self._connection is None:
            return False
        query = text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objid = :number"
        )
        try:
            return bool(self._connection.execute(query, {"number": self._number}).scalar())
        except SQLAlchemyError:
            return False

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _try(self) -> bool:
        return self._try_file() if self._database.sqlite else self._try_postgresql()

    def _try_file(self) -> bool:
        handle = Path(f"{self._database.url.database}.lock").open("w", encoding="ascii")  # noqa: SIM115  held for life
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.close()
            return False
        self._file = handle
        return True

    def _try_postgresql(self) -> bool:
        connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        query = text("SELECT pg_try_advisory_lock(:number)")
        if connection.execute(query, {"number": self._number}).scalar():
            self._connection = connection
            return True
        connection.close()
        return False
