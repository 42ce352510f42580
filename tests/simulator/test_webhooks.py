from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time

import pytest
from linebot.v3.webhook import SignatureValidator, WebhookParser

from bot.simulator.server import ControlCallError
from bot.simulator.webhooks import ulid
from bot.simulator.wire import sign
from tests.simulator.conftest import Bot, Line


def secret(line: Line) -> str:
    return line.simulator.world.state.channels["fuji"].secret


def test_lines_published_signature():
    body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
    assert sign("8c570fa6dd201bb328f1c1eac23a96d8", body) == "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="


def test_an_event_is_signed_over_its_raw_bytes_and_lines_sdk_reads_it(line: Line, bot: Bot):
    user = line.friend()
    line.control(f"fuji/users/{user}/say", {"text": "こんにちは 🍎\u200d"})
    headers, body = bot.got[-1]
    assert SignatureValidator(secret(line)).validate(body.decode(), headers["x-line-signature"])
    assert "こんにちは" in body.decode()  # raw UTF-8, as LINE sends it
    event = WebhookParser(secret(line)).parse(body.decode(), headers["x-line-signature"])[0]
    assert (event.message.text, event.source.user_id) == ("こんにちは 🍎\u200d", user)
    assert headers["user-agent"] == "LineBotWebhook/2.0"
    assert headers["content-type"] == "application/json; charset=utf-8"


def test_everything_a_user_does_becomes_an_event(line: Line, bot: Bot):
    user = line.friend()
    path = f"fuji/users/{user}"
    said = line.control(f"{path}/say", {"text": "ためし"})
    line.control(f"{path}/sticker", {"packageId": "446", "stickerId": "1988"})
    line.control(f"{path}/location", {"latitude": 35.16, "longitude": 138.67, "title": "市役所", "address": "永田町"})
    line.control(f"{path}/image", {})
    line.control(f"{path}/audio", {})
    line.control(f"{path}/postback", {"data": "a=1", "params": {"date": "2026-12-01"}})
    line.control(f"{path}/unsend", {"messageId": said["messageId"]})
    line.control(f"{path}/block", {})
    line.control(f"{path}/unblock", {})
    events = bot.events()
    kinds = [e["message"]["type"] if e["type"] == "message" else e["type"] for e in events]
    assert kinds == [
        "follow",
        "text",
        "sticker",
        "location",
        "image",
        "audio",
        "postback",
        "unsend",
        "unfollow",
        "follow",
    ]
    assert events[0]["follow"] == {"isUnblocked": False}
    assert events[-1]["follow"] == {"isUnblocked": True}
    assert events[6]["postback"] == {"data": "a=1", "params": {"date": "2026-12-01"}}
    assert events[7]["unsend"] == {"messageId": events[1]["message"]["id"]}
    assert ["replyToken" in e for e in events].count(False) == 2  # unsend and unfollow
    assert len({e["webhookEventId"] for e in events}) == len(events)
    assert all(len(e["webhookEventId"]) == 26 for e in events)
    assert [row["via"] for row in line.get(f"fuji/chat/{user}")][-1] == "follow"
    assert line.get(f"fuji/chat/{user}")[1]["messages"][0]["unsent"] is True


@pytest.mark.shared
def test_events_fit_lines_description(line: Line, bot: Bot):
    from tests.support.line_spec import validate_webhook

    test_everything_a_user_does_becomes_an_event(line, bot)
    for _, body in bot.got:
        assert validate_webhook(json.loads(body)) == []


def test_ulids_sort_by_time():
    assert ulid(1000) < ulid(2000) < ulid(1_800_000_000_000)


def test_no_2xx_is_delivered_again_unchanged_but_for_its_mark(line: Line, bot: Bot):
    user = line.friend()
    bot.status = 503
    answer = line.control(f"fuji/users/{user}/say", {"text": "聞こえますか"})
    assert (answer["status"], answer["reason"]) == (503, "error_status_code")
    bot.status = 200
    line.advance(11)
    deadline = time.monotonic() + 10
    while len(bot.got) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    first, second = bot.events()[1:]
    assert second["deliveryContext"] == {"isRedelivery": True}
    assert {**second, "deliveryContext": first["deliveryContext"]} == first
    line.advance(400)
    assert line.simulator.world.sender.redeliver_due() == 0
    assert len(bot.got) == 3
    counters = line.get("counters")["webhooks"]
    assert (counters["sent"], counters["ok"], counters["failed"]) == (3, 2, 1)


def test_it_gives_up_after_three_redeliveries_and_never_starts_when_switched_off(line: Line, bot: Bot):
    user = line.friend()
    bot.status = 500
    line.control(f"fuji/users/{user}/say", {"text": "a"})
    for _ in range(6):
        line.advance(301)
        line.simulator.world.sender.redeliver_due()
    assert len([e for e in bot.events() if e["type"] == "message"]) == 4
    line.control("fuji/webhook", {"redelivery": False})
    line.control(f"fuji/users/{user}/say", {"text": "b"})
    line.advance(301)
    assert line.simulator.world.sender.redeliver_due() == 0


def test_a_bot_that_is_down_hears_it_later_and_breaks_no_rule(line: Line, bot: Bot):
    user = line.friend()
    line.control("fuji/webhook", {"down": True})
    assert line.control(f"fuji/users/{user}/say", {"text": "a"})["reason"] == "could_not_connect"
    line.control("fuji/webhook", {"down": False})
    line.advance(11)
    line.simulator.world.sender.redeliver_due()
    deadline = time.monotonic() + 5
    while len(bot.got) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert bot.events()[-1]["message"]["text"] == "a"
    assert line.violations() == []


def test_two_seconds_without_an_answer_are_slow_and_a_violation(line: Line, bot: Bot):
    user = line.friend()
    bot.wait.clear()
    answer = line.control(f"fuji/users/{user}/say", {"text": "a"})
    bot.wait.set()
    assert (answer["status"], answer["reason"]) == (0, "request_timeout")
    assert line.violations() == ["slow_webhook"]
    assert line.get("counters")["webhooks"]["slow"] == 1


def test_duplicates_are_not_marked_as_redelivered(line: Line, bot: Bot):
    user = line.friend()
    line.control("fuji/webhook", {"duplicate": 2})
    line.control(f"fuji/users/{user}/say", {"text": "三つ"})
    copies = bot.events()[1:]
    assert len(copies) == 3
    assert copies[0] == copies[1] == copies[2]
    assert copies[0]["deliveryContext"] == {"isRedelivery": False}


def test_several_users_events_come_in_one_post(line: Line, bot: Bot):
    users = [line.friend() for _ in range(3)]
    line.control("fuji/webhook", {"batch": 3, "shuffle": True})
    say = lambda user: line.control(f"fuji/users/{user}/say", {"text": user})  # noqa: E731
    threads = [threading.Thread(target=say, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = [json.loads(body)["events"] for _, body in bot.got[3:]]
    assert [len(events) for events in together] == [3]
    assert {event["source"]["userId"] for event in together[0]} == set(users)
    line.control(f"fuji/users/{users[0]}/say", {"text": "一人でも届く"})
    assert len(bot.got) == 5


@pytest.mark.parametrize(
    ("signature", "fits"), [("good", True), ("bad", False), ("missing", False), ("other", False), ("altered", False)]
)
def test_raw_bodies_go_out_with_the_signature_asked_for(line: Line, bot: Bot, signature: str, fits: bool):
    body = {"destination": "U" + "0" * 32, "events": []}
    assert line.control("fuji/raw", {"body": body, "signature": signature})["status"] == 200
    headers, raw = bot.got[-1]
    right = base64.b64encode(hmac.new(secret(line).encode(), raw, hashlib.sha256).digest()).decode()
    assert (headers.get("x-line-signature") == right) is fits
    assert ("x-line-signature" in headers) is (signature != "missing")


def test_any_json_goes_out_as_it_is(line: Line, bot: Bot):
    for value in ({"events": 3}, [1, 2], {"body": "alone"}, "text"):
        line.control("fuji/raw", value)
        assert json.loads(bot.got[-1][1]) == value
    line.control("fuji/raw", {"body": "no { json", "signature": "good"})
    assert bot.got[-1][1] == b"no { json"
    with pytest.raises(ControlCallError) as refused:
        line.control("fuji/raw", {"body": "x", "signature": "perhaps"})
    assert refused.value.status == 400


def test_the_user_of_a_raw_event_can_be_answered(line: Line):
    user, token = "U" + "5" * 32, "5" * 32
    event = {
        "type": "message", "mode": "active", "timestamp": 1, "source": {"type": "user", "userId": user},
        "webhookEventId": "01" + "5" * 24, "deliveryContext": {"isRedelivery": False}, "replyToken": token,
        "message": {"type": "hologram", "id": "1"},
    }  # fmt: skip
    line.control("fuji/raw", {"destination": "U" + "0" * 32, "events": [event]})
    assert line.reply(token, "見えません").status_code == 200
    assert line.inbox(user)[0]["messages"][0]["text"] == "見えません"


def test_the_bot_sets_reads_and_tests_its_webhook(line: Line, bot: Bot):
    endpoint = "/v2/bot/channel/webhook/endpoint"
    assert line.call("GET", endpoint).json() == {"endpoint": bot.url, "active": True}
    assert line.call("PUT", endpoint, {"endpoint": "http://example.com/a"}).status_code == 400
    assert line.call("PUT", endpoint, {"endpoint": "https://entaku.example/line/fuji"}).status_code == 200
    host = bot.url.removesuffix("/line/fuji")
    line.simulator.world.sender._product = host  # the product stands behind its public address
    tested = line.call("POST", "/v2/bot/channel/webhook/test", {}).json()
    assert (tested["success"], tested["statusCode"], tested["reason"]) == (True, 200, "OK")
    assert json.loads(bot.got[-1][1])["events"] == []
    bot.status = 401
    assert line.call("POST", "/v2/bot/channel/webhook/test", {"endpoint": bot.url}).json()["success"] is False
