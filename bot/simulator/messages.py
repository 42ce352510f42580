"""Checks of message objects: the shapes of the official description and the limits that stand only in prose.

line-platform.md 3. Lengths are UTF-16 code units unless said otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .actions import check_action
from .checks import Report, https_url, number, one_of, optional_text, text_between, unknown_fields, whole
from .flex import check_container

MAX_MESSAGES = 5
MAX_TEXT = 5000
MAX_ALT = 1500
MAX_QUICK = 13
COMMON = frozenset({"type", "quickReply", "sender"})
PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([0-9A-Za-z_]{1,20})\}")

Checker = Callable[[Report, dict[str, Any], str], None]


def check_messages(messages: Any) -> Report:
    """Checks the `messages` of a request; the report is empty when LINE would take them."""
    report = Report()
    if not isinstance(messages, list):
        report.add("messages", "May not be empty" if messages is None else "must be an array")
        return report
    if not 1 <= len(messages) <= MAX_MESSAGES:
        report.add("messages", f"Size must be between 1 and {MAX_MESSAGES}")
        return report
    for position, message in enumerate(messages):
        _check_message(report, message, position)
    return report


def _check_message(report: Report, message: Any, position: int) -> None:
    where = f"messages[{position}]"
    if not isinstance(message, dict):
        report.add(where, "must be an object")
        return
    kind = message.get("type")
    if kind is None or not isinstance(kind, str) or kind not in CHECKERS:
        report.add(f"{where}.type", f"Must be one of the following values: [{', '.join(sorted(CHECKERS))}]")
        return
    known, checker = CHECKERS[kind]
    unknown_fields(report, message, known | COMMON, where)
    checker(report, message, where)
    _check_quick_reply(report, message.get("quickReply"), f"{where}.quickReply")
    _check_sender(report, message.get("sender"), f"{where}.sender")
    if kind == "flex":
        _check_flex(report, message, position)


def _check_flex(report: Report, message: dict[str, Any], position: int) -> None:
    inner = Report()
    check_container(inner, message.get("contents"))
    if inner.details and report.flex is None:
        report.flex = position
    report.details.extend(inner.details)


def _check_quick_reply(report: Report, quick: Any, where: str) -> None:
    if quick is None:
        return
    items = quick.get("items") if isinstance(quick, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_QUICK:
        report.add(f"{where}.items", f"Size must be between 1 and {MAX_QUICK}")
        return
    for position, item in enumerate(items):
        place = f"{where}.items[{position}]"
        if not isinstance(item, dict):
            report.add(place, "must be an object")
            continue
        one_of(report, item, "type", place, ("action",))
        https_url(report, item, "imageUrl", place, required=False)
        unknown_fields(report, item, frozenset({"type", "imageUrl", "action"}), place)
        check_action(report, item.get("action"), f"{place}.action", "quick_reply")


def _check_sender(report: Report, sender: Any, where: str) -> None:
    if sender is None:
        return
    if not isinstance(sender, dict):
        report.add(where, "must be an object")
        return
    optional_text(report, sender, "name", where, most=20)
    https_url(report, sender, "iconUrl", where, required=False)


def _text(report: Report, message: dict[str, Any], where: str) -> None:
    text_between(report, message, "text", where, most=MAX_TEXT)
    emojis = message.get("emojis")
    if emojis is None:
        return
    if not isinstance(emojis, list) or len(emojis) > 20:
        report.add(f"{where}.emojis", "Size must be between 0 and 20")
        return
    units = str(message.get("text", "")).encode("utf-16-le", "surrogatepass")
    for position, emoji in enumerate(emojis):
        index = emoji.get("index") if isinstance(emoji, dict) else None
        fits = isinstance(index, int) and index >= 0
        if not fits or units[2 * int(index or 0) : 2 * int(index or 0) + 2] != "$".encode("utf-16-le"):
            report.add(f"{where}.emojis[{position}].index", "must point at a $ of the text")


def _text_v2(report: Report, message: dict[str, Any], where: str) -> None:
    text_between(report, message, "text", where, most=MAX_TEXT)
    given = message.get("substitution") or {}
    if not isinstance(given, dict) or len(given) > 100:
        report.add(f"{where}.substitution", "Size must be between 0 and 100")
        return
    text = message.get("text") if isinstance(message.get("text"), str) else ""
    for name in {found[1] for found in PLACEHOLDER.finditer(text or "") if found[1]}:
        if name not in given:
            report.add(f"{where}.substitution", f"the placeholder {name} is not defined")


def _sticker(report: Report, message: dict[str, Any], where: str) -> None:
    text_between(report, message, "packageId", where, most=50)
    text_between(report, message, "stickerId", where, most=50)


def _picture(report: Report, message: dict[str, Any], where: str) -> None:
    https_url(report, message, "originalContentUrl", where)
    https_url(report, message, "previewImageUrl", where)
    optional_text(report, message, "trackingId", where, most=100)


def _audio(report: Report, message: dict[str, Any], where: str) -> None:
    https_url(report, message, "originalContentUrl", where)
    if not whole(message.get("duration"), 1, 2**31 - 1):
        report.add(f"{where}.duration", "must be a number of milliseconds")


def _location(report: Report, message: dict[str, Any], where: str) -> None:
    text_between(report, message, "title", where, most=100)
    text_between(report, message, "address", where, most=100)
    if not number(message.get("latitude"), -90, 90):
        report.add(f"{where}.latitude", "must be between -90 and 90")
    if not number(message.get("longitude"), -180, 180):
        report.add(f"{where}.longitude", "must be between -180 and 180")


def _imagemap(report: Report, message: dict[str, Any], where: str) -> None:
    https_url(report, message, "baseUrl", where)
    text_between(report, message, "altText", where, most=MAX_ALT)
    size = message.get("baseSize")
    if not isinstance(size, dict) or size.get("width") != 1040 or not whole(size.get("height"), 1, 2**31 - 1):
        report.add(f"{where}.baseSize", "width must be 1040 and height a positive number")
    actions = message.get("actions")
    if not isinstance(actions, list) or not 1 <= len(actions) <= 50:
        report.add(f"{where}.actions", "Size must be between 1 and 50")
        return
    for position, action in enumerate(actions):
        place = f"{where}.actions[{position}]"
        texts = {"message": ("text", 400), "uri": ("linkUri", 1000), "clipboard": ("clipboardText", 1000)}
        kind = action.get("type") if isinstance(action, dict) else None
        if kind not in texts:
            report.add(f"{place}.type", "Must be one of the following values: [clipboard, message, uri]")
            continue
        text_between(report, action, texts[kind][0], place, most=texts[kind][1])
        optional_text(report, action, "label", place, most=100)


def _flex(report: Report, message: dict[str, Any], where: str) -> None:
    text_between(report, message, "altText", where, most=MAX_ALT)


def _coupon(report: Report, message: dict[str, Any], where: str) -> None:
    text_between(report, message, "couponId", where, most=100)


def _template(report: Report, message: dict[str, Any], where: str) -> None:
    text_between(report, message, "altText", where, most=MAX_ALT)
    template = message.get("template")
    kind = template.get("type") if isinstance(template, dict) else None
    if not isinstance(template, dict) or not isinstance(kind, str) or kind not in TEMPLATES:
        report.add(f"{where}.template.type", f"Must be one of the following values: [{', '.join(TEMPLATES)}]")
        return
    TEMPLATES[kind](report, template, f"{where}.template")


def _column(report: Report, part: dict[str, Any], where: str, most: int, most_short: int) -> None:
    """Title, text and picture of a column; beside a title or picture the text is shorter."""
    https_url(report, part, "thumbnailImageUrl", where, required=False)
    optional_text(report, part, "title", where, most=40, by_grapheme=True)
    short = part.get("title") is not None or part.get("thumbnailImageUrl") is not None
    text_between(report, part, "text", where, most=most_short if short else most, by_grapheme=True)
    if part.get("defaultAction") is not None:
        check_action(report, part["defaultAction"], f"{where}.defaultAction", "flex")


def _actions(report: Report, part: dict[str, Any], where: str, least: int, most: int) -> None:
    actions = part.get("actions")
    if not isinstance(actions, list) or not least <= len(actions) <= most:
        report.add(f"{where}.actions", f"Size must be between {least} and {most}")
        return
    for position, action in enumerate(actions):
        check_action(report, action, f"{where}.actions[{position}]", "template")


def _buttons(report: Report, template: dict[str, Any], where: str) -> None:
    _column(report, template, where, 160, 60)
    _actions(report, template, where, 1, 4)
    one_of(report, template, "imageAspectRatio", where, ("rectangle", "square"))
    one_of(report, template, "imageSize", where, ("cover", "contain"))


def _confirm(report: Report, template: dict[str, Any], where: str) -> None:
    text_between(report, template, "text", where, most=240, by_grapheme=True)
    _actions(report, template, where, 2, 2)


def _columns(report: Report, template: dict[str, Any], where: str) -> list[dict[str, Any]]:
    columns = template.get("columns")
    if not isinstance(columns, list) or not 1 <= len(columns) <= 10 or not all(isinstance(c, dict) for c in columns):
        report.add(f"{where}.columns", "Size must be between 1 and 10")
        return []
    return columns


def _carousel(report: Report, template: dict[str, Any], where: str) -> None:
    columns = _columns(report, template, where)
    for position, column in enumerate(columns):
        _column(report, column, f"{where}.columns[{position}]", 120, 60)
        _actions(report, column, f"{where}.columns[{position}]", 1, 3)
    shapes = {
        (len(c.get("actions") or ()), c.get("title") is None, c.get("thumbnailImageUrl") is None) for c in columns
    }
    if len(shapes) > 1:
        report.add(
            f"{where}.columns", "all columns need the same number of actions and the same use of title and image"
        )


def _image_carousel(report: Report, template: dict[str, Any], where: str) -> None:
    for position, column in enumerate(_columns(report, template, where)):
        https_url(report, column, "imageUrl", f"{where}.columns[{position}]")
        check_action(report, column.get("action"), f"{where}.columns[{position}].action", "image_carousel")


TEMPLATES: dict[str, Checker] = {
    "buttons": _buttons,
    "confirm": _confirm,
    "carousel": _carousel,
    "image_carousel": _image_carousel,
}
CHECKERS: dict[str, tuple[frozenset[str], Checker]] = {
    "text": (frozenset({"text", "emojis", "quoteToken"}), _text),
    "textV2": (frozenset({"text", "substitution", "quoteToken"}), _text_v2),
    "sticker": (frozenset({"packageId", "stickerId", "quoteToken"}), _sticker),
    "image": (frozenset({"originalContentUrl", "previewImageUrl"}), _picture),
    "video": (frozenset({"originalContentUrl", "previewImageUrl", "trackingId"}), _picture),
    "audio": (frozenset({"originalContentUrl", "duration"}), _audio),
    "location": (frozenset({"title", "address", "latitude", "longitude"}), _location),
    "imagemap": (frozenset({"baseUrl", "altText", "baseSize", "actions", "video"}), _imagemap),
    "template": (frozenset({"altText", "template"}), _template),
    "flex": (frozenset({"altText", "contents"}), _flex),
    "coupon": (frozenset({"couponId", "deliveryTag"}), _coupon),
}


def refusal_text(flex: int | None, problems: int) -> str:
    """LINE's sentence for a refused body (the space before "in" is a no-break space for Flex, as LINE's is)."""
    if flex is not None:
        return f"A message (messages[{flex}])\u00a0in the request body is invalid"
    return f"The request body has {problems} error(s)"
