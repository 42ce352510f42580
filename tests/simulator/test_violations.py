from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import pytest
import requests

from tests.simulator.conftest import Bot, Line, text_message


def noted(line: Line) -> list[str]:
    rows = line.get("violations")
    assert all(row["at"] and row["channel"] == "fuji" and row["explanation"] for row in rows)
    return [row["kind"] for row in rows]


def no_key(line: Line, _bot: Bot) -> None:
    line.multicast(line.friends(2), "a", key=None)


def refused(line: Line, _bot: Bot) -> None:
    line.multicast(line.friends(2), "あ" * 5001)


def unknown_field(line: Line, _bot: Bot) -> None:
    body = {"to": line.friends(2), "messages": [{**text_message("a"), "quickreply": {}}]}
    line.call("POST", "/v2/bot/message/multicast", body, str(uuid.uuid4()))


def sent_twice(line: Line, _bot: Bot) -> None:
    users = line.friends(4)
    line.multicast(users[:2], "同じ")
    line.multicast(users[1:], "同じ")


def too_many(line: Line, _bot: Bot) -> None:
    users = line.friends(2)
    for number in range(21):
        line.multicast(users, f"{number}")


def key_reused(line: Line, _bot: Bot) -> None:
    users, key = line.friends(2), str(uuid.uuid4())
    line.control("faults", {"match": {"nth": 1}, "action": {"type": "status", "status": 500}})
    line.multicast(users, "一", key)
    line.advance(1)
    line.multicast(users, "二", key)


def retry_after_answer(line: Line, _bot: Bot) -> None:
    users, key = line.friends(2), str(uuid.uuid4())
    for _ in range(2):
        line.multicast(users, "一", key)
        line.advance(1)


def retry_after_refusal(line: Line, _bot: Bot) -> None:
    users, key = line.friends(2), str(uuid.uuid4())
    line.control("faults", {"match": {"nth": 1}, "action": {"type": "status", "status": 403}})
    for _ in range(2):
        line.multicast(users, "一", key)
        line.advance(1)


def retry_too_fast(line: Line, _bot: Bot) -> None:
    users, key = line.friends(2), str(uuid.uuid4())
    line.control("faults", {"match": {}, "action": {"type": "status", "status": 500}, "times": 5})
    for _ in range(6):
        line.multicast(users, "一", key)


def blocker(line: Line, _bot: Bot) -> None:
    users = line.friends(2)
    line.control(f"fuji/users/{users[0]}/block", {})
    line.advance(5)
    line.multicast(users, "一")


def push_instead_of_reply(line: Line, _bot: Bot) -> None:
    line.push(line.friend(), "返信でよかった")


def unknown_id(line: Line, _bot: Bot) -> None:
    line.multicast([*line.friends(1), "U" + "e" * 32], "一")


def quota_polled(line: Line, _bot: Bot) -> None:
    for _ in range(61):
        line.call("GET", "/v2/bot/message/quota")


CARELESS: dict[str, tuple[Callable[[Line, Bot], None], str]] = {
    "a send without a key": (no_key, "no_retry_key"),
    "a refused request": (refused, "refused_request"),
    "an unknown field": (unknown_field, "unknown_field"),
    "the same under two keys": (sent_twice, "sent_twice"),
    "too many to one user": (too_many, "too_many"),
    "a key with another body": (key_reused, "key_reused"),
    "a retry after 200": (retry_after_answer, "retry_after_answer"),
    "a retry after 403": (retry_after_refusal, "retry_after_answer"),
    "a retry without a pause": (retry_too_fast, "retry_too_fast"),
    "a send to a known blocker": (blocker, "sent_to_blocker"),
    "a push for a reply": (push_instead_of_reply, "push_instead_of_reply"),
    "an unknown id": (unknown_id, "unknown_id"),
    "polling the quota": (quota_polled, "quota_polled"),
}


@pytest.mark.parametrize(("act", "kind"), CARELESS.values(), ids=CARELESS.keys())
def test_carelessness_is_noted(line: Line, bot: Bot, act: Callable[[Line, Bot], None], kind: str):
    act(line, bot)
    assert set(noted(line)) == {kind}


def test_batches_of_one_and_multicasts_for_replies_are_fine(line: Line):
    user = line.friend()
    line.multicast([user], "一人への回覧")
    assert noted(line) == []


def test_a_retry_to_somebody_who_blocked_meanwhile_is_fine(line: Line):
    users, key = line.friends(2), str(uuid.uuid4())
    line.control("faults", {"match": {"nth": 1}, "action": {"type": "status", "status": 500}})
    line.multicast(users, "一", key)
    line.control(f"fuji/users/{users[0]}/block", {})
    line.advance(5)
    assert line.multicast(users, "一", key).status_code == 200
    assert line.copies("一") == {users[1]: 1}
    assert noted(line) == []


def test_a_block_the_bot_never_heard_of_is_fine(line: Line, bot: Bot):
    users = line.friends(2)
    bot.status = 500
    line.control(f"fuji/users/{users[0]}/block", {})
    line.advance(5)
    line.multicast(users, "一")
    assert noted(line) == []


def test_one_identical_retry_by_a_new_process_is_fine_and_a_second_by_the_same_is_not(line: Line):
    users, key = line.friends(2), str(uuid.uuid4())
    line.multicast(users, "一", key)
    line.session.close()
    line.session = requests.Session()
    deadline = time.monotonic() + 5
    attempt = line.simulator.world.watch._keys["fuji", key]
    while attempt.connection.open and time.monotonic() < deadline:
        time.sleep(0.01)
    line.advance(1)
    assert line.multicast(users, "一", key).status_code == 409
    assert noted(line) == []
    line.advance(1)
    line.multicast(users, "一", key)
    assert noted(line) == ["retry_after_answer"]


def test_the_same_words_may_come_again_after_ten_minutes(line: Line):
    users = line.friends(2)
    line.multicast(users, "毎週の回覧")
    line.advance(601)
    line.multicast(users, "毎週の回覧")
    assert noted(line) == []


def test_a_push_after_a_reply_whose_outcome_is_unknown_is_fine(line: Line, bot: Bot):
    user = line.friend()
    line.control(
        "faults", {"match": {"path": "/v2/bot/message/reply"}, "action": {"type": "drop"}, "when": "before", "times": 1}
    )
    with pytest.raises(requests.ConnectionError):
        line.reply(bot.token())
    assert line.push(user, "やはり送る").status_code == 200
    assert noted(line) == []


def test_no_listener_is_not_the_bots_fault(line: Line):
    line.control("fuji", {"webhook": "http://127.0.0.1:9/line/fuji"}, "PUT")
    user = line.control("fuji/users", {})["userId"]
    assert line.control(f"fuji/users/{user}/follow", {})["reason"] == "could_not_connect"
    assert noted(line) == []
