"""The key store: the keys of open polls, in a database of their own that no backup of ours contains.

While a poll is open, an administrator holding both databases could link a resident to a ballot; once
its key is destroyed here, nobody can.
"""

from __future__ import annotations

import os

from sqlalchemy import Column, LargeBinary, MetaData, String, Table, delete, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.db import Database
from bot.errors import UnavailableError

KEY_BYTES = 32

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

    def destroy(self, poll: str) -> None:
        """Make the key unrecoverable: overwritten (secure_delete), and the log truncated. Idempotent."""
        self._prepare()
        with self.database.write(durable=True) as session:
            session.execute(delete(_poll_key).where(_poll_key.c.poll == poll))
        self.database.checkpoint()

    def _prepare(self) -> None:
        if not self._ready:
            _metadata.create_all(self.database.writing_engine, checkfirst=True)
            self._ready = True
