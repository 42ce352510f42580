"""The database: engines, transactions, types. Owns how SQLite and PostgreSQL are opened, nothing else.

SQLite: WAL, BEGIN IMMEDIATE for writing, one in-process write lock (two writers polling the file's
lock cost far more than a queue), `secure_delete` so that erased means erased. Two durabilities:
`write()` commits under synchronous=NORMAL (survives a killed process), `write(durable=True)` under FULL
(survives a power cut; used where a lost commit would send something twice).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Engine, MetaData, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from bot.errors import UnavailableError

BUSY_TIMEOUT_MS = 10_000
CHECKPOINT_TIMEOUT_MS = 1_000
WRITES = "writes"  # in Session.info: what it sees may yet be rolled back, and is not to be remembered

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The root of all tables of the main database."""

    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; naive ones are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone must not be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """One database with its engines and transactions."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.write_lock: AbstractContextManager[Any] = threading.RLock() if self.sqlite else nullcontext()
        self._watch = threading.Lock()
        self._watcher: sqlite3.Connection | None = None
        self._same = (0, "")  # the version after the last commit that is not shown, and what stood before it
        if self.sqlite:
            path = Path(self.url.database or "")
            path.parent.mkdir(parents=True, exist_ok=True)
            self._read = _sqlite_engine(url, "NORMAL", "BEGIN", pool_size)
            self._normal = _sqlite_engine(url, "NORMAL", "BEGIN IMMEDIATE", 2)
            self._full = _sqlite_engine(url, "FULL", "BEGIN IMMEDIATE", 2)
        else:
            engine = create_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)
            self._read = self._normal = self._full = engine

    @property
    def engine(self) -> Engine:
        """An engine for reading, migrations and inspection."""
        return self._read

    @property
    def writing_engine(self) -> Engine:
        """The engine whose transactions begin as writers (BEGIN IMMEDIATE on SQLite)."""
        return self._normal

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; nothing it does is kept. What was loaded stays readable afterwards."""
        with Session(self._read, expire_on_commit=False) as session:
            try:
                yield session
            finally:
                session.expunge_all()  # a rollback would empty the loaded rows
                session.rollback()

    @contextmanager
    def write(self, *, durable: bool = False, shown: bool = True) -> Iterator[Session]:
        """One write transaction, committed at the end of the block, rolled back on any error.

        `shown` False: nothing that it writes is on any page for everybody (signs of life), and on SQLite `changes`
        does not count it. Raises UnavailableError when the database is locked, full or away.
        """
        engine = self._full if durable else self._normal
        try:
            with self.write_lock:
                before = ""
                with Session(engine, expire_on_commit=False, info={WRITES: True}) as session, session.begin():
                    if self.sqlite and not shown:
                        session.connection()  # begun: no other process commits until we have
                        before = self.changes()
                    yield session
                if before:
                    self._same = (self._version(), before)
        except OperationalError as error:
            raise UnavailableError(f"The database does not take changes now ({type(error.orig).__name__}).") from error

    def checkpoint(self) -> bool:
        """Move SQLite's write-ahead log into the file and truncate it: erased bytes leave the log too.

        False when a reader held it back for longer than a second (writers wait meanwhile); try again later.
        """
        if not self.sqlite:
            return True
        with self.write_lock, self._read.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute(f"PRAGMA busy_timeout = {CHECKPOINT_TIMEOUT_MS}")
            busy, _pages, _moved = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            raw.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            return not busy

    def learn(self) -> None:
        """Let SQLite look how its rows are spread (a sample of each index, milliseconds), as PostgreSQL does by itself.

        Without it a condition on the municipality seems to be worth an index in a database of one municipality.
        """
        if self.sqlite:
            with self.write_lock, self._normal.connect() as connection:
                connection.exec_driver_sql("PRAGMA analysis_limit = 400")
                connection.exec_driver_sql("ANALYZE")
                connection.commit()

    def changes(self) -> str:
        """A text that is another one whenever anybody, here or in another process, has committed anything since.

        What is made from rows may be kept as long as it stays the same. SQLite: PRAGMA data_version on a connection
        that never writes. PostgreSQL: the snapshot of transactions, which every writing one changes.
        """
        if not self.sqlite:
            with self._read.connect() as connection:
                return str(connection.scalar(text("SELECT pg_current_snapshot()::text")))
        number = self._version()
        after, before = self._same
        return before if number == after else str(number)

    def _version(self) -> int:
        with self._watch:
            if self._watcher is None:
                self._watcher = sqlite3.connect(self.url.database or "", check_same_thread=False, isolation_level=None)
            (number,) = self._watcher.execute("PRAGMA data_version").fetchone()
            return int(number)

    def alive(self) -> bool:
        """Whether the database answers."""
        try:
            with self._read.connect() as connection:
                connection.execute(text("SELECT 1"))
        except OperationalError:
            return False
        return True

    def close(self) -> None:
        """Give all connections back."""
        for engine in {id(e): e for e in (self._read, self._normal, self._full)}.values():
            engine.dispose()
        with self._watch:
            if self._watcher is not None:
                self._watcher.close()
                self._watcher = None


def _sqlite_engine(url: str, synchronous: str, begin: str, pool_size: int) -> Engine:
    engine = create_engine(url, pool_size=pool_size, max_overflow=20, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        prepare_sqlite(connection, synchronous)

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def prepare_sqlite(connection: Any, synchronous: str) -> None:
    """The settings every SQLite connection of ours has."""
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        f"synchronous = {synchronous}",
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
