"""Checks of Flex containers, component by component: known types and fields, values, children of each layout.

Facts: line-flex.md 1-5. Pointers name the place inside the container, as LINE does (/body/contents/0).
"""

from __future__ import annotations

import json
from typing import Any

from .actions import check_action
from .checks import Report
from .flex_table import BACKGROUND, CHILDREN, FIELDS, REQUIRED, ROW, Check, is_colour, is_flag

BUBBLE_SIZES = ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")
BUBBLE_BYTES = 30 * 1024
CAROUSEL_BYTES = 50 * 1024
MAX_BUBBLES = 12
BUBBLE_FIELDS = frozenset({"type", "direction", "styles", "header", "hero", "body", "footer", "size", "action"})


def check_container(report: Report, container: Any) -> None:
    """Checks a bubble or carousel."""
    if not isinstance(container, dict):
        report.add("/", "must be specified")
    elif container.get("type") == "bubble":
        _check_bubble(report, container, "")
    elif container.get("type") == "carousel":
        _check_carousel(report, container)
    else:
        report.add("/type", "invalid property")


def _check_carousel(report: Report, carousel: dict[str, Any]) -> None:
    for name in sorted(carousel.keys() - {"type", "contents"}):
        report.add(f"/{name}", "unknown field")
    bubbles = carousel.get("contents")
    if not isinstance(bubbles, list) or not 1 <= len(bubbles) <= MAX_BUBBLES:
        report.add("/contents", f"Size must be between 1 and {MAX_BUBBLES}")
        return
    for position, bubble in enumerate(bubbles):
        where = f"/contents/{position}"
        if not isinstance(bubble, dict) or bubble.get("type") != "bubble":
            report.add(where, "must be a bubble")
            return
        _check_bubble(report, bubble, where)
        if isinstance(bubble.get("hero"), dict) and bubble["hero"].get("type") == "video":
            report.add(f"{where}/hero", "a video can't stand in a carousel")
    if len({bubble.get("size", "mega") for bubble in bubbles}) > 1:
        report.add("/contents", "all bubbles of a carousel must have the same size")
    if _weight(carousel) > CAROUSEL_BYTES:
        report.add("/", "the carousel is larger than 50 KB")


def _weight(part: dict[str, Any]) -> int:
    return len(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode())


def _check_bubble(report: Report, bubble: dict[str, Any], where: str) -> None:
    for name in sorted(bubble.keys() - BUBBLE_FIELDS):
        report.add(f"{where}/{name}", "unknown field")
    if bubble.get("size") is not None and bubble["size"] not in BUBBLE_SIZES:
        report.add(f"{where}/size", "invalid property")
    if bubble.get("direction") is not None and bubble["direction"] not in ("ltr", "rtl"):
        report.add(f"{where}/direction", "invalid property")
    for block in ("header", "hero", "body", "footer"):
        if bubble.get(block) is not None:
            allowed = frozenset({"box", "image", "video"}) if block == "hero" else frozenset({"box"})
            _check_component(report, bubble[block], f"{where}/{block}", allowed)
    if not any(bubble.get(block) is not None for block in ("header", "hero", "body", "footer")):
        report.add(where or "/", "at least one block must be specified")
    _check_styles(report, bubble.get("styles"), f"{where}/styles")
    if bubble.get("action") is not None:
        _check_flex_action(report, bubble["action"], f"{where}/action", "flex")
    if _weight(bubble) > BUBBLE_BYTES:
        report.add(where or "/", "the bubble is larger than 30 KB")


def _check_styles(report: Report, styles: Any, where: str) -> None:
    if styles is None:
        return
    checks: dict[str, Check] = {"backgroundColor": is_colour, "separator": is_flag, "separatorColor": is_colour}
    for block, style in styles.items() if isinstance(styles, dict) else ():
        if block not in ("header", "hero", "body", "footer") or not isinstance(style, dict):
            report.add(f"{where}/{block}", "unknown field")
            continue
        for name, value in style.items():
            if name not in checks:
                report.add(f"{where}/{block}/{name}", "unknown field")
            elif not checks[name](value):
                report.add(f"{where}/{block}/{name}", "invalid property")


def _check_component(report: Report, part: Any, where: str, allowed: frozenset[str]) -> None:
    if part is None:
        report.add(where, "cannot contain null elements")
        return
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(kind, str) or kind not in allowed or kind not in FIELDS:
        report.add(where, "invalid property")
        return
    checks = FIELDS[kind]
    for name, value in part.items():
        if name == "type":
            continue
        if name not in checks:
            report.add(f"{where}/{name}", "unknown field")
        elif value is None or not checks[name](value):
            report.add(f"{where}/{name}", "invalid property")
    for name in REQUIRED.get(kind, ()):
        if name not in part:
            report.add(f"{where}/{name}", "must be specified")
    _check_inside(report, part, where)


def _check_inside(report: Report, part: dict[str, Any], where: str) -> None:
    kind = part["type"]
    if "action" in part and part["action"] is not None:
        _check_flex_action(report, part["action"], f"{where}/action", "flex_button" if kind == "button" else "flex")
    if kind == "text":
        _check_text(report, part, where)
    elif kind == "video" and part.get("altContent") is not None:
        _check_component(report, part["altContent"], f"{where}/altContent", frozenset({"box", "image"}))
    elif kind == "box":
        _check_background(report, part.get("background"), f"{where}/background")
        children = CHILDREN.get(str(part.get("layout")), ROW)
        for position, child in enumerate(part["contents"] if isinstance(part.get("contents"), list) else ()):
            _check_component(report, child, f"{where}/contents/{position}", children)


def _check_text(report: Report, part: dict[str, Any], where: str) -> None:
    if part.get("contents"):
        for position, span in enumerate(part["contents"]):
            _check_component(report, span, f"{where}/contents/{position}", frozenset({"span"}))
    elif "text" not in part:
        report.add(f"{where}/text", "must be specified")


def _check_background(report: Report, background: Any, where: str) -> None:
    if background is None:
        return
    if not isinstance(background, dict):
        report.add(where, "invalid property")
        return
    for name, value in background.items():
        if name not in BACKGROUND:
            report.add(f"{where}/{name}", "unknown field")
        elif not BACKGROUND[name](value):
            report.add(f"{where}/{name}", "invalid property")
    for name in ("type", "angle", "startColor", "endColor"):
        if name not in background:
            report.add(f"{where}/{name}", "must be specified")


def _check_flex_action(report: Report, action: Any, where: str, place: str) -> None:
    inner = Report()
    check_action(inner, action, "", place)
    for detail in inner.details:
        report.add(where + detail["property"].replace(".", "/"), detail["message"])
