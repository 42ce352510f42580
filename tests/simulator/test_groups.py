"""Groups at LINE: invited, addressed, counted by members, left."""

from __future__ import annotations

import uuid

from tests.simulator.conftest import Bot, Line, text_message


def test_a_group_hears_is_heard_and_costs_a_message_a_member(line: Line, bot: Bot) -> None:
    group = line.control("fuji/groups", {"members": 7})["groupId"]
    line.control(f"fuji/groups/{group}/say", {"text": "こんにちは", "mention": True})
    joined, said = bot.events()[-2:]
    assert (joined["type"], joined["source"]["type"], joined["source"]["groupId"]) == ("join", "group", group)
    assert "replyToken" in joined
    (mine,) = said["message"]["mention"]["mentionees"]
    assert (mine["isSelf"], said["message"]["text"][mine["length"] :]) == (True, " こんにちは")
    assert line.call("GET", f"/v2/bot/group/{group}/members/count", None).json() == {"count": 7}
    body = {"to": group, "messages": [text_message("お知らせ")]}
    assert line.call("POST", "/v2/bot/message/push", body, str(uuid.uuid4())).status_code == 200
    assert line.call("GET", "/v2/bot/message/quota/consumption", None).json() == {"totalUsage": 7}
    assert [one["messages"][0]["text"] for one in line.get(f"fuji/inbox/{group}")] == ["お知らせ"]
    assert group not in str(line.get("fuji/users"))
    line.control(f"fuji/groups/{group}/leave", {})
    assert bot.events()[-1]["type"] == "leave"
    assert line.call("GET", f"/v2/bot/group/{group}/members/count", None).status_code == 404
