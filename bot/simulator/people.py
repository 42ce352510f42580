"""What users do: follow, block, say, press, send pictures and places. Each goes out as a real webhook."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from .clock import JST
from .records import Channel, User
from .screen import Button, buttons, find
from .webhooks import Act, Done
from .world import World

MAX_TEXT = 5000


class NoSuchButtonError(Exception):
    """The label is not on the user's screen; `labels` are those that are."""

    def __init__(self, labels: list[str]) -> None:
        super().__init__("not on the screen")
        self.labels = labels


def _tokens() -> dict[str, str]:
    return {"quoteToken": secrets.token_urlsafe(24), "markAsReadToken": secrets.token_urlsafe(24)}


def follow(world: World, channel: Channel, user: User, *, unblocked: bool = False) -> Done:
    """Becomes a friend, or a friend again."""
    with world.state.lock:
        user.friend, user.blocked, user.block_heard_at = True, False, 0
    return world.sender.act(channel, user, Act("follow", {"follow": {"isUnblocked": unblocked}}))


def block(world: World, channel: Channel, user: User) -> Done:
    """Blocks the account; LINE tells the bot with an unfollow event."""
    with world.state.lock:
        user.blocked, user.block_heard_at = True, 0
    return world.sender.act(channel, user, Act("unfollow", {}, token=False))


def say(world: World, channel: Channel, user: User, text: str) -> Done:
    """Sends a text."""
    message = {"type": "text", "id": "", "text": text, **_tokens()}
    return world.sender.act(channel, user, Act("text", {"message": message}, [{"type": "text", "text": text}]))


def sticker(world: World, channel: Channel, user: User, body: dict[str, Any]) -> Done:
    """Sends a sticker."""
    package, number = str(body.get("packageId") or "446"), str(body.get("stickerId") or "1988")
    facts = {"type": "sticker", "packageId": package, "stickerId": number}
    more = {"id": "", "stickerResourceType": "STATIC", "keywords": body.get("keywords") or [], **_tokens()}
    return world.sender.act(channel, user, Act("sticker", {"message": {**facts, **more}}, [facts]))


def location(world: World, channel: Channel, user: User, body: dict[str, Any]) -> Done:
    """Sends a place."""
    facts: dict[str, Any] = {
        "type": "location",
        "title": body.get("title") or "位置情報",
        "address": body.get("address") or "",
        "latitude": float(body.get("latitude") or 0),
        "longitude": float(body.get("longitude") or 0),
    }
    message = {"id": "", **facts, "markAsReadToken": secrets.token_urlsafe(24)}
    return world.sender.act(channel, user, Act("location", {"message": message}, [facts]))


def media(world: World, channel: Channel, user: User, kind: str, body: dict[str, Any]) -> Done:
    """Sends a picture, film, sound or file (its content is not kept: asking for it gives 404)."""
    message: dict[str, Any] = {"type": kind, "id": "", **_tokens()}
    if kind == "file":
        message |= {"fileName": body.get("fileName") or "file.pdf", "fileSize": int(body.get("fileSize") or 1024)}
    else:
        message["contentProvider"] = {"type": "line"}
    if kind in ("video", "audio"):
        message["duration"] = int(body.get("duration") or 3000)
    if kind in ("audio", "file"):
        del message["quoteToken"]
    return world.sender.act(channel, user, Act(kind, {"message": message}, [{"type": kind}]))


def unsend(world: World, channel: Channel, user: User, message: str) -> Done:
    """Takes a message back."""
    shown = [{"type": "unsend", "messageId": message}]
    return world.sender.act(channel, user, Act("unsend", {"unsend": {"messageId": message}}, shown, token=False))


def postback(
    world: World,
    channel: Channel,
    user: User,
    data: str,
    params: dict[str, Any] | None = None,
    *,
    shown: str = "",
    via: str = "postback",
) -> Done:
    """Sends a postback; `shown` is the displayText, which only the chat shows."""
    event: dict[str, Any] = {"type": "postback", "postback": {"data": data, **({"params": params} if params else {})}}
    return world.sender.act(channel, user, Act(via, event, [{"type": "text", "text": shown}] if shown else []))


def tap(world: World, channel: Channel, user: User, label: str, body: dict[str, Any]) -> dict[str, Any]:
    """Presses the button with this label, as the user's screen stands now."""
    shown = buttons(world.state, user)
    button = find(shown, label)
    if button is None:
        raise NoSuchButtonError(list(dict.fromkeys(choice.label for choice in shown)))
    return press(world, channel, user, button, body)


def press(world: World, channel: Channel, user: User, button: Button, body: dict[str, Any]) -> dict[str, Any]:
    """What pressing a button does (line-flex.md 6). `body` may hold "params" for a date picker."""
    action = button.action
    kind = action.get("type")
    if kind in ("uri", "clipboard"):
        return {kind: action["uri" if kind == "uri" else "clipboardText"]}
    if kind == "message":
        return say(world, channel, user, action["text"]).json()
    if kind in ("camera", "cameraRoll"):
        return media(world, channel, user, "image", body).json()
    if kind == "location":
        return location(world, channel, user, body).json()
    params = body.get("params")
    if kind == "datetimepicker":
        params = params or _picked(world, action)
    elif kind == "richmenuswitch":
        params = {"newRichMenuAliasId": action["richMenuAliasId"], "status": "RICHMENU_ALIAS_ID_NOTFOUND"}
    elif action.get("text"):
        return _old_postback(world, channel, user, action)
    via = "quick" if button.quick else "postback"
    return postback(world, channel, user, action["data"], params, shown=action.get("displayText") or "", via=via).json()


def _old_postback(world: World, channel: Channel, user: User, action: dict[str, Any]) -> dict[str, Any]:
    """The deprecated `text` of a postback is said as well."""
    say(world, channel, user, action["text"])
    return postback(world, channel, user, action["data"]).json()


def _picked(world: World, action: dict[str, Any]) -> dict[str, str]:
    """What somebody in a hurry picks: what the picker opens with."""
    mode = action["mode"]
    now: datetime = world.clock.now().astimezone(JST)
    today = {"date": f"{now:%Y-%m-%d}", "time": f"{now:%H:%M}", "datetime": f"{now:%Y-%m-%dT%H:%M}"}
    return {mode: action.get("initial") or action.get("min") or today[mode]}
