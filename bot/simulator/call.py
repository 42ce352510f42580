"""One API request on its way through the pipeline, and how it is refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .http import Request, Response
from .records import Channel


class RefusalError(Exception):
    """The request ends here with LINE's error body."""

    def __init__(
        self,
        status: int,
        message: str,
        details: list[dict[str, str]] | None = None,
        *,
        headers: dict[str, str] | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        body: dict[str, Any] = {"message": message, **(more or {})}
        if details:
            body["details"] = details
        self.response = Response.of(body, status, headers)


@dataclass
class Call:
    """`at` is the simulator's time of arrival in ms; `retried` whether this key was tried before."""

    request: Request
    request_id: str
    at: int
    channel: Channel
    operation: str = ""
    params: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    retried: bool = False

    @cached_property
    def digest(self) -> bytes:
        """What makes two requests identical."""
        return hashlib.sha256(self.request.body).digest()[:16]

    @cached_property
    def messages_text(self) -> str:
        """The request's messages as they are kept."""
        return json.dumps(self.body.get("messages"), ensure_ascii=False, separators=(",", ":"))
