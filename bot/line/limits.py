"""LINE's prose limits on messages, which its OpenAPI description does not state. Pure.

Source: LINE Messaging API reference (developers.line.biz/en/reference/messaging-api/), read 2026-11.
Text is counted in UTF-16 code units (「🍎」 = 2), labels and display texts in grapheme clusters; we count
code points for the latter, which is never less.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bot.errors import BadInputError

MAX_MESSAGES = 5
MAX_TEXT = 5000
MAX_ALT_TEXT = 1500
MAX_QUICK_REPLIES = 13
MAX_QUICK_REPLY_LABEL = 20
MAX_FLEX_LABEL = 40
MAX_POSTBACK_DATA = 300
MAX_DISPLAY_TEXT = 300
MAX_URI = 1000
MAX_PICTURE_URL = 2000
MAX_PICTURE_SIDE = 1024  # pixels of a picture in a Flex message, in either direction
MAX_PICTURE_BYTES = 10 * 1024 * 1024
MAX_BUBBLE_BYTES = 30 * 1024
MAX_CAROUSEL_BYTES = 50 * 1024
MAX_BUBBLES = 12
MAX_MULTICAST = 500
MAX_BODY_BYTES = 2 * 1024 * 1024

LineJson = dict[str, Any]


def utf16(text: str) -> int:
    """Length in UTF-16 code units, as LINE counts texts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check(messages: list[LineJson]) -> None:
    """Raise BadInputError naming every limit that these messages break."""
    problems = list(_problems(messages))
    if problems:
        raise BadInputError("LINE would refuse this: " + "; ".join(problems))


def _problems(messages: list[LineJson]) -> Iterator[str]:
    if not 1 <= len(messages) <= MAX_MESSAGES:
        yield f"{len(messages)} messages in one request (1 to {MAX_MESSAGES})"
    for number, message in enumerate(messages):
        where = f"messages[{number}]"
        if message["type"] == "text":
            yield from _within(f"{where}.text", utf16(message["text"]), MAX_TEXT)
        if message["type"] == "flex":
            yield from _within(f"{where}.altText", utf16(message["altText"]), MAX_ALT_TEXT)
            yield from _flex(where, message["contents"])
        items = message.get("quickReply", {}).get("items", [])
        if len(items) > MAX_QUICK_REPLIES:
            yield f"{where}: {len(items)} quick replies (at most {MAX_QUICK_REPLIES})"
        for item in items:
            yield from _action(f"{where}.quickReply", item["action"], MAX_QUICK_REPLY_LABEL)


def _flex(where: str, contents: LineJson) -> Iterator[str]:
    bubbles = contents["contents"] if contents["type"] == "carousel" else [contents]
    if not 1 <= len(bubbles) <= MAX_BUBBLES:
        yield f"{where}: {len(bubbles)} bubbles (1 to {MAX_BUBBLES})"
    if contents["type"] == "carousel":
        yield from _within(f"{where} (bytes)", _size(contents), MAX_CAROUSEL_BYTES)
    for bubble in bubbles:
        yield from _within(f"{where} bubble (bytes)", _size(bubble), MAX_BUBBLE_BYTES)
        for node in _nodes(bubble):
            if "action" in node:
                yield from _action(where, node["action"], MAX_FLEX_LABEL)
            if node.get("type") == "image":
                yield from _within(f"{where}: url of a picture", len(node["url"]), MAX_PICTURE_URL)
                if not node["url"].startswith("https://"):
                    yield f"{where}: a picture's address must start with https://"
            if node.get("type") == "text" and not node.get("text") and not node.get("contents"):
                yield f"{where}: a text component is empty"


def _action(where: str, action: LineJson, max_label: int) -> Iterator[str]:
    label = action.get("label", "")
    if not label:
        yield f"{where}: a button has no label"
    yield from _within(f"{where}: label 「{label}」", len(label), max_label)
    yield from _within(f"{where}: data", len(action.get("data", "")), MAX_POSTBACK_DATA)
    yield from _within(f"{where}: displayText", len(action.get("displayText", "")), MAX_DISPLAY_TEXT)
    yield from _within(f"{where}: text", len(action.get("text", "")), MAX_DISPLAY_TEXT)
    yield from _within(f"{where}: uri", len(action.get("uri", "")), MAX_URI)
    if action["type"] == "uri" and not action["uri"].startswith(("https://", "tel:")):
        yield f"{where}: a link must start with https:// or tel:"


def _within(what: str, length: int, limit: int) -> Iterator[str]:
    if length > limit:
        yield f"{what} has {length} (at most {limit})"


def _size(node: LineJson) -> int:
    return len(json.dumps(node, ensure_ascii=False, separators=(",", ":")).encode())


def _nodes(node: LineJson) -> Iterator[LineJson]:
    yield node
    for part in ("header", "hero", "body", "footer"):
        if part in node:
            yield from _nodes(node[part])
    for child in node.get("contents", []):
        yield from _nodes(child)
