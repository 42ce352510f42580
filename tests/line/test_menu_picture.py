"""The rich menu's picture: LINE's limits, legible words, one per language."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.core.sealing import Sealer, new_key
from bot.line import menu_picture
from bot.services import rich_menus


def test_the_areas_cover_the_picture_without_gap_or_overlap() -> None:
    seen = Image.new("L", (menu_picture.WIDTH, menu_picture.HEIGHT), 0)
    for position in range(6):
        left, top, width, height = menu_picture.bounds(position)
        box = (left, top, left + width, top + height)
        assert seen.crop(box).getextrema() == (0, 0)
        seen.paste(255, box)
    assert seen.getextrema() == (255, 255)


@pytest.mark.parametrize("language", rich_menus.LANGUAGES)
def test_the_picture_keeps_lines_limits(language: str) -> None:
    menu = rich_menus.wanted("fuji", language, Sealer.parse(f"1:{new_key()}"))
    picture = Image.open(io.BytesIO(menu.picture))
    assert picture.format == "PNG"
    assert picture.size == (menu_picture.WIDTH, menu_picture.HEIGHT)
    assert menu_picture.WIDTH / menu_picture.HEIGHT >= 1.45
    assert len(menu.picture) < menu_picture.MAX_BYTES
    assert len(menu.body["areas"]) == 6
    assert all(len(area["action"]["label"]) <= 20 for area in menu.body["areas"])
    assert all(len(area["action"]["data"]) <= 300 for area in menu.body["areas"])


def test_every_area_has_an_icon_and_words_of_its_own() -> None:
    labels = tuple((name, name) for name, _ in rich_menus.AREAS)
    picture = Image.open(io.BytesIO(menu_picture.draw(labels))).convert("L")
    areas = set()
    for position in range(6):
        left, top, width, _ = menu_picture.bounds(position)
        icon, words = (
            (left + 60, top + 80, left + width - 60, top + 460),
            (left + 60, top + 480, left + width - 60, top + 760),
        )
        for box in (icon, words):
            dark = sum(value < 100 for value in picture.crop(box).resize((80, 40)).tobytes())
            assert dark > 20, f"area {position} is empty at {box}"
        areas.add(picture.crop(icon).tobytes())
    assert len(areas) == 6


@pytest.mark.parametrize(
    "words", ["声をとどける", "District & settings", "とても長い言葉がここに入ります", "A " * 9 + "A"]
)
def test_long_words_stay_inside_their_area(words: str) -> None:
    labels = tuple((name, words if at == 0 else "x") for at, (name, _) in enumerate(rich_menus.AREAS))
    picture = Image.open(io.BytesIO(menu_picture.draw(labels))).convert("L")
    left, top, width, height = menu_picture.bounds(0)
    for edge in (
        (left, top + 480, left + 40, top + height),
        (left + width - 40, top + 480, left + width, top + height),
    ):
        assert picture.crop(edge).getextrema()[0] > 150


def test_the_digest_follows_words_and_key() -> None:
    first, second = Sealer.parse(f"1:{new_key()}"), Sealer.parse(f"1:{new_key()}")
    assert rich_menus.wanted("fuji", "ja", first).digest == rich_menus.wanted("fuji", "ja", first).digest
    assert rich_menus.wanted("fuji", "ja", first).digest != rich_menus.wanted("fuji", "ja", second).digest
    assert rich_menus.wanted("fuji", "ja", first).digest != rich_menus.wanted("fuji", "en", first).digest
    assert rich_menus.wanted("fuji", "ja", first).digest != rich_menus.wanted("tomioka", "ja", first).digest
