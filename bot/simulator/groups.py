"""Groups: an account is invited, members talk and may address it, it is removed. Each goes out as a real webhook.

A group is kept as a user whose id begins with C and who has a size; LINE's group calls are answered from that.
"""

from __future__ import annotations

import secrets
from typing import Any

from .call import Call, RefusalError
from .http import Response
from .records import Channel, User
from .webhooks import Act, Done
from .world import World

NAME = "円卓"


def invite(world: World, channel: Channel, body: dict[str, Any]) -> dict[str, Any]:
    """`{"members": n, "name"}`: a new group that invites the account; LINE sends a join event."""
    size = int(body.get("members") or 5)
    if not 1 <= size <= 499:
        raise ValueError("a group has 1 to 499 members beside the account")
    with world.state.lock:
        facts = {"id": "C" + secrets.token_hex(16), "name": str(body.get("name") or "組のグループ"), "size": size}
        group = world.state.new_user(channel.id, friend=True, **facts)
        world.state.add_users([group])
    return {"groupId": group.id, **world.sender.act(channel, group, Act("join", {})).json()}


def say(world: World, channel: Channel, group: User, body: dict[str, Any]) -> Done:
    """`{"text", "mention"}`: a member says something; with `mention` true it begins with the account's name."""
    text = str(body["text"])
    message: dict[str, Any] = {"type": "text", "id": "", "quoteToken": secrets.token_urlsafe(24)}
    if body.get("mention"):
        call = f"@{channel.name or NAME}"
        who = {"type": "user", "userId": channel.botUserId, "isSelf": True}
        message["mention"] = {"mentionees": [{"index": 0, "length": len(call.encode("utf-16-le")) // 2, **who}]}
        text = f"{call} {text}"
    message["text"] = text
    return world.sender.act(channel, group, Act("text", {"message": message}, [{"type": "text", "text": text}]))


def remove(world: World, channel: Channel, group: User) -> Done:
    """A member removes the account."""
    with world.state.lock:
        group.friend, group.wrote_at = False, 0
    return world.sender.act(channel, group, Act("leave", {}, token=False))


def get_summary(world: World, call: Call) -> Response:
    group = _group(world, call)
    return Response.of({"groupId": group.id, "groupName": group.name})


def get_count(world: World, call: Call) -> Response:
    return Response.of({"count": _group(world, call).size})


def leave(world: World, call: Call) -> Response:
    """The account leaves by itself; no event follows."""
    with world.state.lock:
        group = _group(world, call)
        group.friend, group.wrote_at = False, 0
        world.state.store.write(world.state.save_user(group))
    return Response.of({})


def _group(world: World, call: Call) -> User:
    group = world.state.user(call.channel.id, call.params["groupId"])
    if group is None or not group.size or not group.friend:
        raise RefusalError(404, "Not found")
    return group
