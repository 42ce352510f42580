"""Checks of Flex containers, component by component: known types and fields, values, children of each layout.

Facts: line-flex.md 1-5. Pointers name the place inside the container, as LINE does (/body/contents/0).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from .actions import check_action
from .checks import HEX_COLOUR, PERCENT, PIXELS, Report, is_https, whole

BUBBLE_SIZES = ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")
BUBBLE_BYTES = 30 * 1024
CAROUSEL_BYTES = 50 * 1024
MAX_BUBBLES = 12
STEPS = ("none", "xs", "sm", "md", "lg", "xl", "xxl")
FONTS = ("xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl")
BORDERS = ("none", "light", "normal", "medium", "semi-bold", "bold")
RATIO = re.compile(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)\Z")
ANGLE = re.compile(r"\d+(\.\d+)?deg\Z")

Check = Callable[[Any], bool]


def _choice(*values: str) -> Check:
    return lambda value: isinstance(value, str) and value in values


def _length(keywords: tuple[str, ...] = (), *, percent: bool = False) -> Check:
    def check(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        return value in keywords or bool(PIXELS.match(value)) or (percent and bool(PERCENT.match(value)))

    return check


def _colour(value: Any) -> bool:
    return isinstance(value, str) and bool(HEX_COLOUR.match(value))


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _flex(value: Any) -> bool:
    return whole(value, 0, 2**31 - 1)


def _ratio(value: Any) -> bool:
    found = RATIO.match(value) if isinstance(value, str) else None
    if found is None:
        return False
    wide, high = float(found[1]), float(found[2])
    return 0 < wide <= 100_000 and 0 < high <= 100_000 and high <= 3 * wide


def _text(value: Any) -> bool:
    """A Flex text has no published limit of its own but the bubble's bytes; an empty one is refused."""
    return isinstance(value, str) and value != ""


def _any(_value: Any) -> bool:
    return True


_MARGIN = {"margin": _length(STEPS)}
_PLACE: dict[str, Check] = {
    "position": _choice("relative", "absolute"),
    **{f"offset{side}": _length(STEPS, percent=True) for side in ("Top", "Bottom", "Start", "End")},
    **_MARGIN,
}
_ALIGN: dict[str, Check] = {"align": _choice("start", "end", "center"), "gravity": _choice("top", "bottom", "center")}
_FONT: dict[str, Check] = {
    "size": _length(FONTS),
    "color": _colour,
    "weight": _choice("regular", "bold"),
    "style": _choice("normal", "italic"),
    "decoration": _choice("none", "underline", "line-through"),
}
_SHRINK: dict[str, Check] = {"adjustMode": _choice("shrink-to-fit"), "scaling": _flag}

FIELDS: dict[str, dict[str, Check]] = {
    "box": {
        "layout": _choice("horizontal", "vertical", "baseline"),
        "contents": lambda value: isinstance(value, list),
        "flex": _flex,
        "spacing": _length(STEPS),
        **_PLACE,
        "backgroundColor": _colour,
        "borderColor": _colour,
        "borderWidth": _length(BORDERS),
        "cornerRadius": _length(STEPS),
        **{name: _length(percent=True) for name in ("width", "maxWidth", "height", "maxHeight")},
        **{f"padding{side}": _length(STEPS, percent=True) for side in ("All", "Top", "Bottom", "Start", "End")},
        "action": _any,
        "justifyContent": _choice("center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"),
        "alignItems": _choice("center", "flex-start", "flex-end"),
        "background": _any,
    },
    "button": {
        "action": _any,
        "flex": _flex,
        "color": _colour,
        "style": _choice("primary", "secondary", "link"),
        "height": _choice("md", "sm"),
        "gravity": _ALIGN["gravity"],
        **_PLACE,
        **_SHRINK,
    },
    "image": {
        "url": is_https,
        "flex": _flex,
        **_PLACE,
        **_ALIGN,
        "size": _length((*FONTS, "full"), percent=True),
        "aspectRatio": _ratio,
        "aspectMode": _choice("fit", "cover"),
        "backgroundColor": _colour,
        "action": _any,
        "animated": _flag,
    },
    "video": {
        "url": is_https,
        "previewUrl": is_https,
        "altContent": _any,
        "aspectRatio": _ratio,
        "action": _any,
    },
    "icon": {"url": is_https, "size": _length(FONTS), "aspectRatio": _ratio, "scaling": _flag, **_PLACE},
    "text": {
        "text": _text,
        "contents": lambda value: isinstance(value, list),
        "flex": _flex,
        **_FONT,
        **_ALIGN,
        **_PLACE,
        **_SHRINK,
        "wrap": _flag,
        "lineSpacing": _length(),
        "maxLines": lambda value: whole(value, 0, 2**31 - 1),
        "action": _any,
    },
    "span": {"text": lambda value: isinstance(value, str), **_FONT},
    "separator": {"color": _colour, **_MARGIN},
    "filler": {"flex": _flex},
}
REQUIRED = {
    "box": ("layout", "contents"),
    "button": ("action",),
    "image": ("url",),
    "video": ("url", "previewUrl", "altContent"),
    "icon": ("url",),
}
ROW = frozenset({"box", "button", "image", "text", "separator", "filler"})
CHILDREN = {"horizontal": ROW, "vertical": ROW, "baseline": frozenset({"icon", "text", "filler"})}
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
    checks: dict[str, Check] = {"backgroundColor": _colour, "separator": _flag, "separatorColor": _colour}
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
    checks: dict[str, Check] = {
        "type": _choice("linearGradient"),
        "angle": lambda value: isinstance(value, str) and bool(ANGLE.match(value)) and float(value[:-3]) < 360,
        "startColor": _colour,
        "endColor": _colour,
        "centerColor": _colour,
        "centerPosition": lambda value: isinstance(value, str) and bool(PERCENT.match(value)),
    }
    if not isinstance(background, dict):
        report.add(where, "invalid property")
        return
    for name, value in background.items():
        if name not in checks:
            report.add(f"{where}/{name}", "unknown field")
        elif not checks[name](value):
            report.add(f"{where}/{name}", "invalid property")
    for name in ("type", "angle", "startColor", "endColor"):
        if name not in background:
            report.add(f"{where}/{name}", "must be specified")


def _check_flex_action(report: Report, action: Any, where: str, place: str) -> None:
    inner = Report()
    check_action(inner, action, "", place)
    for detail in inner.details:
        report.add(where + detail["property"].replace(".", "/"), detail["message"])
