"""The picture of the rich menu, drawn by code: six areas, each a big icon and its words. Pure.

2500 x 1686 pixels as LINE's own examples, under 1 MB as PNG (LINE's limit), colours of the Digital Agency's
design system. The lettering is Noto Sans JP from the package pylopdf-fonts-jp.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_jp import sans_path

WIDTH, HEIGHT = 2500, 1686
COLUMNS, ROWS = 3, 2
MAX_BYTES: Final = 1024 * 1024

Box = tuple[int, int, int, int]
_WHITE, _LINE, _INK = "#ffffff", "#c5d7fb", "#00118f"
_BLUE, _PALE, _SUN = "#0017c1", "#e8f1fe", "#ffd43d"
_ICON = 330  # an icon's square, in pixels
_STROKE = 26
_LETTERS, _ONE_LINE = 150, 108  # letters of one line, the largest and the smallest, in pixels
_TWO_LINES, _SMALLEST = 126, 60
_MARGIN = 60


def bounds(position: int) -> Box:
    """Area 0 to 5 as left, top, width, height; together they cover the picture without gaps."""
    column, row = position % COLUMNS, position // COLUMNS
    left, right = WIDTH * column // COLUMNS, WIDTH * (column + 1) // COLUMNS
    top, bottom = HEIGHT * row // ROWS, HEIGHT * (row + 1) // ROWS
    return left, top, right - left, bottom - top


@lru_cache(maxsize=16)  # the same few pictures are compared at each tick
def draw(labels: tuple[tuple[str, str], ...]) -> bytes:
    """The picture as PNG: (icon, words) for each area from the top left. Raises KeyError for an unknown icon."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _WHITE)
    pen = ImageDraw.Draw(image)
    for position, (icon, words) in enumerate(labels):
        left, top, width, height = bounds(position)
        pen.rounded_rectangle((left + 18, top + 18, left + width - 18, top + height - 18), 48, _PALE, _LINE, 6)
        centre = left + width // 2
        _ICONS[icon](pen, centre - _ICON // 2, top + 110)
        _write(pen, words, centre, top + 490, width - 2 * _MARGIN)
    out = io.BytesIO()
    # The quickest of Pillow's ways: eight languages are drawn at start, and a few flat colours need no better.
    image.quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG")
    return out.getvalue()


def _write(pen: ImageDraw.ImageDraw, words: str, centre: int, top: int, width: int) -> None:
    """One line, or two where one would be too small to read; centred under the icon."""
    lines, size = _fit(words, width)
    height = round(size * 1.25)
    start = top + (240 - height * len(lines)) // 2
    for at, line in enumerate(lines):
        pen.text((centre, start + at * height), line, _INK, _font(size), anchor="ma", stroke_width=2, stroke_fill=_INK)


def _fit(words: str, width: int) -> tuple[list[str], int]:
    """The largest letters that fit: one line down to a size that is read at a glance, then two lines."""
    halves = _halves(words)
    for lines, largest, smallest in (([words], _LETTERS, _ONE_LINE), (halves, _TWO_LINES, _SMALLEST)):
        for size in range(largest, smallest - 1, -6):
            if max(_font(size).getlength(line) for line in lines) <= width:
                return lines, size
    return halves, _SMALLEST


def _halves(words: str) -> list[str]:
    """Two lines of about the same length, broken at a space where there is one."""
    breaks = [at for at, letter in enumerate(words) if letter == " "] or [len(words) // 2]
    best = min(breaks, key=lambda at: abs(2 * at - len(words)))
    return [words[:best].strip(), words[best:].strip()]


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(sans_path()), size)


def _ask(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    """A speech bubble with a question mark."""
    pen.rounded_rectangle((x, y + 10, x + 330, y + 250), 70, _BLUE)
    pen.polygon([(x + 80, y + 230), (x + 175, y + 245), (x + 70, y + 330)], _BLUE)
    pen.text((x + 165, y + 124), "?", _WHITE, _font(220), anchor="mm", stroke_width=6, stroke_fill=_WHITE)


def _activities(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    """A calendar with one day marked."""
    pen.rounded_rectangle((x, y + 40, x + 330, y + 330), 40, _WHITE, _BLUE, _STROKE)
    pen.rounded_rectangle((x, y + 40, x + 330, y + 140), 40, _BLUE)
    pen.rectangle((x, y + 100, x + 330, y + 140), _BLUE)
    for at in (80, 250):
        pen.rounded_rectangle((x + at - 16, y, x + at + 16, y + 90), 14, _BLUE, _PALE, 6)
    for row in range(2):
        for column in range(4):
            spot = (x + 54 + column * 62, y + 176 + row * 66)
            marked = (row, column) == (1, 2)
            pen.rounded_rectangle((*spot, spot[0] + 38, spot[1] + 40), 8, _SUN if marked else _BLUE, _BLUE, 6)


def _voice(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    """A megaphone with sound."""
    pen.polygon(
        [
            (x + 10, y + 130),
            (x + 70, y + 130),
            (x + 220, y + 40),
            (x + 220, y + 290),
            (x + 70, y + 200),
            (x + 10, y + 200),
        ],
        _BLUE,
    )
    pen.rounded_rectangle((x + 76, y + 190, x + 130, y + 320), 20, _BLUE)
    for radius in (60, 110):
        box = (x + 220 - radius, y + 165 - radius, x + 220 + radius, y + 165 + radius)
        pen.arc(box, -50, 50, _BLUE, _STROKE)


def _announcements(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    """A bell with a sign of something new."""
    pen.pieslice((x + 60, y + 30, x + 270, y + 240), 180, 360, _BLUE)
    pen.rectangle((x + 60, y + 134, x + 270, y + 230), _BLUE)
    pen.polygon([(x + 60, y + 200), (x + 270, y + 200), (x + 312, y + 268), (x + 18, y + 268)], _BLUE)
    pen.ellipse((x + 125, y + 250, x + 205, y + 326), _BLUE)
    pen.ellipse((x + 145, y + 4, x + 185, y + 48), _BLUE)
    pen.ellipse((x + 224, y + 14, x + 316, y + 106), _SUN, _PALE, 10)


def _settings(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    """A pin on a map, the district, with a slider below."""
    pen.ellipse((x + 75, y, x + 255, y + 180), _BLUE)
    pen.polygon([(x + 86, y + 128), (x + 244, y + 128), (x + 165, y + 262)], _BLUE)
    pen.ellipse((x + 127, y + 50, x + 203, y + 126), _WHITE)
    pen.line((x + 20, y + 300, x + 310, y + 300), _BLUE, _STROKE)
    pen.ellipse((x + 206, y + 266, x + 274, y + 334), _SUN, _BLUE, 14)


def _language(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    """A globe."""
    pen.ellipse((x + 5, y + 5, x + 325, y + 325), _WHITE, _BLUE, _STROKE)
    pen.ellipse((x + 95, y + 5, x + 235, y + 325), None, _BLUE, _STROKE - 4)
    pen.line((x + 15, y + 165, x + 315, y + 165), _BLUE, _STROKE - 4)
    for above_or_below in (-78, 78):
        pen.line((x + 36, y + 165 + above_or_below, x + 294, y + 165 + above_or_below), _BLUE, _STROKE - 8)


def _approve(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    """A sheet with a seal on it."""
    pen.rounded_rectangle((x + 40, y, x + 270, y + 320), 30, _WHITE, _BLUE, _STROKE)
    for line in range(3):
        pen.line((x + 90, y + 80 + line * 56, x + 220, y + 80 + line * 56), _BLUE, 16)
    pen.ellipse((x + 170, y + 180, x + 330, y + 340), _SUN, _BLUE, 14)
    pen.line((x + 208, y + 262, x + 240, y + 294, x + 296, y + 228), _BLUE, 22, joint="curve")


def _rain(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    """An umbrella in the rain."""
    pen.pieslice((x + 15, y + 40, x + 315, y + 340), 180, 360, _BLUE)
    pen.line((x + 165, y + 10, x + 165, y + 290), _BLUE, _STROKE)
    pen.arc((x + 165, y + 240, x + 245, y + 320), 0, 180, _BLUE, _STROKE)
    for at in (50, 110, 270):
        pen.line((x + at, y + 220, x + at - 22, y + 290), _SUN, 20)


def _summary(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    """A list with ticks under the morning sun."""
    pen.ellipse((x + 210, y, x + 330, y + 120), _SUN, _PALE, 10)
    pen.rounded_rectangle((x + 10, y + 70, x + 280, y + 330), 34, _WHITE, _BLUE, _STROKE)
    for line in range(3):
        top = y + 120 + line * 66
        pen.line((x + 58, top + 12, x + 74, top + 28, x + 104, top - 6), _BLUE, 16, joint="curve")
        pen.line((x + 136, top + 12, x + 236, top + 12), _BLUE, 18)


_ICONS: Final[dict[str, Callable[[ImageDraw.ImageDraw, int, int], None]]] = {
    "ask": _ask,
    "activities": _activities,
    "voice": _voice,
    "announcements": _announcements,
    "settings": _settings,
    "language": _language,
    "approve": _approve,
    "rain": _rain,
    "summary": _summary,
}
