from __future__ import annotations

from typing import Any

import pytest

from bot.simulator.server import ControlCallError
from tests.simulator.conftest import Bot, Line, text_message
from tests.simulator.test_richmenus import make_menu


def message(label: str) -> dict[str, Any]:
    return {"type": "message", "label": label, "text": f"{label}と言う"}


def postback(label: str, data: str, **more: str) -> dict[str, Any]:
    return {"type": "postback", "label": label, "data": data, **more}


def quick(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"items": [{"type": "action", "action": action} for action in actions]}


def flex(*contents: dict[str, Any]) -> dict[str, Any]:
    bubble = {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": list(contents)}}
    return {"type": "flex", "altText": "カード", "contents": bubble}


def button(action: dict[str, Any]) -> dict[str, Any]:
    return {"type": "button", "action": action}


def show(line: Line, bot: Bot, *messages: dict[str, Any]) -> None:
    answer = line.call("POST", "/v2/bot/message/reply", {"replyToken": bot.token(), "messages": list(messages)})
    assert answer.status_code == 200, answer.text


def tap(line: Line, user: str, label: str, **more: Any) -> dict[str, Any]:
    return line.control(f"fuji/users/{user}/tap", {"label": label, **more})


def labels(line: Line, user: str) -> list[str]:
    return line.get(f"fuji/screen/{user}")


def test_quick_replies_of_the_last_message_come_first_and_go_when_something_is_said(line: Line, bot: Bot):
    user = line.friend()
    first = {**text_message("一"), "quickReply": quick(message("見えない"))}
    last = {**flex(button(postback("同じ", "card"))), "quickReply": quick(postback("同じ", "quick"), message("次"))}
    show(line, bot, first, last)
    assert labels(line, user) == ["同じ", "次"]
    tap(line, user, "同じ")
    assert bot.events()[-1]["postback"] == {"data": "quick"}
    assert labels(line, user) == ["同じ"]  # the quick replies are gone, the card's button stays
    tap(line, user, "同じ")
    assert bot.events()[-1]["postback"] == {"data": "card"}
    assert labels(line, user) == ["同じ"]


def test_a_message_button_says_its_text_and_what_is_said_ends_quick_replies(line: Line, bot: Bot):
    user = line.friend()
    show(line, bot, {**text_message("どちら"), "quickReply": quick(message("か行"))})
    answer = tap(line, user, "か行")
    assert (answer["status"], bot.events()[-1]["message"]["text"]) == (200, "か行と言う")
    assert answer["messageId"] == bot.events()[-1]["message"]["id"]
    assert labels(line, user) == []


def test_newer_messages_are_searched_before_older_ones(line: Line, bot: Bot):
    user = line.friend()
    show(line, bot, flex(button(postback("選ぶ", "old")), button(postback("古いだけ", "only"))))
    line.control(f"fuji/users/{user}/say", {"text": "次"})
    show(line, bot, flex(button(postback("選ぶ", "new"))))
    tap(line, user, "選ぶ")
    assert bot.events()[-1]["postback"]["data"] == "new"
    tap(line, user, "古いだけ")
    assert bot.events()[-1]["postback"]["data"] == "only"


def test_boxes_and_texts_are_found_by_the_words_they_show(line: Line, bot: Bot):
    user = line.friend()
    row = {
        "type": "box", "layout": "horizontal", "action": {"type": "postback", "data": "row"},
        "contents": [{"type": "text", "text": "富士駅"}, {"type": "text", "contents": [{"type": "span", "text": "南"}]}],
    }  # fmt: skip
    named = {"type": "text", "text": "くわしく", "action": {"type": "postback", "label": "詳細", "data": "text"}}
    show(line, bot, flex(row, named))
    assert labels(line, user) == ["富士駅南", "詳細"]
    tap(line, user, "富士駅南")
    assert bot.events()[-1]["postback"]["data"] == "row"
    for label in ("くわしく", "詳細"):
        tap(line, user, label)
        assert bot.events()[-1]["postback"]["data"] == "text"


def test_display_text_stands_in_the_chat_and_reaches_the_bot_as_no_message(line: Line, bot: Bot):
    user = line.friend()
    show(line, bot, flex(button(postback("はい", "yes", displayText="はいを選びました"))))
    tap(line, user, "はい")
    assert [e["type"] for e in bot.events()] == ["follow", "postback"]
    assert line.get(f"fuji/chat/{user}")[-1]["messages"][0]["text"] == "はいを選びました"


def test_links_pickers_and_copies_do_what_a_phone_does(line: Line, bot: Bot):
    user = line.friend()
    picker = {"type": "datetimepicker", "label": "日を選ぶ", "data": "day", "mode": "date", "initial": "2026-12-01"}
    copy = {"type": "clipboard", "label": "写す", "clipboardText": "0545"}
    show(
        line,
        bot,
        flex(button({"type": "uri", "label": "地図", "uri": "https://entaku.example/m"}), button(picker), button(copy)),
    )
    sent = len(bot.got)
    assert tap(line, user, "地図") == {"uri": "https://entaku.example/m"}
    assert tap(line, user, "写す") == {"clipboard": "0545"}
    assert len(bot.got) == sent
    tap(line, user, "日を選ぶ")
    assert bot.events()[-1]["postback"] == {"data": "day", "params": {"date": "2026-12-01"}}
    tap(line, user, "日を選ぶ", params={"date": "2027-01-15"})
    assert bot.events()[-1]["postback"]["params"] == {"date": "2027-01-15"}


def test_templates_have_buttons_too(line: Line, bot: Bot):
    user = line.friend()
    confirm = {"type": "confirm", "text": "よいですか", "actions": [message("はい"), message("いいえ")]}
    columns = [
        {"text": "一", "actions": [postback("一を選ぶ", "1")]},
        {"text": "二", "actions": [postback("二を選ぶ", "2")]},
    ]
    show(
        line, bot, {"type": "template", "altText": "a", "template": confirm},
        {"type": "template", "altText": "b", "template": {"type": "carousel", "columns": columns}},
    )  # fmt: skip
    assert labels(line, user) == ["はい", "いいえ", "一を選ぶ", "二を選ぶ"]
    tap(line, user, "二を選ぶ")
    assert bot.events()[-1]["postback"]["data"] == "2"


def test_the_rich_menu_comes_last_and_a_users_own_before_the_default(line: Line, bot: Bot):
    user = line.friend()
    default = make_menu(line, message("聞く"), message("行事"))
    own = make_menu(line, message("Ask"), message("Events"))
    line.call("POST", f"/v2/bot/user/all/richmenu/{default}")
    assert labels(line, user) == ["聞く", "行事"]
    line.call("POST", f"/v2/bot/user/{user}/richmenu/{own}")
    assert labels(line, user) == ["Ask", "Events"]
    assert line.get(f"fuji/richmenu/{user}")["richMenuId"] == own
    tap(line, user, "Events")
    assert bot.events()[-1]["message"]["text"] == "Eventsと言う"


def test_a_label_that_is_not_there_is_404_with_those_that_are(line: Line, bot: Bot):
    user = line.friend()
    show(line, bot, {**text_message("どちら"), "quickReply": quick(message("今泉"), message("今泉北"))})
    with pytest.raises(ControlCallError) as refused:
        tap(line, user, "泉")
    assert (refused.value.status, refused.value.body["labels"]) == (404, ["今泉", "今泉北"])
    tap(line, user, "今泉 ")  # only width, case and spaces may differ
    assert bot.events()[-1]["message"]["text"] == "今泉と言う"
