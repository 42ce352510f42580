"""Every stored message is drawn as it was when a person looked at it (tests/browser/phone/reviewed/).

After a wanted change of the drawing: `ENTAKU_REDRAW=1 pytest tests/browser/phone/test_samples.py`, look at each
picture that git shows as changed, then commit it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.phone.pictures import compact, difference
from tests.browser.phone.samples import SAMPLES, open_samples

pytestmark = pytest.mark.browser

REVIEWED = Path(__file__).parent / "reviewed"
MACHINE_FONTS = {"text-emoji", "text-right-to-left"}
"""Letters that our one font has not: other machines draw them with other fonts. Their texts are tested below."""
MACHINE_SAMPLES = {name: SAMPLES[name] for name in sorted(MACHINE_FONTS)}
WIDE = {"flex-wide", "flex-carousel", "template-carousel"}
CASES = [(375, name) for name in SAMPLES if name not in MACHINE_FONTS] + [(1280, name) for name in sorted(WIDE)]


@pytest.fixture(scope="module")
def drawn(browser: Browser) -> Iterator[dict[int, Page]]:
    """Both widths of the page with all messages on it."""
    pages = {}
    for width in (375, 1280):
        pages[width] = browser.new_page(viewport={"width": width, "height": 900}, locale="ja-JP")
        open_samples(pages[width], {name: SAMPLES[name] for at, name in CASES if at == width} | MACHINE_SAMPLES)
    yield pages
    for page in pages.values():
        page.close()


def test_every_kind_has_a_sample() -> None:
    types: set[str] = set()

    def collect(part: object) -> None:
        if isinstance(part, dict):
            types.add(str(part.get("type")))
            for value in part.values():
                collect(value)
        elif isinstance(part, list):
            for value in part:
                collect(value)

    collect(list(SAMPLES.values()))
    assert types >= {
        *("text", "textV2", "sticker", "image", "video", "audio", "location", "imagemap", "template", "flex"),
        *("buttons", "confirm", "carousel", "image_carousel", "bubble", "box", "button", "icon", "span", "separator"),
        *("filler", "linearGradient", "message", "postback", "uri"),
    }


@pytest.mark.parametrize(("width", "name"), CASES)
def test_looks_as_reviewed(drawn: dict[int, Page], tmp_path: Path, width: int, name: str) -> None:
    shot = drawn[width].locator(f"[id='{name}']").screenshot(animations="disabled")
    reviewed = REVIEWED / str(width) / f"{name}.png"
    if os.environ.get("ENTAKU_REDRAW") == "1" and (not reviewed.exists() or difference(shot, reviewed.read_bytes())):
        reviewed.parent.mkdir(parents=True, exist_ok=True)
        reviewed.write_bytes(compact(shot))
    assert reviewed.exists(), f"no reviewed picture of {name}; see this file's docstring"
    found = difference(shot, reviewed.read_bytes())
    if found:
        (tmp_path / f"{name}.png").write_bytes(shot)
    assert not found, f"{name} at {width} px: {found}; drawn now: {tmp_path / name}.png"


def test_no_reviewed_picture_is_left_over() -> None:
    stored = {(int(file.parent.name), file.stem) for file in REVIEWED.glob("*/*.png")}
    assert stored == set(CASES)


def test_emoji_stay_whole_and_the_line_emoji_takes_its_place(drawn: dict[int, Page]) -> None:
    words = drawn[375].locator("#text-emoji .lm-words")
    assert words.inner_text() == "👨‍👩‍👧‍👦 家族で、🇯🇵 みんなで 👍🏽 参加 🎌\n もうすぐです"
    assert words.get_by_role("img", name="絵文字").count() == 1


def test_arabic_runs_from_the_right(drawn: dict[int, Page]) -> None:
    words = drawn[375].locator("#text-right-to-left .lm-words")
    first, last = words.evaluate(
        """words => {
          const text = words.firstChild, range = document.createRange();
          const left = at => { range.setStart(text, at); range.setEnd(text, at + 1); return range.getBoundingClientRect().left; };
          return [left(0), left(20)];
        }"""
    )
    assert first > last


def test_refusals_name_their_places(drawn: dict[int, Page]) -> None:
    def places(name: str) -> list[str]:
        return drawn[375].locator(f"#{name} .lm-refusal code").all_inner_texts()

    assert places("refused-message") == ["/"]
    assert places("refused-unknown") == ["/contents/body/contents/1", "/contents/body/contents/2"]
    assert places("refused-invalid") == [
        "/contents/body/contents/0/contents/1",
        *(f"/contents/body/contents/{position}" for position in range(1, 6)),
        "/contents/body/contents/6/contents/0",
        "/contents/body/contents/7",
    ]
    assert drawn[375].locator("#refused-unknown").get_by_text("下も描けます").is_visible()


def test_lines_are_drawn_across_their_boxes(drawn: dict[int, Page]) -> None:
    def lines(name: str) -> list[list[float | str]]:
        return (
            drawn[375]
            .locator(f"#{name} .lm-separator")
            .evaluate_all(
                """lines => lines.map(line => {
                 const { width, height } = line.getBoundingClientRect();
                 const { backgroundColor } = getComputedStyle(line);
                 return [width, height, backgroundColor];
               })"""
            )
        )

    grey = "rgb(212, 214, 218)"
    assert lines("flex-announcement") == [[260, 0.5, grey]]
    assert lines("flex-rows") == [[0.5, 40, grey]]


def test_nothing_is_wider_than_its_place(drawn: dict[int, Page]) -> None:
    for width, page in drawn.items():
        assert page.evaluate("document.documentElement.scrollWidth") == width
        over = page.evaluate(
            """[...document.querySelectorAll('.sample > .lm')].filter(drawn =>
                 drawn.getBoundingClientRect().right > drawn.parentElement.getBoundingClientRect().right + 0.5
               ).map(drawn => drawn.parentElement.id)"""
        )
        assert over == []
