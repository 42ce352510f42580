"""The account's own endpoints: quota, profile, bot info, webhook settings, loading animation, message content."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from .call import Call, RefusalError
from .clock import iso
from .http import Response
from .sending import USER_ID
from .world import World

MAX_URL = 500
LOOPBACK = ("127.0.0.1", "localhost")


def get_quota(world: World, call: Call) -> Response:
    world.watch.quota_read(call)
    if call.channel.quota is None:
        return Response.of({"type": "none"})
    return Response.of({"type": "limited", "value": call.channel.quota})


def get_consumption(world: World, call: Call) -> Response:
    world.watch.quota_read(call)
    return Response.of({"totalUsage": world.state.used_this_month(call.channel.id)})


def get_profile(world: World, call: Call) -> Response:
    """404 for unknown ids, for people who are no friends and for blockers."""
    user = world.state.user(call.channel.id, call.params["userId"])
    if user is None or not user.receives(world.clock.ms()):
        raise RefusalError(404, "Not found")
    return Response.of({"userId": user.id, "displayName": user.name, "language": user.language})


def get_info(_world: World, call: Call) -> Response:
    channel = call.channel
    return Response.of(
        {
            "userId": channel.botUserId,
            "basicId": f"@{channel.botUserId[1:9]}",
            "displayName": channel.name,
            "chatMode": "bot",
            "markAsReadMode": "auto",
        }
    )


def get_webhook(_world: World, call: Call) -> Response:
    if not call.channel.webhook:
        raise RefusalError(404, "Not found")
    return Response.of({"endpoint": call.channel.webhook, "active": True})


def check_endpoint(_world: World, call: Call) -> None:
    """https, as LINE asks for; plain http is taken for this machine only, where the simulator lives."""
    url = call.body.get("endpoint")
    if url is None and call.operation.startswith("POST"):
        return
    if not isinstance(url, str) or not url or len(url) > MAX_URL:
        detail = {"message": f"Length must be between 0 and {MAX_URL}", "property": "endpoint"}
        raise RefusalError(400, "The request body has 1 error(s)", [detail])
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise RefusalError(400, "Invalid webhook endpoint URL")


def put_webhook(world: World, call: Call) -> Response:
    with world.state.lock:
        call.channel.webhook = call.body["endpoint"]
        world.state.put_channel(call.channel)
    return Response.of({})


def test_webhook(world: World, call: Call) -> Response:
    """Sends the verification request (no events, signed) and tells how it was answered."""
    body = json.dumps({"destination": call.channel.botUserId, "events": []}).encode()
    outcome = world.sender.post(call.channel, body, url=call.body.get("endpoint"))
    return Response.of(
        {
            "success": outcome.ok,
            "timestamp": iso(world.clock.ms()),
            "statusCode": outcome.status,
            "reason": "OK" if outcome.ok else outcome.reason.upper(),
            "detail": str(outcome.status),
        }
    )


def check_loading(_world: World, call: Call) -> None:
    details: list[dict[str, str]] = []
    if not USER_ID.match(str(call.body.get("chatId", ""))):
        details.append({"message": "must be a user ID", "property": "chatId"})
    seconds: Any = call.body.get("loadingSeconds", 20)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds not in range(5, 61, 5):
        details.append({"message": "must be 5 to 60 in steps of 5", "property": "loadingSeconds"})
    if details:
        raise RefusalError(400, f"The request body has {len(details)} error(s)", details)


def start_loading(world: World, call: Call) -> Response:
    """202 even if nobody sees it."""
    with world.state.lock:
        user = world.state.user(call.channel.id, call.body["chatId"])
        if user is not None:
            world.state.start_typing(user, call.at + 1000 * call.body.get("loadingSeconds", 20))
    return Response.of({}, 202)


def get_content(_world: World, _call: Call) -> Response:
    """Pictures and voices are not kept: gone, as after LINE's own time."""
    raise RefusalError(404, "Not found")
