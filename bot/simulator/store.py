"""What survives: one SQLite file (WAL, synchronous=NORMAL: a killed process loses nothing it answered).

The state in memory is rebuilt from it at start. Every change is one transaction, written before the
answer goes out, by whoever holds the state's lock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS channel (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS user (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL,
    body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entry (n INTEGER PRIMARY KEY, channel TEXT NOT NULL, at INTEGER NOT NULL,
    origin TEXT NOT NULL, via TEXT NOT NULL, request_id TEXT NOT NULL, retry_key TEXT NOT NULL,
    users BLOB NOT NULL, messages TEXT NOT NULL, counted INTEGER NOT NULL, digest BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS token (token TEXT PRIMARY KEY, channel TEXT NOT NULL, user INTEGER NOT NULL,
    event_at INTEGER NOT NULL, sent_at INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS menu (id TEXT PRIMARY KEY, channel TEXT NOT NULL, body TEXT NOT NULL,
    image BLOB, kind TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pending (id TEXT PRIMARY KEY, channel TEXT NOT NULL, event TEXT NOT NULL,
    attempt INTEGER NOT NULL, due INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS violation (n INTEGER PRIMARY KEY, body TEXT NOT NULL);
"""

Statement = tuple[str, Sequence[Any]]


class Store:
    """One connection, one writer. Callers hold the state's lock around `write`."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("PRAGMA busy_timeout=5000")
        self._db.executescript(SCHEMA)

    def write(self, *statements: Statement) -> None:
        """All of them or none."""
        with self._transaction():
            for sql, values in statements:
                self._db.execute(sql, values)

    def write_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """One statement for many rows, in one transaction."""
        with self._transaction():
            self._db.executemany(sql, rows)

    def read(self, sql: str) -> Iterable[tuple[Any, ...]]:
        """The rows of a query."""
        return self._db.execute(sql)

    def clear(self) -> None:
        """Forgets everything but the channels (their links to rich menus are the caller's)."""
        tables = ("meta", "user", "entry", "token", "menu", "pending", "violation")
        self.write(*((f"DELETE FROM {table}", ()) for table in tables))  # noqa: S608 our own names

    def close(self) -> None:
        self._db.close()

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)


class _Transaction:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")
