from __future__ import annotations

import json
import uuid

import pytest
import requests
from linebot.v3.messaging import (
    ApiClient,
    ApiException,
    Configuration,
    MessagingApi,
    MulticastRequest,
    PushMessageRequest,
    TextMessage,
)

from bot.simulator.server import ControlCallError
from tests.simulator.conftest import Bot, Line, text_message


def test_a_wrong_or_missing_token_is_401(line: Line):
    line.token = "somebody else's"
    assert line.push("U" + "0" * 32, "hi").status_code == 401
    bare = requests.get(f"{line.simulator.url}/v2/bot/info", timeout=5)
    assert bare.status_code == 401
    assert bare.headers["x-line-request-id"]


def test_a_push_arrives_with_id_key_and_time(line: Line):
    user, key = line.friend(), str(uuid.uuid4())
    line.advance(60)
    answer = line.push(user, "一つ", "二つ", key=key)
    assert answer.status_code == 200
    sent = answer.json()["sentMessages"]
    assert len({row["id"] for row in sent}) == 2
    assert all(row["quoteToken"] for row in sent)
    (row,) = line.inbox(user)
    assert row["requestId"] == answer.headers["x-line-request-id"]
    assert (row["retryKey"], row["via"]) == (key, "push")
    assert [m["text"] for m in row["messages"]] == ["一つ", "二つ"]
    assert line.violations() == []


def test_a_multicast_skips_blockers_and_strangers_and_counts_the_rest(line: Line):
    users = line.friends(4)
    stranger = line.control("fuji/users", {})["userId"]
    line.control(f"fuji/users/{users[0]}/block", {})
    assert line.multicast([*users, stranger], "お知らせ").status_code == 200
    assert line.copies("お知らせ") == dict.fromkeys(users[1:], 1)
    assert line.call("GET", "/v2/bot/message/quota/consumption").json() == {"totalUsage": 3}
    counters = line.get("counters")
    assert (counters["delivered"], counters["counted"]) == (3, 3)
    assert counters["POST /v2/bot/message/multicast"]["accepted"] == 1


def test_somebody_who_wrote_gets_pushes_for_seven_days_without_being_a_friend(line: Line):
    user = line.control("fuji/users", {})["userId"]
    line.push(user, "まだ")
    line.control(f"fuji/users/{user}/say", {"text": "こんにちは"})
    line.advance(120)
    line.push(user, "いま")
    line.advance(8 * 24 * 3600)
    line.push(user, "もう")
    assert [row["messages"][0]["text"] for row in line.inbox(user)] == ["いま"]


def test_a_push_to_an_unknown_id_is_400_and_a_violation(line: Line):
    answer = line.push("U" + "a" * 32, "hi")
    assert (answer.status_code, answer.json()["message"]) == (400, "Failed to send messages")
    assert line.violations() == ["unknown_id"]


def test_a_multicast_to_something_that_is_no_user_id_names_its_place(line: Line):
    users = line.friends(1)
    answer = line.multicast([*users, "C" + "0" * 32], "hi")
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("The property, to[1], in the request body is invalid")
    assert line.copies("hi") == {}


@pytest.mark.mutant
def test_a_refused_request_reaches_nobody(line: Line):
    """Commit before validation would leave the good half of a bad request in the inbox."""
    users = line.friends(2)
    for body in ({"messages": [text_message("良い"), {"type": "text"}]}, {"messages": [text_message("良い" * 2501)]}):
        answer = line.call("POST", "/v2/bot/message/multicast", {"to": users, **body}, str(uuid.uuid4()))
        assert answer.status_code == 400
        assert answer.json()["details"][0]["property"].startswith("messages[")
    assert line.copies("良い") == {}
    assert line.call("GET", "/v2/bot/message/quota/consumption").json() == {"totalUsage": 0}


def test_bodies_that_are_no_json_too_large_or_of_another_kind(line: Line):
    path, url = "/v2/bot/message/push", line.simulator.url
    auth = {"authorization": "Bearer token-fuji"}
    broken = requests.post(url + path, b"{", headers={**auth, "content-type": "application/json"}, timeout=5)
    assert broken.status_code == 400
    assert "could not be parsed as JSON (line: 1, column: 2)" in broken.json()["message"]
    form = requests.post(url + path, b"a=1", headers={**auth, "content-type": "text/plain"}, timeout=5)
    assert (form.status_code, form.json()["message"]) == (415, "The content type, text/plain, is not supported")
    large = b'{"to":"' + b"x" * (2 * 1024 * 1024) + b'"}'
    assert (
        requests.post(url + path, large, headers={**auth, "content-type": "application/json"}, timeout=5).status_code
        == 413
    )


def test_what_is_not_played_answers_501_and_is_remembered(line: Line):
    assert line.call("POST", "/v2/bot/message/broadcast", {"messages": [text_message("a")]}).status_code == 501
    assert line.call("GET", "/v2/bot/richmenu/alias/list").status_code == 501
    rows = line.get("unimplemented")
    assert [row["path"] for row in rows] == ["/v2/bot/message/broadcast", "/v2/bot/richmenu/alias/list"]
    assert line.call("GET", "/elsewhere").status_code == 404


def test_validate_says_what_send_would_say_and_sends_nothing(line: Line):
    good, bad = {"messages": [text_message("a")]}, {"messages": []}
    for kind in ("reply", "push", "multicast", "narrowcast", "broadcast"):
        assert line.call("POST", f"/v2/bot/message/validate/{kind}", good).status_code == 200
        assert line.call("POST", f"/v2/bot/message/validate/{kind}", bad).status_code == 400
    assert line.violations() == []


def test_a_profile_is_shown_for_friends_only(line: Line):
    user = line.control("fuji/users", {"name": "はな", "language": "vi"})["userId"]
    assert line.call("GET", f"/v2/bot/profile/{user}").status_code == 404
    line.control(f"fuji/users/{user}/follow", {})
    assert line.call("GET", f"/v2/bot/profile/{user}").json() == {
        "userId": user,
        "displayName": "はな",
        "language": "vi",
    }
    line.control(f"fuji/users/{user}/block", {})
    assert line.call("GET", f"/v2/bot/profile/{user}").status_code == 404


def test_lines_own_client_works_against_it(line: Line):
    user = line.friend()
    line.advance(60)
    client = ApiClient(Configuration(host=line.simulator.url, access_token=line.token))
    api, key = MessagingApi(client), str(uuid.uuid4())
    try:
        request = PushMessageRequest(to=user, messages=[TextMessage(text="SDKから")])
        sent = api.push_message_with_http_info(request, x_line_retry_key=key, _request_timeout=5)
        assert sent.data.sent_messages[0].id
        with pytest.raises(ApiException) as again:
            api.push_message(request, x_line_retry_key=key, _request_timeout=5)
        assert again.value.status == 409
        assert again.value.headers["x-line-accepted-request-id"] == sent.headers["x-line-request-id"]
        assert json.loads(again.value.body)["sentMessages"][0]["id"] == sent.data.sent_messages[0].id
        api.multicast(
            MulticastRequest(to=[user], messages=[TextMessage(text="皆さんへ")]), x_line_retry_key=str(uuid.uuid4())
        )
        assert api.get_bot_info(_request_timeout=5).display_name == "富士(見本)"
        assert api.get_profile(user, _request_timeout=5).user_id == user
        assert api.get_message_quota(_request_timeout=5).type == "none"
    finally:
        client.close()
    assert [row["messages"][0]["text"] for row in line.inbox(user)] == ["SDKから", "皆さんへ"]


def test_channels_do_not_know_each_others_users(line: Line, bot: Bot):
    line.simulator.add_channel("tomioka", webhook=bot.url)
    user = line.friend()
    line.token = "token-tomioka"
    assert line.push(user, "よその市から").status_code == 400
    with pytest.raises(ControlCallError) as refused:
        line.get(f"tomioka/inbox/{user}")
    assert refused.value.status == 404
    with pytest.raises(ControlCallError, match="no channel numazu; there are: fuji, tomioka"):
        line.get("numazu/users")


def test_the_loading_animation_is_shown_until_the_next_message(line: Line):
    user = line.friend()
    last = line.get("fuji/events?after=0")["last"]
    assert line.call("POST", "/v2/bot/chat/loading/start", {"chatId": user, "loadingSeconds": 5}).status_code == 202
    shown = line.get(f"fuji/events?after={last}")
    assert (shown["users"], shown["typing"]) == ([user], [user])
    line.advance(60)
    line.push(user, "できました")
    assert line.get(f"fuji/events?after={shown['last']}")["typing"] == []
    for body in ({"chatId": user, "loadingSeconds": 7}, {"chatId": "C" + "0" * 32}):
        assert line.call("POST", "/v2/bot/chat/loading/start", body).status_code == 400
