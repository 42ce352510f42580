"""The page draws exactly what the simulator accepts: a refused message has a red box, an accepted one has none."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot.simulator.messages import check_messages
from tests.browser.phone.samples import SAMPLES, open_samples

pytestmark = pytest.mark.browser

CHANGES: dict[str, tuple[str, str, Any]] = {
    "unknown size of a bubble": ("flex-poll", "contents/size", "tera"),
    "unknown direction": ("flex-right-to-left", "contents/direction", "btt"),
    "no contents": ("flex-poll", "contents/body/contents", None),
    "text of another kind": ("flex-poll", "contents/body/contents/0/text", 7),
    "empty text": ("flex-poll", "contents/body/contents/0/text", ""),
    "short colour": ("flex-poll", "contents/body/contents/0/color", "#f00"),
    "negative margin": ("flex-poll", "contents/body/contents/1/margin", "-4px"),
    "margin in percent": ("flex-poll", "contents/body/contents/1/margin", "5%"),
    "wrap as a word": ("flex-poll", "contents/body/contents/1/wrap", "true"),
    "flex below zero": ("flex-rows", "contents/body/contents/0/contents/0/flex", -1),
    "half a flex": ("flex-rows", "contents/body/contents/0/contents/0/flex", 0.5),
    "unknown layout": ("flex-rows", "contents/body/contents/0/layout", "grid"),
    "unknown justification": ("flex-rows", "contents/body/contents/5/justifyContent", "left"),
    "button without action": ("flex-poll", "contents/footer/contents/0/action", None),
    "long label": ("flex-poll", "contents/footer/contents/0/action/label", "あ" * 41),
    "long data": ("flex-poll", "contents/footer/contents/0/action/data", "a" * 301),
    "unknown action": ("flex-poll", "contents/footer/contents/0/action/type", "camera"),
    "unknown style of a button": ("flex-buttons", "contents/body/contents/0/style", "danger"),
    "flat ratio": ("flex-images", "contents/body/contents/1/aspectRatio", "1:4"),
    "no ratio": ("flex-images", "contents/body/contents/1/aspectRatio", "wide"),
    "picture with a Japanese address": ("flex-images", "contents/body/contents/1/url", "https://entaku.example/絵.png"),
    "angle of a whole turn": ("flex-boxes", "contents/body/contents/1/background/angle", "360deg"),
    "gradient without an end": ("flex-boxes", "contents/body/contents/1/background/endColor", None),
    "radial gradient": ("flex-boxes", "contents/body/contents/1/background/type", "radialGradient"),
    "two sizes in a carousel": ("flex-carousel", "contents/contents/1/size", "mega"),
    "not a bubble in a carousel": ("flex-carousel", "contents/contents/1/type", "box"),
    "empty carousel": ("flex-carousel", "contents/contents", []),
    "unknown block style": ("flex-blocks", "contents/styles/side", {}),
    "colour of a block": ("flex-blocks", "contents/styles/header/backgroundColor", "blue"),
    "no alternative text": ("flex-poll", "altText", None),
    "long title": ("template-buttons", "template/title", "題" * 41),
    "long text under a picture": ("template-buttons", "template/text", "文" * 61),
    "five buttons": ("template-buttons", "template/actions", [{"type": "message", "label": "a", "text": "a"}] * 5),
    "no button": ("template-buttons", "template/actions", []),
    "one choice": ("template-confirm", "template/actions", [{"type": "message", "label": "a", "text": "a"}]),
    "label of 21 letters": ("template-confirm", "template/actions/0/label", "あ" * 21),
    "uneven columns": (
        "template-carousel",
        "template/columns/1/actions",
        [{"type": "message", "label": "a", "text": "a"}],
    ),
    "a column without its title": ("template-carousel", "template/columns/1/title", None),
    "label of 13 letters": ("template-image-carousel", "template/columns/0/action/label", "あ" * 13),
    "quick reply without a label": ("quick-replies", "quickReply/items/1/action/label", None),
    "menu switch among quick replies": ("quick-replies", "quickReply/items/1/action/type", "richmenuswitch"),
    "narrow imagemap": ("imagemap", "baseSize/width", 700),
    "plain picture": ("image", "previewImageUrl", "http://entaku.example/a.png"),
    "no duration": ("audio", "duration", None),
    "no sticker id": ("sticker-own", "stickerId", None),
    "long place": ("location", "title", "あ" * 101),
    "no text": ("text-plain", "text", ""),
    "text of 5001": ("text-plain", "text", "a" * 5001),
    "a key without its meaning": ("text-v2", "text", "{nobody}さん"),
    "emoji without its dollar": ("text-emoji", "emojis/0/index", 0),
}


def changed(name: str, path: str, value: Any) -> dict[str, Any]:
    """A sample with one value replaced (None: taken away)."""
    message = copy.deepcopy(SAMPLES[name])
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place: Any = message
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return message


MESSAGES = SAMPLES | {name: changed(*change) for name, change in CHANGES.items()}


def test_what_the_simulator_refuses_has_a_red_box(page: Page) -> None:
    open_samples(page, MESSAGES)
    red = set(page.evaluate("[...document.querySelectorAll('.sample:has(.lm-refusal)')].map(place => place.id)"))
    refused = {name for name, message in MESSAGES.items() if check_messages([message]).details}
    assert refused >= {"refused-message", "refused-unknown", "refused-invalid", *CHANGES}
    assert red == refused


def test_no_shape_of_message_breaks_the_page(page: Page) -> None:
    odd: list[Any] = [None, 7, "text", [], {}, {"type": None}, {"type": "flex"}, {"type": "constructor"}]
    odd += [
        {"type": kind, "text": 1, "contents": 2, "template": 3, "altText": 4} for kind in ("flex", "template", "textV2")
    ]
    odd += [{"type": "flex", "altText": "a", "contents": {"type": "bubble", "body": body}} for body in (0, [], "b", {})]
    open_samples(page, {f"odd-{at}": message for at, message in enumerate(odd)})
    expect(page.locator(".sample:has(.lm-refusal)")).to_have_count(len(odd))
