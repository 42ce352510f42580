"""The records LINE keeps: channels, users, requests and what users did, reply tokens, rich menus."""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass, field
from typing import Any, NamedTuple

DAY_MS = 24 * 3600 * 1000
MESSAGE_ID_BASE = 610_000_000_000_000_000


@dataclass(slots=True)
class Channel:
    """One official account. `quota` counts messages a month (None: no limit)."""

    id: str
    name: str = ""
    secret: str = ""
    token: str = ""
    botUserId: str = ""  # noqa: N815 LINE's own spelling, as in the channels file
    webhook: str = ""
    quota: int | None = None
    redelivery: bool = True
    duplicate: int = 0
    shuffle: bool = False
    batch: int = 1
    down: bool = False
    default_menu: str = ""


@dataclass(slots=True)
class User:
    """One person, or one group, as one channel knows them. Times are simulator milliseconds."""

    n: int
    id: str
    channel: str
    name: str
    language: str = "ja"
    friend: bool = False
    blocked: bool = False
    district: str = ""
    menu: str = ""
    wrote_at: int = 0
    block_heard_at: int = 0
    size: int = 0  # of a group (its id begins with C): how many people are in it beside the bot
    timeline: list[int] = field(default_factory=list)

    @property
    def body(self) -> str:
        """What the store keeps, without the timeline (the entries hold it)."""
        names = ("name", "language", "friend", "blocked", "district", "menu", "wrote_at", "block_heard_at", "size")
        return json.dumps({name: getattr(self, name) for name in names}, ensure_ascii=False)

    @property
    def source(self) -> dict[str, str]:
        """How an event names where it comes from; in a group the first member speaks."""
        if self.id.startswith("C"):
            return {"type": "group", "groupId": self.id, "userId": "U" + self.id[1:]}
        return {"type": "user", "userId": self.id}

    def receives(self, now: int) -> bool:
        """Whether a message reaches them: a friend, or somebody who wrote within 7 days; never a blocker."""
        return not self.blocked and (self.friend or (self.wrote_at > 0 and now - self.wrote_at <= 7 * DAY_MS))


class Entry(NamedTuple):
    """One request that was accepted (origin "bot") or one thing a user did (origin "user")."""

    n: int
    channel: str
    at: int
    origin: str
    via: str
    request_id: str
    retry_key: str
    users: array[int]
    messages: str
    counted: int
    digest: bytes


@dataclass(slots=True)
class Token:
    """A reply token. `sent_at` is when the webhook holding it was last sent."""

    token: str
    channel: str
    user: int
    event_at: int
    sent_at: int
    used: bool = False


@dataclass(slots=True)
class Menu:
    """A rich menu; `kind` is its picture's content type."""

    id: str
    channel: str
    body: dict[str, Any]
    image: bytes | None = None
    kind: str = ""


def message_id(n: int, position: int = 0) -> str:
    """The id of one message of an entry: unique, and known again from the entry's number."""
    return str(MESSAGE_ID_BASE + n * 10 + position)
