"""The day's key of statements: drafts, `unsend` and the daily limit, without a trace of who wrote what.

A key of its own for each municipality and day of Japan lives in the key store (in no backup of ours) and is destroyed
two days later. What was made with it (a sealed draft in a conversation's state, a tag of a message, the name under
which a day's statements are counted) then means nothing any more, in older copies of the database neither.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.core.statement_rules import MOST_CHARS
from bot.now import jst
from bot.services.keystore import KeyStore

KEPT_DAYS = 2
LOOKED_BACK_DAYS = 40  # an installation that stood still this long still destroys its old keys
NONCE_BYTES = 12
DRAFT_BYTES = 2 + 8 * MOST_CHARS  # every draft is padded to this, so that a length says nothing
MOST_MESSAGES = 10  # messages that one draft was made of


@dataclass(frozen=True)
class Draft:
    """What somebody is about to send, and LINE's ids of the messages it was made of."""

    text: str = field(repr=False)
    message_ids: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class DayKey:
    """What one day's key can do. Never stored, never printed."""

    municipality: str
    day: date
    _key: bytes = field(repr=False)

    def tag(self, message_id: str) -> bytes:
        """The name of a LINE message, by which `unsend` finds the statement that was made of it."""
        return self._name("unsend", message_id)

    def giver(self, line_id: str) -> bytes:
        """The name under which a LINE account's statements of this day are counted."""
        return self._name("giver", line_id)

    def seal(self, draft: Draft) -> str:
        """A draft for the conversation's state: base64, always of the same length.

        The message ids are sealed with it: their tags stand beside statements, and must not stand beside residents.
        """
        ids = draft.message_ids[-MOST_MESSAGES:]
        plain = "\n".join([draft.text, *ids]).encode()
        padded = len(plain).to_bytes(2, "big") + plain.ljust(DRAFT_BYTES - 2, b"\0")
        nonce = os.urandom(NONCE_BYTES)
        return base64.b64encode(nonce + self._draft.encrypt(nonce, padded, self._about)).decode()

    def open(self, sealed: str) -> Draft | None:
        """The draft again; None when it was damaged or made under another key."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            plain = self._draft.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], self._about)
        except (InvalidTag, ValueError):
            return None
        text, *ids = plain[2 : 2 + int.from_bytes(plain[:2], "big")].decode().split("\n")
        return Draft(text, tuple(ids))

    @property
    def _about(self) -> bytes:
        return f"statement.draft/{self.municipality}".encode()

    @property
    def _draft(self) -> AESGCM:
        return AESGCM(self._name("draft", ""))

    def _name(self, purpose: str, what: str) -> bytes:
        return hmac.new(self._key, f"entaku/statement/{purpose}/{what}".encode(), hashlib.sha256).digest()


def of_today(keystore: KeyStore, municipality: str, now: datetime) -> DayKey:
    """Today's key, made on first use. Asks the key store: never inside a transaction."""
    day = jst(now).date()
    name = _name_of(municipality, day)
    return DayKey(municipality, day, keystore.recall(name) or keystore.create(name))


def of_day(keystore: KeyStore, municipality: str, day: date) -> DayKey | None:
    """The key of a day; None when it is gone."""
    key = keystore.recall(_name_of(municipality, day))
    return DayKey(municipality, day, key) if key else None


def live(keystore: KeyStore, municipality: str, now: datetime) -> list[DayKey]:
    """The keys that still exist, today's first: what `unsend` has to try."""
    today = jst(now).date()
    found = (of_day(keystore, municipality, today - timedelta(days=back)) for back in range(KEPT_DAYS + 1))
    return [key for key in found if key]


def destroy_old(keystore: KeyStore, municipality: str, now: datetime) -> int:
    """Destroy the keys of days that are over for good. Idempotent; returns how many there were."""
    today = jst(now).date()
    names = [_name_of(municipality, today - timedelta(days=back)) for back in range(KEPT_DAYS + 1, LOOKED_BACK_DAYS)]
    old = [name for name in names if keystore.get(name) is not None]
    for name in old:
        keystore.destroy(name)
    return len(old)


def _name_of(municipality: str, day: date) -> str:
    return f"{municipality}/statements/{day.isoformat()}"
