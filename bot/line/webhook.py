"""What LINE posts to us: its signature and its events, read without trusting any of it.

Source: developers.line.biz/en/docs/messaging-api/verify-webhook-signature/ and the webhook reference.
The SDK's parser is not used before the answer: it raises on unknown modes and loses unknown messages.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.errors import BadInputError

MAX_BODY = 1024 * 1024
MAX_KEY = 64


@dataclass(frozen=True)
class Incoming:
    """One event as it will be stored. `source`: user, group or room id, None when LINE names none."""

    event_key: str
    kind: str  # `message/text`, `follow`, `postback` ...
    source: str | None
    event_at: datetime
    body: bytes  # the event's own JSON


@dataclass(frozen=True)
class Delivery:
    """One webhook request after its signature was found right."""

    destination: str
    events: tuple[Incoming, ...]


def signature(secret: bytes, body: bytes) -> str:
    """base64(HMAC-SHA256(channel secret, raw body)), the value of `x-line-signature`."""
    return base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode("ascii")


def signed_by(secret: bytes, body: bytes, given: str) -> bool:
    """Whether the header's value is the signature of exactly these bytes (constant time)."""
    return hmac.compare_digest(signature(secret, body).encode(), given.encode())


def parse(body: bytes, received_at: datetime) -> Delivery:
    """The events of a signed body. Raises BadInputError when it is not LINE's envelope at all.

    An event we cannot make sense of is still returned (kind `unknown`), so that it is stored and
    skipped instead of taking the others of its batch with it.
    """
    try:
        envelope = json.loads(body)
        destination, events = envelope["destination"], envelope["events"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadInputError("This is not a webhook request of LINE (destination and events are missing).") from None
    if not isinstance(events, list) or not isinstance(destination, str):
        raise BadInputError("This is not a webhook request of LINE (events must be a list).")
    return Delivery(destination, tuple(_incoming(event, received_at) for event in events))


def _incoming(event: Any, received_at: datetime) -> Incoming:
    raw = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if not isinstance(event, dict):
        event = {}
    key = event.get("webhookEventId")
    if not isinstance(key, str) or not 0 < len(key) <= MAX_KEY:
        key = hashlib.sha256(raw).hexdigest()
    return Incoming(key, _kind(event), _source(event), _moment(event, received_at), raw)


def _kind(event: dict[str, Any]) -> str:
    kind = event.get("type")
    if not isinstance(kind, str):
        return "unknown"
    message = event.get("message")
    if kind == "message":
        inner = message.get("type") if isinstance(message, dict) else None
        kind = f"message/{inner}" if isinstance(inner, str) else "unknown"
    return kind[:40]


def _source(event: dict[str, Any]) -> str | None:
    source = event.get("source")
    if not isinstance(source, dict):
        return None
    for name in _source_fields(source):
        value = source.get(name)
        if isinstance(value, str) and 0 < len(value) <= MAX_KEY:
            return value
    return None


def _source_fields(source: dict[str, Any]) -> Iterator[str]:
    yield {"user": "userId", "group": "groupId", "room": "roomId"}.get(str(source.get("type")), "userId")


def _moment(event: dict[str, Any], received_at: datetime) -> datetime:
    stamp = event.get("timestamp")
    if not isinstance(stamp, int | float) or isinstance(stamp, bool):
        return received_at
    try:
        return datetime.fromtimestamp(stamp / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return received_at
