"""What LINE knows: channels, users, what was sent and said, keys, tokens. In memory, each change stored first.

`State.lock` guards everything; whoever changes several things at once holds it. `State.changed` tells
those who wait for something to happen.
"""

from __future__ import annotations

import json
import secrets
import threading
from array import array
from bisect import bisect_right
from collections import defaultdict
from dataclasses import asdict
from typing import Any

from .clock import SimulatorClock, jst_month
from .records import DAY_MS, Channel, Entry, Menu, Token, User
from .store import Statement, Store

TOKEN_KEPT_MS = DAY_MS
RETRY_KEY_MS = DAY_MS
"""A retry key is remembered for 24 hours (LINE: Retry an API request)."""


class State:
    """See the module's docstring. Methods that change something are called with `lock` held."""

    def __init__(self, store: Store, clock: SimulatorClock) -> None:
        self.store = store
        self.clock = clock
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.channels: dict[str, Channel] = {}
        self.waiting: dict[int, threading.Event] = {}
        self.next_n = 1
        self._forget()
        self._load()

    def _forget(self) -> None:
        self.users: dict[str, User] = {}
        self.numbered: dict[int, User] = {}
        self.members: dict[str, list[User]] = defaultdict(list)
        self.entries: dict[int, Entry] = {}
        self.keys: dict[tuple[str, str], Entry] = {}
        self.tokens: dict[str, Token] = {}
        self.last_token: dict[int, Token] = {}
        self.menus: dict[str, Menu] = {}
        self.usage: dict[tuple[str, str], int] = defaultdict(int)
        self.order: dict[str, list[int]] = defaultdict(list)
        self.typing: dict[str, tuple[int, int]] = {}
        self.delivered: dict[str, int] = defaultdict(int)
        self.counted: dict[str, int] = defaultdict(int)

    def _load(self) -> None:
        for key, value in self.store.read("SELECT key, value FROM meta"):
            if key == "offset":
                self.clock.set(float(value))
        for _, body in self.store.read("SELECT id, body FROM channel"):
            channel = Channel(**json.loads(body))
            self.channels[channel.id] = channel
        for n, name, channel_id, body in self.store.read("SELECT n, id, channel, body FROM user ORDER BY n"):
            self._remember_user(User(n=n, id=name, channel=channel_id, **json.loads(body)))
        for row in self.store.read("SELECT * FROM entry ORDER BY n"):
            users = array("I")
            users.frombytes(row[7])
            n, channel_id, at, origin, via, request_id, key, _, messages, counted, digest = row
            self._remember(Entry(n, channel_id, at, origin, via, request_id, key, users, messages, counted, digest))
        stale = self.clock.ms() - TOKEN_KEPT_MS
        self.store.write(("DELETE FROM token WHERE event_at < ?", (stale,)))
        for row in self.store.read("SELECT * FROM token"):
            name, channel_id, user, event_at, sent_at, used = row
            self._remember_token(Token(name, channel_id, user, event_at, sent_at, bool(used)))
        for menu_id, channel_id, body, image, kind in self.store.read("SELECT * FROM menu"):
            self.menus[menu_id] = Menu(menu_id, channel_id, json.loads(body), image, kind)

    def _remember_user(self, user: User) -> None:
        self.users[user.id] = user
        self.numbered[user.n] = user
        self.members[user.channel].append(user)
        self.next_n = max(self.next_n, user.n + 1)

    def _remember(self, entry: Entry) -> None:
        self.entries[entry.n] = entry
        self.next_n = max(self.next_n, entry.n + 1)
        self.order[entry.channel].append(entry.n)
        for n in entry.users:
            self.numbered[n].timeline.append(entry.n)
        if entry.origin != "bot":
            return
        if entry.retry_key:
            self.keys[entry.channel, entry.retry_key] = entry
        self.usage[entry.channel, jst_month(entry.at)] += entry.counted
        self.delivered[entry.channel] += len(entry.users)
        self.counted[entry.channel] += entry.counted

    def _remember_token(self, token: Token) -> None:
        self.tokens[token.token] = token
        last = self.last_token.get(token.user)
        if last is None or last.sent_at <= token.sent_at:
            self.last_token[token.user] = token

    def number(self) -> int:
        """The next number; users, entries and their order share one sequence."""
        n = self.next_n
        self.next_n += 1
        return n

    # -- channels ------------------------------------------------------------------------------

    def put_channel(self, channel: Channel) -> None:
        """Stores a new or changed channel."""
        body = json.dumps(asdict(channel), ensure_ascii=False)
        self.store.write(("INSERT OR REPLACE INTO channel VALUES (?, ?)", (channel.id, body)))
        self.channels[channel.id] = channel

    def channel_of(self, token: str) -> Channel | None:
        """The channel an access token belongs to."""
        return next((c for c in self.channels.values() if c.token and c.token == token), None)

    # -- users ---------------------------------------------------------------------------------

    def add_users(self, users: list[User]) -> None:
        """Stores new users in one transaction."""
        rows = [(user.n, user.id, user.channel, user.body) for user in users]
        self.store.write_many("INSERT INTO user VALUES (?, ?, ?, ?)", rows)
        for user in users:
            self._remember_user(user)

    def new_user(self, channel: str, **facts: Any) -> User:
        """A user with a fresh id, not stored yet."""
        n = self.number()
        user_id = facts.pop("id", None) or "U" + secrets.token_hex(16)
        return User(n=n, id=user_id, channel=channel, name=facts.pop("name", None) or f"住民{n}", **facts)

    def save_user(self, user: User) -> Statement:
        """The statement that stores a changed user."""
        return ("UPDATE user SET body = ? WHERE n = ?", (user.body, user.n))

    def user(self, channel: str, user_id: str) -> User | None:
        """A channel's user; another channel's users do not exist for it."""
        user = self.users.get(user_id)
        return user if user is not None and user.channel == channel else None

    # -- rich menus ----------------------------------------------------------------------------

    def put_menu(self, menu: Menu) -> None:
        """Stores a new or changed rich menu."""
        row = (menu.id, menu.channel, json.dumps(menu.body, ensure_ascii=False), menu.image, menu.kind)
        self.store.write(("INSERT OR REPLACE INTO menu VALUES (?, ?, ?, ?, ?)", row))
        self.menus[menu.id] = menu

    def drop_menu(self, menu: Menu) -> None:
        """Deletes a rich menu; whoever was linked to it is the caller's business."""
        self.store.write(("DELETE FROM menu WHERE id = ?", (menu.id,)))
        del self.menus[menu.id]

    # -- what happened ---------------------------------------------------------------------------

    def accept(self, entry: Entry, *more: Statement) -> None:
        """The commit: the entry and whatever belongs to it, stored at once, then remembered."""
        row = (*entry[:7], entry.users.tobytes(), *entry[8:])
        self.store.write(("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row), *more)
        self._remember(entry)
        for n in entry.users:
            if entry.origin == "bot" and self.typing:
                self.typing.pop(self.numbered[n].id, None)
            if (waiter := self.waiting.get(n)) is not None:
                waiter.set()
        self.changed.notify_all()

    def key_entry(self, channel: str, key: str) -> Entry | None:
        """What was accepted under a retry key within the last 24 hours."""
        entry = self.keys.get((channel, key))
        if entry is None or self.clock.ms() - entry.at > RETRY_KEY_MS:
            return None
        return entry

    def save_token(self, token: Token) -> Statement:
        """Remembers a token and gives the statement that stores it."""
        self._remember_token(token)
        values = (token.token, token.channel, token.user, token.event_at, token.sent_at, int(token.used))
        return ("INSERT OR REPLACE INTO token VALUES (?, ?, ?, ?, ?, ?)", values)

    def used_this_month(self, channel: str) -> int:
        """Messages counted in the current month (Japan time)."""
        return self.usage[channel, jst_month(self.clock.ms())]

    def timeline(self, user: User, after: int = 0) -> list[Entry]:
        """What a user sent and received, oldest first, numbered above `after`."""
        return [self.entries[n] for n in user.timeline if n > after]

    def since(self, channel: str, after: int) -> list[Entry]:
        """A channel's entries numbered above `after`."""
        order = self.order[channel]
        return [self.entries[n] for n in order[bisect_right(order, after) :]]

    def start_typing(self, user: User, until: int) -> None:
        """The loading animation is shown to a user until then (ms), or until the next message."""
        self.typing[user.id] = (until, self.number())
        self.changed.notify_all()

    def reset(self) -> None:
        """Forgets everybody and everything but the channels."""
        self.store.clear()
        self._forget()
        for channel in self.channels.values():
            channel.default_menu = ""
            self.put_channel(channel)
        self.clock.set(0.0)
        self.changed.notify_all()
