"""The key store: the keys of open polls, in a database of their own that no backup of ours contains.

While a poll is open, an administrator holding both databases could link a resident to a ballot; once
its key is destroyed here, nobody can.
"""

from __future__ import annotations

import os
import threading
import time

from sqlalchemy import Column, LargeBinary, MetaData, String, Table, delete, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.db import Database
from bot.errors import UnavailableError

KEY_BYTES = 32
REMEMBER_SECONDS = 10.0  # a key destroyed by another process is forgotten here that soon

_metadata = MetaData()
_poll_key = Table(
    "poll_key",
    _metadata,
    Column("poll", String(60), primary_key=True),
    Column("key", LargeBinary, nullable=False),
)


class KeyStore:
    """Keys by poll name (`fuji/12`); each exists once, is never changed and can be destroyed."""

    def __init__(self, url: str) -> None:
        self.database = Database(url, pool_size=2)
        self._ready = False
        self._lock = threading.Lock()
        self._remembered: dict[str, tuple[float, bytes]] = {}

    def create(self, poll: str) -> bytes:
        """The poll's key, made now unless it exists already (opening twice gives the same key)."""
        self._prepare()
        key = os.urandom(KEY_BYTES)
        try:
            with self.database.write(durable=True) as session:
                session.execute(insert(_poll_key).values(poll=poll, key=key))
        except IntegrityError:
            existing = self.get(poll)
            if existing is None:
                raise
            return existing
        return key

    def get(self, poll: str) -> bytes | None:
        """The key of an open poll, or None when it was destroyed or never reached this store."""
        self._prepare()
        try:
            with self.database.read() as session:
                return session.scalar(select(_poll_key.c.key).where(_poll_key.c.poll == poll))
        except OperationalError as error:
            raise UnavailableError("The key store does not answer (ENTAKU_KEYSTORE_URL).") from error

    def recall(self, poll: str) -> bytes | None:
        """`get`, remembered in memory for ten seconds: a hundred votes a second do not each ask the store."""
        moment = time.monotonic()
        with self._lock:
            self._remembered = {name: known for name, known in self._remembered.items() if known[0] > moment}
            known = self._remembered.get(poll)
        if known:
            return known[1]
        key = self.get(poll)
        if key is not None:
            with self._lock:
                self._remembered[poll] = (moment + REMEMBER_SECONDS, key)
        return key

    def everything(self) -> dict[str, bytes]:
        """All keys by poll: only for moving the store to another database."""
        self._prepare()
        with self.database.read() as session:
            rows = session.execute(select(_poll_key.c.poll, _poll_key.c.key)).all()
        return {row.poll: row.key for row in rows}

    def put(self, poll: str, key: bytes) -> None:
        """Keep a key that another store had; one that is there already stays."""
        self._prepare()
        if self.get(poll) is None:
            with self.database.write(durable=True) as session:
                session.execute(insert(_poll_key).values(poll=poll, key=key))

    def destroy(self, poll: str) -> None:
        """Make the key unrecoverable. Idempotent.

        SQLite: overwritten (secure_delete) and the log truncated; PostgreSQL: the table rewritten without it.
        """
        self._prepare()
        with self.database.write(durable=True) as session:
            session.execute(delete(_poll_key).where(_poll_key.c.poll == poll))
        with self._lock:
            self._remembered.pop(poll, None)
        self.database.checkpoint()
        if not self.database.sqlite:
            with self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM FULL poll_key"))

    def _prepare(self) -> None:
        with self._lock:
            if self._ready:
                return
            try:
                _metadata.create_all(self.database.writing_engine, checkfirst=True)
            except OperationalError as error:
                raise UnavailableError("The key store does not answer (ENTAKU_KEYSTORE_URL).") from error
            self._ready = True
