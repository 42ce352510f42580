"""How secrets are kept: key versions, sealed ids, sealed blobs, signatures. Pure; knows no table.

Ids that must be found again (LINE user ids) use AES-SIV (deterministic, RFC 5297), so that equality
works; everything else uses AES-GCM with a random nonce. Each sealed value starts with its key's
version (two bytes), so that keys can be changed (`entaku keys reseal`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

from bot.errors import BadInputError, ConfigurationError

if TYPE_CHECKING:
    from bot.core.siv_many import SivOpener

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION_BYTES, TAG_BYTES = 2, 16
MANY = 8  # below this, one by one is as fast


def new_key() -> str:
    """A fresh installation key as base64 text."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode("ascii")


@dataclass(frozen=True)
class _Version:
    number: int
    master: bytes
    openers: dict[str, SivOpener] = field(default_factory=dict, compare=False, repr=False)

    def derive(self, purpose: str, length: int = 32) -> bytes:
        """A key of its own for each purpose (HKDF-Expand of RFC 5869 with SHA-512, one block)."""
        return hmac.new(self.master, b"entaku/" + purpose.encode() + b"\x01", hashlib.sha512).digest()[:length]

    @cached_property
    def siv(self) -> AESSIV:
        return AESSIV(self.derive("line-id", 64))

    @cached_property
    def gcm(self) -> AESGCM:
        return AESGCM(self.derive("blob"))

    @cached_property
    def prefix(self) -> bytes:
        return self.number.to_bytes(VERSION_BYTES, "big")

    def opener(self, municipality: str) -> SivOpener:
        """Opens many ids of a municipality at once; numpy is only loaded where that happens."""
        if municipality not in self.openers:
            from bot.core.siv_many import SivOpener

            self.openers[municipality] = SivOpener(self.derive("line-id", 64), municipality.encode())
        return self.openers[municipality]


class Sealer:
    """All live keys of an installation; the first version seals, all of them open."""

    def __init__(self, versions: list[tuple[int, bytes]]) -> None:
        self._versions = [_Version(number, key) for number, key in versions]
        self._by_number = {version.number: version for version in self._versions}

    @classmethod
    def parse(cls, text: str) -> Sealer:
        """From `version:base64,version:base64`, newest first. Raises ConfigurationError, never echoing a key."""
        versions: list[tuple[int, bytes]] = []
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            number, _, encoded = part.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except ValueError:
                key = b""
            if not number.isdigit() or not 0 < int(number) < 2**16 or len(key) != KEY_BYTES:
                raise ConfigurationError(
                    "ENTAKU_KEYS must be version:base64 of 32 bytes, separated by commas; `entaku keys new` prints one."
                )
            versions.append((int(number), key))
        if not versions or len({number for number, _ in versions}) != len(versions):
            raise ConfigurationError("ENTAKU_KEYS needs at least one key, each with a version of its own.")
        return cls(versions)

    @property
    def current(self) -> int:
        """The number of the version that seals."""
        return self._versions[0].number

    def seal_id(self, line_id: str, municipality: str) -> bytes:
        """A LINE user id, sealed so that equality works within one municipality (AES-SIV)."""
        return self._seal_id(self._versions[0], line_id, municipality)

    def all_sealed_ids(self, line_id: str, municipality: str) -> list[bytes]:
        """The id under every live version, current first: what a look-up has to try."""
        return [self._seal_id(version, line_id, municipality) for version in self._versions]

    def open_id(self, sealed: bytes, municipality: str) -> str:
        """The LINE user id again. Raises BadInputError when no live key opens it."""
        version = self._version(sealed)
        try:
            return version.siv.decrypt(sealed[2:], [municipality.encode()]).decode()
        except InvalidTag:
            raise BadInputError("A sealed id does not belong to this municipality or was damaged.") from None

    def open_ids(self, sealed: bytes, count: int, municipality: str) -> str:
        """`count` LINE user ids of one length, sealed and joined, again in the same order. Raises as `open_id`."""
        each = len(sealed) // count if count else 0
        length = each - VERSION_BYTES - TAG_BYTES
        if count >= MANY and length >= TAG_BYTES and each * count == len(sealed):
            plain = self._version(sealed).opener(municipality).open(sealed, sealed[:VERSION_BYTES], length)
            if plain is not None:
                return plain.decode()
        # A few, or of several key versions; or one of them is wrong, which this will say.
        return "".join([self.open_id(sealed[at : at + each], municipality) for at in range(0, len(sealed), each or 1)])

    def seal(self, plain: bytes, context: str) -> bytes:
        """Any bytes, sealed with a random nonce (AES-GCM); `context` must be the same when opening."""
        version, nonce = self._versions[0], os.urandom(NONCE_BYTES)
        return version.prefix + nonce + version.gcm.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """The bytes again. Raises BadInputError when the key is gone, or bytes or context differ."""
        version = self._version(sealed)
        nonce, body = sealed[2 : 2 + NONCE_BYTES], sealed[2 + NONCE_BYTES :]
        try:
            return version.gcm.decrypt(nonce, body, context.encode())
        except (InvalidTag, ValueError):
            raise BadInputError("A sealed value was damaged or belongs elsewhere.") from None

    def version_of(self, sealed: bytes) -> int:
        """Which key version sealed this."""
        return int.from_bytes(sealed[:2], "big")

    def signing_keys(self, purpose: str) -> Iterator[bytes]:
        """Keys for signatures that travel through phones (postbacks, links), current first."""
        return (version.derive("sign/" + purpose) for version in self._versions)

    def _seal_id(self, version: _Version, line_id: str, municipality: str) -> bytes:
        return version.prefix + version.siv.encrypt(line_id.encode(), [municipality.encode()])

    def _version(self, sealed: bytes) -> _Version:
        version = self._by_number.get(self.version_of(sealed))
        if version is None:
            raise BadInputError("This was sealed with a key that ENTAKU_KEYS no longer holds; put the old key back.")
        return version
