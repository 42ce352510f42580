"""The arithmetic of the audit's chain: what a row's digest and seal are made of. Pure.

    digest = SHA-256("entaku.audit.details" || salt || canonical details)
    seal   = SHA-256("entaku.audit.seal" || seal of the row before || digest || canonical head of the row)

The head of a row (who, what, to what, when, and its place in the chain) stays as long as the record. Details can be
erased together with their salt: the digest stays, tells nothing without the salt, and every seal still holds.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

SALT_BYTES: Final = 16
GENESIS: Final = hashlib.sha256(b"entaku.audit.genesis/1").digest()
ERASURE: Final = "audit.erase"  # the act that stands for every erasure of details, with the row as its target


@dataclass(frozen=True)
class Head:
    """What of a row is never erased, in the order in which it is sealed."""

    position: int
    id: int
    municipality: str | None
    at: datetime
    actor_id: int | None
    actor: str
    action: str
    target: str

    def canonical(self) -> bytes:
        """One JSON array; the moment in UTC with microseconds."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return _json(
            [self.position, self.id, self.municipality, at, self.actor_id, self.actor, self.action, self.target]
        )


def new_salt() -> bytes:
    """128 random bits: nobody can try out what erased details may have been."""
    return secrets.token_bytes(SALT_BYTES)


def digest_of(salt: bytes, details: Mapping[str, Any]) -> bytes:
    """The salted digest of a row's details, 32 bytes."""
    return hashlib.sha256(b"entaku.audit.details" + salt + _json(details)).digest()


def seal_of(before: bytes, digest: bytes, head: Head) -> bytes:
    """The row's seal, 32 bytes; `before` is the seal of the row before, GENESIS for the first."""
    return hashlib.sha256(b"entaku.audit.seal" + before + digest + head.canonical()).digest()


def target_of(row_id: int) -> str:
    """How an act names a row of the audit."""
    return f"audit:{row_id}"


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
