"""What a button carries: an action, its fields and a signature, at most 300 characters (LINE's limit).

Self-contained, so that a button works however old it is; signed, so that nobody can make one up.
Form: `action?key=value&key=value#signature`, percent-encoded as in a URL.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from bot.errors import BadInputError

MAX_DATA = 300
SIGNATURE_CHARS = 16


@dataclass(frozen=True)
class Postback:
    """A button's meaning: `action` such as `poll.vote`, and its fields."""

    action: str
    fields: Mapping[str, str]


def encode(action: str, fields: Mapping[str, str | int], municipality: str, key: bytes) -> str:
    """The data of a button of this municipality. Raises BadInputError over 300 characters."""
    text = action + "?" + urlencode({name: str(value) for name, value in fields.items()})
    data = f"{text}#{_sign(text, municipality, key)}"
    if len(data) > MAX_DATA:
        raise BadInputError(f"A button's data has {len(data)} characters; LINE takes {MAX_DATA}.")
    return data


def decode(data: str, municipality: str, keys: Iterable[bytes]) -> Postback | None:
    """The meaning of a button, or None when it was not made by this municipality's bot."""
    text, mark, signature = data.rpartition("#")
    if not mark or not any(
        hmac.compare_digest(signature.encode(), _sign(text, municipality, key).encode()) for key in keys
    ):
        return None
    action, _, query = text.partition("?")
    return Postback(action, dict(parse_qsl(query, keep_blank_values=True)))


def _sign(text: str, municipality: str, key: bytes) -> str:
    digest = hmac.new(key, f"{municipality}\n{text}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii")[:SIGNATURE_CHARS]
