"""LINE's limits: what must be refused, where the problem is said to be, and what must pass."""

from __future__ import annotations

from typing import Any

import pytest

from bot.simulator.checks import graphemes, utf16
from bot.simulator.messages import check_messages
from tests.simulator.conftest import text_message

SAY = {"type": "message", "label": "はい", "text": "はい"}
URL = "https://entaku.example/a.png"


def properties(*messages: Any) -> list[str]:
    return [detail["property"] for detail in check_messages(list(messages)).details]


def bubble(*contents: Any, **more: Any) -> dict[str, Any]:
    return {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": list(contents)}, **more}


def flex(container: Any) -> dict[str, Any]:
    return {"type": "flex", "altText": "カード", "contents": container}


def template(**body: Any) -> dict[str, Any]:
    return {"type": "template", "altText": "型", "template": body}


def quick(*actions: Any) -> dict[str, Any]:
    return {**text_message("a"), "quickReply": {"items": [{"type": "action", "action": action} for action in actions]}}


TEXT = {"type": "text", "text": "あ"}
GOOD = {
    "the longest text": text_message("あ" * 5000),
    "an emoji counted as two": text_message("🍎" * 2500),
    "thirteen quick replies": quick(*[SAY] * 13),
    "a label of twenty joined emoji": quick({**SAY, "label": "👨‍👩‍👧‍👦" * 20}),
    "a camera in a quick reply": quick({"type": "camera", "label": "写真"}),
    "a sticker": {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    "a picture": {"type": "image", "originalContentUrl": URL, "previewImageUrl": URL},
    "a place": {"type": "location", "title": "市役所", "address": "永田町1-100", "latitude": 35.1, "longitude": 138.6},
    "every part of a bubble": flex(
        {
            **bubble(
                TEXT,
                {"type": "text", "contents": [{"type": "span", "text": "一", "weight": "bold"}], "wrap": True},
                {"type": "separator", "margin": "md", "color": "#ccCCcc"},
                {"type": "button", "action": SAY, "style": "primary", "color": "#0017c1", "height": "sm"},
                {"type": "image", "url": URL, "size": "full", "aspectRatio": "1.51:1", "aspectMode": "cover"},
                {
                    "type": "box",
                    "layout": "baseline",
                    "contents": [{"type": "icon", "url": URL}, TEXT],
                    "spacing": "8px",
                },
                {"type": "box", "layout": "vertical", "contents": [], "width": "50%", "backgroundColor": "#11223344"},
                {"type": "filler"},
            ),
            "size": "giga",
            "hero": {"type": "image", "url": URL},
            "styles": {"body": {"separator": True}},
        }
    ),
    "a carousel of twelve": flex({"type": "carousel", "contents": [bubble(TEXT)] * 12}),
    "buttons": template(type="buttons", text="あ" * 160, actions=[SAY] * 4),
    "a confirmation": template(type="confirm", text="あ" * 240, actions=[SAY, SAY]),
    "a date": quick(
        {"type": "datetimepicker", "label": "日", "data": "d", "mode": "date", "min": "2026-01-01", "max": "2026-12-31"}
    ),
    "a telephone number": quick({"type": "uri", "label": "電話", "uri": "tel:0545510123"}),
}
BAD: dict[str, tuple[Any, list[str]]] = {
    "no text": ({"type": "text"}, ["messages[0].text"]),
    "a text too long": (text_message("あ" * 5001), ["messages[0].text"]),
    "emoji too many": (text_message("🍎" * 2501), ["messages[0].text"]),
    "an unknown kind": ({"type": "holo"}, ["messages[0].type"]),
    "not an object": ("hi", ["messages[0]"]),
    "fourteen quick replies": (quick(*[SAY] * 14), ["messages[0].quickReply.items"]),
    "no quick replies": ({**text_message("a"), "quickReply": {"items": []}}, ["messages[0].quickReply.items"]),
    "a label too long": (quick({**SAY, "label": "あ" * 21}), ["messages[0].quickReply.items[0].action.label"]),
    "no label": (quick({"type": "message", "text": "a"}), ["messages[0].quickReply.items[0].action.label"]),
    "postback data too long": (
        quick({"type": "postback", "label": "a", "data": "x" * 301}), ["messages[0].quickReply.items[0].action.data"],
    ),
    "postback without data": (quick({"type": "postback", "label": "a"}), ["messages[0].quickReply.items[0].action.data"]),
    "a strange scheme": (
        quick({"type": "uri", "label": "a", "uri": "javascript:alert(1)"}), ["messages[0].quickReply.items[0].action.uri"],
    ),
    "a link with a space": (
        quick({"type": "uri", "label": "a", "uri": "https://a.example/b c"}), ["messages[0].quickReply.items[0].action.uri"],
    ),
    "a rich menu switch in a message": (
        quick({"type": "richmenuswitch", "label": "a", "data": "a", "richMenuAliasId": "a"}),
        ["messages[0].quickReply.items[0].action.type"],
    ),
    "an impossible period": (
        quick({"type": "datetimepicker", "label": "日", "data": "d", "mode": "date", "min": "2026-12-31", "max": "2026-01-01"}),
        ["messages[0].quickReply.items[0].action.min"],
    ),
    "an http picture": ({"type": "image", "originalContentUrl": "http://a.example/", "previewImageUrl": URL},
                        ["messages[0].originalContentUrl"]),
    "an address outside the earth": (
        {"type": "location", "title": "a", "address": "b", "latitude": 135.0, "longitude": 35.0}, ["messages[0].latitude"],
    ),
    "alt text too long": ({**flex(bubble(TEXT)), "altText": "あ" * 1501}, ["messages[0].altText"]),
    "an unknown component": (flex(bubble({"type": "holo"})), ["/body/contents/0"]),
    "an unknown field": (flex(bubble({**TEXT, "wrapp": True})), ["/body/contents/0/wrapp"]),
    "an empty text": (flex(bubble({"type": "text", "text": ""})), ["/body/contents/0/text"]),
    "a null child": (flex(bubble(None)), ["/body/contents/0"]),
    "a text in no words": (flex(bubble({"type": "text", "wrap": True})), ["/body/contents/0/text"]),
    "a size that is none": (flex(bubble({**TEXT, "size": "huge"})), ["/body/contents/0/size"]),
    "a colour by name": (flex(bubble({**TEXT, "color": "red"})), ["/body/contents/0/color"]),
    "an icon in a column": (flex(bubble({"type": "icon", "url": URL})), ["/body/contents/0"]),
    "a button in a baseline": (
        flex(bubble({"type": "box", "layout": "baseline", "contents": [{"type": "button", "action": SAY}]})),
        ["/body/contents/0/contents/0"],
    ),
    "a button without a label": (
        flex(bubble({"type": "button", "action": {"type": "message", "text": "a"}})), ["/body/contents/0/action/label"],
    ),
    "a button's label too long": (
        flex(bubble({"type": "button", "action": {**SAY, "label": "あ" * 41}})), ["/body/contents/0/action/label"],
    ),
    "a button without action": (flex(bubble({"type": "button"})), ["/body/contents/0/action"]),
    "a box without layout": (flex({"type": "bubble", "body": {"type": "box", "contents": []}}), ["/body/layout"]),
    "an http picture in Flex": (flex(bubble({"type": "image", "url": "http://a.example/b.png"})), ["/body/contents/0/url"]),
    "a picture too tall": (flex(bubble({"type": "image", "url": URL, "aspectRatio": "1:4"})), ["/body/contents/0/aspectRatio"]),
    "a body that is a picture": (flex({"type": "bubble", "body": {"type": "image", "url": URL}}), ["/body"]),
    "an empty bubble": (flex({"type": "bubble"}), ["/"]),
    "thirteen bubbles": (flex({"type": "carousel", "contents": [bubble(TEXT)] * 13}), ["/contents"]),
    "bubbles of two sizes": (
        flex({"type": "carousel", "contents": [bubble(TEXT, size="kilo"), bubble(TEXT)]}), ["/contents"],
    ),
    "a bubble too heavy": (flex(bubble(*[{"type": "text", "text": "あ" * 900}] * 12)), ["/"]),
    "no container": (flex(None), ["/"]),
    "five buttons": (template(type="buttons", text="a", actions=[SAY] * 5), ["messages[0].template.actions"]),
    "a long text under a title": (
        template(type="buttons", title="題", text="あ" * 61, actions=[SAY]), ["messages[0].template.text"],
    ),
    "one answer to confirm": (template(type="confirm", text="a", actions=[SAY]), ["messages[0].template.actions"]),
    "columns unlike each other": (
        template(type="carousel", columns=[{"text": "a", "actions": [SAY]}, {"text": "b", "actions": [SAY, SAY]}]),
        ["messages[0].template.columns"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("message", GOOD.values(), ids=GOOD.keys())
def test_what_line_takes_passes(message: Any):
    report = check_messages([message])
    assert (report.details, report.unknown) == ([], [])


@pytest.mark.parametrize(("message", "where"), BAD.values(), ids=BAD.keys())
def test_what_line_refuses_is_refused_where_it_is_wrong(message: Any, where: list[str]):
    assert properties(message) == where


def test_between_one_and_five_messages():
    assert properties() == ["messages"]
    assert properties(*[text_message("a")] * 6) == ["messages"]
    assert properties(*[text_message("a")] * 5) == []


def test_a_field_line_does_not_know_is_noted_outside_flex():
    assert check_messages([{**text_message("a"), "quickreply": {}}]).unknown == ["messages[0].quickreply"]


def test_flex_problems_name_their_message():
    report = check_messages([text_message("a"), flex({"type": "bubble"})])
    assert report.flex == 1


def test_lengths_are_counted_as_line_counts():
    assert (utf16("あ🍎"), graphemes("👨‍👩‍👧‍👦🇯🇵👍🏽が")) == (3, 4)
    assert graphemes("か\u3099") == 1


@pytest.mark.shared
@pytest.mark.parametrize("message", GOOD.values(), ids=GOOD.keys())
def test_what_passes_fits_the_official_description(message: Any):
    from tests.support.line_spec import validate_messages

    assert validate_messages([message]) == []


@pytest.mark.parametrize("message", GOOD.values(), ids=GOOD.keys())
def test_what_passes_survives_lines_own_models(message: Any):
    from linebot.v3.messaging import PushMessageRequest

    body = {"to": "U" + "0" * 32, "messages": [message]}
    kept = PushMessageRequest.from_dict(body).to_dict()["messages"][0]

    def covers(given: Any, found: Any) -> bool:
        if isinstance(given, dict):
            return all(key in found and covers(value, found[key]) for key, value in given.items())
        if isinstance(given, list):
            return len(given) == len(found) and all(map(covers, given, found))
        return given == found

    assert covers(message, kept)
