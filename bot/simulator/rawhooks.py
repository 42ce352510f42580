"""Raw webhooks: any bytes, well or badly signed, for what no real user does."""

from __future__ import annotations

import json
from typing import Any

from .records import Channel, Token, User
from .sending import USER_ID
from .webhooks import Done
from .world import World

SIGNATURES = ("good", "bad", "missing", "other", "altered")


def send_raw(world: World, channel: Channel, body: bytes) -> Done:
    """Sends JSON as it is, signed; {"body", "signature"} chooses the signature (a text body goes out as it stands).

    Users and reply tokens of well-signed events are made known, so that the bot can answer them.
    Nothing of this is redelivered.
    """
    signature = "good"
    value: Any = json.loads(body)
    if isinstance(value, dict) and value.keys() == {"body", "signature"}:
        signature, inner = str(value["signature"]), value["body"]
        if signature not in SIGNATURES:
            raise ValueError(f"signature must be one of {', '.join(SIGNATURES)}")
        body = inner.encode() if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False).encode()
        value = None if isinstance(inner, str) else inner
    events = value.get("events") if isinstance(value, dict) else None
    if signature == "good" and isinstance(events, list):
        for event in events:
            _learn(world, channel, event)
    outcome = world.sender.post(channel, body, signature)
    return Done(outcome, _event_id(events), None)


def _event_id(events: Any) -> str:
    first = events[0] if isinstance(events, list) and events else None
    return str(first.get("webhookEventId", "")) if isinstance(first, dict) else ""


def _learn(world: World, channel: Channel, event: Any) -> None:
    source = event.get("source") if isinstance(event, dict) else None
    user_id = source.get("userId") if isinstance(source, dict) else None
    if not isinstance(user_id, str) or not USER_ID.match(user_id):
        return
    state = world.state
    with state.lock:
        user = state.users.get(user_id)
        if user is None:
            user = state.new_user(channel.id, id=user_id)
            state.add_users([user])
        if user.channel != channel.id:
            return
        _move(world, user, event)
        name = event.get("replyToken")
        if isinstance(name, str) and name and name not in state.tokens:
            now = world.clock.ms()
            state.store.write(state.save_token(Token(name, channel.id, user.n, now, now)))


def _move(world: World, user: User, event: dict[str, Any]) -> None:
    kind = event.get("type")
    if kind == "follow":
        user.friend, user.blocked, user.block_heard_at = True, False, 0
    elif kind == "unfollow":
        user.blocked, user.block_heard_at = True, 0
    elif kind == "message":
        user.wrote_at = world.clock.ms()
    world.state.store.write(world.state.save_user(user))
