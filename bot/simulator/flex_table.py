"""What each Flex component may hold: fields and values (line-flex.md 1-4), and which children each layout takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .checks import HEX_COLOUR, PERCENT, PIXELS, is_https, whole

STEPS = ("none", "xs", "sm", "md", "lg", "xl", "xxl")
FONTS = ("xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl")
BORDERS = ("none", "light", "normal", "medium", "semi-bold", "bold")
RATIO = re.compile(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)\Z")
ANGLE = re.compile(r"\d+(\.\d+)?deg\Z")

Check = Callable[[Any], bool]


def choice(*values: str) -> Check:
    return lambda value: isinstance(value, str) and value in values


def _length(keywords: tuple[str, ...] = (), *, percent: bool = False) -> Check:
    def check(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        return value in keywords or bool(PIXELS.match(value)) or (percent and bool(PERCENT.match(value)))

    return check


def is_colour(value: Any) -> bool:
    return isinstance(value, str) and bool(HEX_COLOUR.match(value))


def is_flag(value: Any) -> bool:
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
    "position": choice("relative", "absolute"),
    **{f"offset{side}": _length(STEPS, percent=True) for side in ("Top", "Bottom", "Start", "End")},
    **_MARGIN,
}
_ALIGN: dict[str, Check] = {"align": choice("start", "end", "center"), "gravity": choice("top", "bottom", "center")}
_FONT: dict[str, Check] = {
    "size": _length(FONTS),
    "color": is_colour,
    "weight": choice("regular", "bold"),
    "style": choice("normal", "italic"),
    "decoration": choice("none", "underline", "line-through"),
}
_SHRINK: dict[str, Check] = {"adjustMode": choice("shrink-to-fit"), "scaling": is_flag}

FIELDS: dict[str, dict[str, Check]] = {
    "box": {
        "layout": choice("horizontal", "vertical", "baseline"),
        "contents": lambda value: isinstance(value, list),
        "flex": _flex,
        "spacing": _length(STEPS),
        **_PLACE,
        "backgroundColor": is_colour,
        "borderColor": is_colour,
        "borderWidth": _length(BORDERS),
        "cornerRadius": _length(STEPS),
        **{name: _length(percent=True) for name in ("width", "maxWidth", "height", "maxHeight")},
        **{f"padding{side}": _length(STEPS, percent=True) for side in ("All", "Top", "Bottom", "Start", "End")},
        "action": _any,
        "justifyContent": choice("center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"),
        "alignItems": choice("center", "flex-start", "flex-end"),
        "background": _any,
    },
    "button": {
        "action": _any,
        "flex": _flex,
        "color": is_colour,
        "style": choice("primary", "secondary", "link"),
        "height": choice("md", "sm"),
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
        "aspectMode": choice("fit", "cover"),
        "backgroundColor": is_colour,
        "action": _any,
        "animated": is_flag,
    },
    "video": {
        "url": is_https,
        "previewUrl": is_https,
        "altContent": _any,
        "aspectRatio": _ratio,
        "action": _any,
    },
    "icon": {"url": is_https, "size": _length(FONTS), "aspectRatio": _ratio, "scaling": is_flag, **_PLACE},
    "text": {
        "text": _text,
        "contents": lambda value: isinstance(value, list),
        "flex": _flex,
        **_FONT,
        **_ALIGN,
        **_PLACE,
        **_SHRINK,
        "wrap": is_flag,
        "lineSpacing": _length(),
        "maxLines": lambda value: whole(value, 0, 2**31 - 1),
        "action": _any,
    },
    "span": {"text": lambda value: isinstance(value, str), **_FONT},
    "separator": {"color": is_colour, **_MARGIN},
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
BACKGROUND: dict[str, Check] = {
    "type": choice("linearGradient"),
    "angle": lambda value: isinstance(value, str) and bool(ANGLE.match(value)) and float(value[:-3]) < 360,
    "startColor": is_colour,
    "endColor": is_colour,
    "centerColor": is_colour,
    "centerPosition": lambda value: isinstance(value, str) and bool(PERCENT.match(value)),
}
