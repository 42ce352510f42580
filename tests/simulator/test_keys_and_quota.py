from __future__ import annotations

import threading
import uuid

import pytest
import requests

from tests.simulator.conftest import Line, text_message


@pytest.mark.mutant
def test_accepted_then_dropped_the_retry_gets_409_and_one_copy_is_there(line: Line):
    """The core of exactly once: LINE took the request, the answer never came."""
    users, key = line.friends(3), str(uuid.uuid4())
    line.control(
        "faults",
        {"match": {"path": "/v2/bot/message/multicast", "nth": 1}, "action": {"type": "drop"}, "when": "after"},
    )
    with pytest.raises(requests.ConnectionError):
        line.multicast(users, "一度だけ", key)
    line.advance(1)
    again = line.multicast(users, "一度だけ", key)
    assert again.status_code == 409
    first = line.inbox(users[0])[0]
    assert again.headers["x-line-accepted-request-id"] == first["requestId"] != again.headers["x-line-request-id"]
    assert again.json()["message"] == "The retry key is already accepted"
    assert line.copies("一度だけ") == dict.fromkeys(users, 1)
    assert line.violations() == []
    assert line.get("counters")["POST /v2/bot/message/multicast"] == {
        "calls": 2, "accepted": 1, "rejected": 0, "conflicts": 1, "limited": 0,
    }  # fmt: skip


def test_a_key_counts_only_once_accepted(line: Line):
    users, key = line.friends(1), str(uuid.uuid4())
    line.control("faults", {"match": {"nth": 1}, "action": {"type": "status", "status": 503}, "when": "before"})
    assert line.multicast(users, "あとで", key).status_code == 503
    assert line.copies("あとで") == {}
    line.advance(1)
    assert line.multicast(users, "あとで", key).status_code == 200
    assert line.violations() == []


def test_500_after_the_commit_hides_an_accepted_request(line: Line):
    users, key = line.friends(1), str(uuid.uuid4())
    line.control("faults", {"match": {"nth": 1}, "action": {"type": "status", "status": 500}, "when": "after"})
    assert line.multicast(users, "入っている", key).status_code == 500
    line.advance(1)
    assert line.multicast(users, "入っている", key).status_code == 409
    assert line.copies("入っている") == {users[0]: 1}
    assert line.violations() == []


def test_after_24_hours_the_same_key_is_a_new_request(line: Line):
    users, key = line.friends(1), str(uuid.uuid4())
    line.multicast(users, "毎日", key)
    line.advance(24 * 3600 + 1)
    assert line.multicast(users, "毎日", key).status_code == 200
    assert line.copies("毎日") == {users[0]: 2}
    assert "retry_too_late" in line.violations()


def test_keys_must_be_uuids_and_stand_only_where_they_may(line: Line):
    users = line.friends(1)
    assert line.multicast(users, "a", "not-a-uuid").status_code == 400
    token = {"replyToken": "x", "messages": [text_message("a")]}
    answer = line.call("POST", "/v2/bot/message/reply", token, str(uuid.uuid4()))
    assert "X-Line-Retry-Key" in answer.json()["message"]
    assert line.copies("a") == {}


def test_twenty_at_once_under_one_key_leave_one_copy(line: Line):
    users, key = line.friends(2), str(uuid.uuid4())
    found: list[int] = []

    def send() -> None:
        body = {"to": users, "messages": [text_message("同時に")]}
        headers = {"authorization": "Bearer token-fuji", "x-line-retry-key": key}
        url = f"{line.simulator.url}/v2/bot/message/multicast"
        found.append(requests.post(url, json=body, headers=headers, timeout=10).status_code)

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200] + [409] * 19
    assert line.copies("同時に") == dict.fromkeys(users, 1)


@pytest.mark.mutant
def test_over_the_quota_nobody_gets_anything(line: Line):
    line.control("fuji", {"quota": 5}, "PUT")
    users = line.friends(4)
    assert line.call("GET", "/v2/bot/message/quota").json() == {"type": "limited", "value": 5}
    assert line.multicast(users, "四人").status_code == 200
    refused = line.multicast(users, "もう四人")
    assert (refused.status_code, refused.json()["message"]) == (429, "You have reached your monthly limit.")
    assert line.copies("もう四人") == {}
    assert line.multicast(users[:1], "一人").status_code == 200
    assert line.call("GET", "/v2/bot/message/quota/consumption").json() == {"totalUsage": 5}


def test_the_quota_starts_again_with_the_month_of_japan(line: Line):
    line.control("fuji", {"quota": 1}, "PUT")
    users = line.friends(1)
    assert line.multicast(users, "今月").status_code == 200
    assert line.multicast(users, "まだ今月").status_code == 429
    line.advance(32 * 24 * 3600)
    assert line.multicast(users, "来月").status_code == 200


def test_replies_are_free(line: Line, bot):
    line.control("fuji", {"quota": 0}, "PUT")
    user = line.friend()
    assert line.reply(bot.token()).status_code == 200
    assert line.call("GET", "/v2/bot/message/quota/consumption").json() == {"totalUsage": 0}
    assert [row["via"] for row in line.inbox(user)] == ["reply"]


def test_the_rate_is_a_bucket_that_refills_with_the_simulators_time(line: Line):
    line.control("limits", {"scale": 0.02}, "PUT")  # 200 multicasts a second become 4
    users = line.friends(1)
    found = [line.multicast(users, f"速い {i}").status_code for i in range(8)]
    assert found[:4] == [200] * 4
    limited = line.multicast(users, "速い x")
    if limited.status_code == 200:  # a slow machine refilled the bucket meanwhile
        limited = next(
            answer for answer in (line.multicast(users, f"もっと {i}") for i in range(50)) if answer.status_code == 429
        )
    assert limited.json()["message"] == "The API rate limit has been exceeded. Try again later."
    assert not {"retry-after", "x-ratelimit-limit"} & {name.lower() for name in limited.headers}
    line.advance(2)
    assert line.multicast(users, "待った").status_code == 200
    assert line.get("counters")["POST /v2/bot/message/multicast"]["limited"] >= 1


def test_a_rate_limited_request_may_be_repeated_under_its_key(line: Line):
    line.control("limits", {"scale": 0.005}, "PUT")
    users, key = line.friends(1), str(uuid.uuid4())
    statuses = []
    while 429 not in statuses:
        key = str(uuid.uuid4())
        statuses.append(line.multicast(users, f"次 {len(statuses)}", key).status_code)
    line.advance(5)
    assert line.multicast(users, f"次 {len(statuses) - 1}", key).status_code == 200
    assert line.violations() == []
