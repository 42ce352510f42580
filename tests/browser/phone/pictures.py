"""Compares a screenshot with a reviewed one, square by square: letters may differ at their edges, nothing may move."""

from __future__ import annotations

import io

from PIL import Image, ImageChops

SQUARE = 16
MOST = 9.0
"""The mean difference (0-255, the strongest colour of each pixel) that a square of 16 x 16 pixels may have.

Measured on these pictures with Chromium 156: text of another colour 22 to 34, text moved by one pixel 38 to 86 and
by a quarter of a pixel 9 to 25, a corner of 14 px instead of 17 or 10: 10 to 26; with the machine's hinting and
sub-pixel colours 0 to 1. A hairline alone is too faint for it: test_samples.py measures the lines.
"""
FEWER_COLOURS_COST = 3.0


def compact(png: bytes) -> bytes:
    """The picture with at most 256 colours, for the repository; whole where a gradient would suffer."""
    file = io.BytesIO()
    small = Image.open(io.BytesIO(png)).convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small.save(file, "PNG", optimize=True)
    return png if difference(png, file.getvalue(), FEWER_COLOURS_COST) else file.getvalue()


def difference(one: bytes, other: bytes, most: float = MOST) -> str:
    """What differs, in words; empty when the pictures look the same."""
    first, second = (Image.open(io.BytesIO(png)).convert("RGB") for png in (one, other))
    if first.size != second.size:
        return f"size {first.size} instead of {second.size}"
    red, green, blue = ImageChops.difference(first, second).split()
    strongest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    wide, high = strongest.size
    squares = strongest.resize((-(-wide // SQUARE), -(-high // SQUARE)), Image.Resampling.BOX)
    worst = squares.getextrema()[1]
    if worst <= most:
        return ""
    data = squares.tobytes()
    place = data.index(worst)
    column, row = place % squares.size[0], place // squares.size[0]
    share = sum(value > most for value in data)
    return f"{share} squares differ, the most at x {column * SQUARE}, y {row * SQUARE} (by {worst})"
