"""Checks of action objects (buttons, quick replies, rich menu areas): line-platform.md 3."""

from __future__ import annotations

import re
from typing import Any

from .checks import Report, link_scheme, one_of, optional_text, text_between, unknown_fields, utf16

QUICK_ONLY = ("camera", "cameraRoll", "location")
SCHEMES = ("http", "https", "line", "tel")
LABELS = {
    "template": (20, True),
    "image_carousel": (12, False),
    "rich_menu": (20, False),
    "quick_reply": (20, True),
    "flex_button": (40, True),
    "flex": (40, False),
}
"""Where an action stands -> its label's most grapheme clusters, and whether it must have one."""
MOMENTS = {
    "date": re.compile(r"(19\d\d|20\d\d|2100)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z"),
    "time": re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z"),
    "datetime": re.compile(r"(19\d\d|20\d\d|2100)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[tT]([01]\d|2[0-3]):[0-5]\d\Z"),
}
FIELDS = {
    "message": frozenset({"type", "label", "text"}),
    "postback": frozenset({"type", "label", "data", "displayText", "text", "inputOption", "fillInText"}),
    "uri": frozenset({"type", "label", "uri", "altUri"}),
    "datetimepicker": frozenset({"type", "label", "data", "mode", "initial", "max", "min"}),
    "richmenuswitch": frozenset({"type", "label", "data", "richMenuAliasId"}),
    "clipboard": frozenset({"type", "label", "clipboardText"}),
    "camera": frozenset({"type", "label"}),
    "cameraRoll": frozenset({"type", "label"}),
    "location": frozenset({"type", "label"}),
}


def check_action(report: Report, action: Any, where: str, place: str) -> None:
    """Checks one action; `place` is a key of LABELS."""
    if not isinstance(action, dict):
        report.add(where, "May not be empty" if action is None else "must be an object")
        return
    kind = action.get("type")
    known = FIELDS.get(kind) if isinstance(kind, str) else None
    if known is None or (kind in QUICK_ONLY and place != "quick_reply"):
        report.add(f"{where}.type", "Must be one of the following values: " + f"[{', '.join(_allowed(place))}]")
        return
    if kind == "richmenuswitch" and place != "rich_menu":
        report.add(f"{where}.type", "richmenuswitch is for rich menus only")
        return
    if place.startswith("flex"):
        for name in sorted(action.keys() - known):
            report.add(f"{where}.{name}", "unknown field")
    else:
        unknown_fields(report, action, known, where)
    most, required = LABELS[place]
    if required:
        text_between(report, action, "label", where, most=most, by_grapheme=True)
    else:
        optional_text(report, action, "label", where, most=most, by_grapheme=True)
    _check_kind(report, action, where)


def _allowed(place: str) -> list[str]:
    leave_out = set(QUICK_ONLY) if place != "quick_reply" else set()
    if place != "rich_menu":
        leave_out.add("richmenuswitch")
    return sorted(set(FIELDS) - leave_out)


def _check_kind(report: Report, action: dict[str, Any], where: str) -> None:
    kind = action["type"]
    if kind == "message":
        text_between(report, action, "text", where, most=300, by_grapheme=True)
    elif kind == "uri":
        _check_uri(report, action, where)
    elif kind == "clipboard":
        text_between(report, action, "clipboardText", where, most=1000)
    elif kind == "postback":
        _check_postback(report, action, where)
    elif kind == "datetimepicker":
        _check_picker(report, action, where)
    elif kind == "richmenuswitch":
        text_between(report, action, "data", where, most=300)
        text_between(report, action, "richMenuAliasId", where, most=32)


def _check_uri(report: Report, action: dict[str, Any], where: str) -> None:
    text_between(report, action, "uri", where, most=1000)
    links = [("uri", action.get("uri"))]
    if isinstance(action.get("altUri"), dict):
        links.append(("altUri.desktop", action["altUri"].get("desktop")))
    for name, link in links:
        if not isinstance(link, str) or not link:
            continue
        if link_scheme(link) not in SCHEMES or utf16(link) > 1000 or any(char.isspace() for char in link):
            report.add(f"{where}.{name}", "invalid uri scheme")


def _check_postback(report: Report, action: dict[str, Any], where: str) -> None:
    text_between(report, action, "data", where, most=300)
    for name in ("displayText", "text", "fillInText"):
        optional_text(report, action, name, where, most=300, by_grapheme=True)
    one_of(report, action, "inputOption", where, ("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"))
    if action.get("displayText") is not None and action.get("text") is not None:
        report.add(f"{where}.text", "displayText and text can't both be set")
    if action.get("fillInText") is not None and action.get("inputOption") != "openKeyboard":
        report.add(f"{where}.fillInText", "needs inputOption openKeyboard")


def _check_picker(report: Report, action: dict[str, Any], where: str) -> None:
    text_between(report, action, "data", where, most=300)
    pattern = MOMENTS.get(str(action.get("mode")))
    if pattern is None:
        report.add(f"{where}.mode", "Must be one of the following values: [date, time, datetime]")
        return
    for name in ("initial", "min", "max"):
        value = action.get(name)
        if value is not None and not (isinstance(value, str) and pattern.match(value)):
            report.add(f"{where}.{name}", "invalid property")
            return
    lowest, highest = action.get("min"), action.get("max")
    if lowest is not None and highest is not None and lowest.lower() >= highest.lower():
        report.add(f"{where}.min", "must be before max")
