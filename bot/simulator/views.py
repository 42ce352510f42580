"""What can be looked at from outside: inboxes, chats, screens, counters. Nothing here changes anything."""

from __future__ import annotations

import json
import time
from typing import Any

from .clock import iso
from .records import Channel, Entry, User
from .screen import buttons, menu_of
from .world import World

LONG_POLL_SECONDS = 25.0


def counters(world: World, channel: str | None) -> dict[str, Any]:
    """Requests, deliveries (one for each recipient of a request), counted messages and webhooks."""
    with world.state.lock:
        names = [channel] if channel else list(world.state.channels)
        delivered = sum(world.state.delivered[name] for name in names)
        counted = sum(world.state.counted[name] for name in names)
    return {**world.counters.totals(channel), "delivered": delivered, "counted": counted}


def users(world: World, channel: Channel) -> list[dict[str, Any]]:
    """Everybody the channel knows, oldest first; groups are no people."""
    with world.state.lock:
        return [
            {
                "userId": user.id,
                "name": user.name,
                "friend": user.friend,
                "blocked": user.blocked,
                **({"district": user.district} if user.district else {}),
            }
            for user in world.state.members[channel.id]
            if not user.size
        ]


def inbox(world: World, user: User) -> list[dict[str, Any]]:
    """What a user received, oldest first."""
    with world.state.lock:
        received = [entry for entry in world.state.timeline(user) if entry.origin == "bot"]
    return [
        {
            "at": iso(entry.at),
            "requestId": entry.request_id,
            "retryKey": entry.retry_key or None,
            "via": entry.via,
            "messages": json.loads(entry.messages),
        }
        for entry in received
    ]


def copies(world: World, channel: Channel, marker: str) -> dict[str, int]:
    """User id -> how many of the requests they received hold the text."""
    needle = json.dumps(marker, ensure_ascii=False)[1:-1]
    found: dict[str, int] = {}
    with world.state.lock:
        entries = world.state.since(channel.id, 0)
    for entry in entries:
        if entry.origin == "bot" and needle in entry.messages:
            for n in entry.users:
                user_id = world.state.numbered[n].id
                found[user_id] = found.get(user_id, 0) + 1
    return found


def chat(world: World, user: User, after: int) -> list[dict[str, Any]]:
    """Both sides of a chat, numbered above `after`. Taken-back messages are marked `unsent`."""
    with world.state.lock:
        entries = world.state.timeline(user)
    gone = {json.loads(e.messages)[0]["messageId"] for e in entries if e.via == "unsend"}
    shown = (entry for entry in entries if entry.n > after and entry.via != "unsend")
    return [_chat_row(entry, gone) for entry in shown if entry.messages != "[]" or entry.via in ("follow", "unfollow")]


def _chat_row(entry: Entry, gone: set[str]) -> dict[str, Any]:
    messages = json.loads(entry.messages)
    if entry.origin == "user":
        messages = [{**message, "unsent": True} if message.get("id") in gone else message for message in messages]
    return {
        "n": entry.n,
        "at": entry.at,
        "from": entry.origin,
        "via": entry.via,
        "requestId": entry.request_id,
        "messages": messages,
    }


def screen(world: World, user: User) -> list[str]:
    """The labels a user can press now, in the order in which `tap` looks for them."""
    return list(dict.fromkeys(button.label for button in buttons(world.state, user)))


def rich_menu(world: World, user: User) -> dict[str, Any] | None:
    """The rich menu on a user's phone, or null."""
    with world.state.lock:
        menu = menu_of(world.state, user)
    if menu is None:
        return None
    body = menu.body
    return {
        "richMenuId": menu.id,
        "size": body["size"],
        "areas": body["areas"],
        "chatBarText": body["chatBarText"],
        "selected": body["selected"],
        "imageUrl": f"/_sim/{user.channel}/richmenu-image/{menu.id}",
    }


def events(world: World, channel: Channel, after: int) -> dict[str, Any]:
    """Waits until something happens in the channel's chats (at once when asked from 0): whom it concerns."""
    state, until = world.state, time.monotonic() + LONG_POLL_SECONDS
    with state.changed:
        if not 0 < after < state.next_n:
            return {"last": state.next_n - 1, "users": [], "typing": []}
        while True:
            now = state.clock.ms()
            typing = {user: n for user, (end, n) in state.typing.items() if end > now and _in(state, user, channel)}
            fresh = state.since(channel.id, after)
            touched = {state.numbered[n].id for entry in fresh for n in entry.users}
            touched |= {user for user, n in typing.items() if n > after}
            left = until - time.monotonic()
            if touched or left <= 0:
                return {"last": state.next_n - 1, "users": sorted(touched), "typing": sorted(typing)}
            state.changed.wait(left)


def _in(state: Any, user_id: str, channel: Channel) -> bool:
    return state.user(channel.id, user_id) is not None
