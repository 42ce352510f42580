"""LINE channels: their sealed secrets, opened once and kept in memory for half a minute."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import practice
from bot.core.sealing import Sealer
from bot.db import Database
from bot.errors import BadInputError, NotFoundError
from bot.models import Channel, Municipality

KEEP_SECONDS = 30.0
SECRET_CONTEXT, TOKEN_CONTEXT = "channel.secret/", "channel.token/"


@dataclass(frozen=True)
class ChannelKeys:
    """What signing and sending need; secrets stay out of its repr."""

    municipality: str
    bot_user_id: str
    secret: bytes = field(repr=False)
    token: str = field(repr=False)


class ChannelBook:
    """The channels of this installation by municipality. A change is seen within 30 s, or at once after forget()."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database, self._sealer = database, sealer
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, ChannelKeys]] = {}

    def get(self, municipality: str) -> ChannelKeys:
        """The channel of a municipality. Raises NotFoundError when it has none.

        A room for practice has one without LINE: nobody can know its secret, its token never leaves the house.
        """
        if practice.is_room(municipality):
            return ChannelKeys(municipality, "", secrets.token_bytes(32), practice.token_of(municipality))
        with self._lock:
            hit = self._known.get(municipality)
        if hit and hit[0] > time.monotonic():
            return hit[1]
        with self._database.read() as session:
            keys = read_channel(session, self._sealer, municipality)
        with self._lock:
            self._known[municipality] = (time.monotonic() + KEEP_SECONDS, keys)
        return keys

    def forget(self) -> None:
        """Read all channels anew next time."""
        with self._lock:
            self._known.clear()


def read_channel(session: Session, sealer: Sealer, municipality: str) -> ChannelKeys:
    """The opened channel. Raises NotFoundError when the municipality has none."""
    row = session.scalar(select(Channel).where(Channel.municipality_id == municipality))
    if row is None:
        raise NotFoundError(f"{municipality} has no LINE channel yet: `entaku channel add {municipality}`.")
    return ChannelKeys(
        municipality,
        row.bot_user_id,
        sealer.open(row.secret, SECRET_CONTEXT + municipality),
        sealer.open(row.token, TOKEN_CONTEXT + municipality).decode(),
    )


def save_channel(session: Session, sealer: Sealer, keys: ChannelKeys) -> None:
    """Add or replace a municipality's channel, sealed. Raises BadInputError for values LINE never issues."""
    if session.get(Municipality, keys.municipality) is None:
        raise BadInputError(f"There is no municipality {keys.municipality} yet: `entaku pack load` creates it.")
    if not keys.bot_user_id.startswith("U") or len(keys.bot_user_id) != 33 or not keys.secret or not keys.token:
        raise BadInputError("A channel needs its secret, its access token and the bot's user id (U and 32 hex digits).")
    session.merge(
        Channel(
            municipality_id=keys.municipality,
            bot_user_id=keys.bot_user_id,
            secret=sealer.seal(keys.secret, SECRET_CONTEXT + keys.municipality),
            token=sealer.seal(keys.token.encode(), TOKEN_CONTEXT + keys.municipality),
        )
    )
