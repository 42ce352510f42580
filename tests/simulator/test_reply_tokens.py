from __future__ import annotations

import pytest
import requests

from tests.simulator.conftest import Bot, Line

REPLY = "/v2/bot/message/reply"


def test_a_token_works_once(line: Line, bot: Bot):
    user = line.friend()
    assert line.reply(bot.token(), "一度目").status_code == 200
    again = line.reply(bot.token(), "二度目")
    assert (again.status_code, again.json()["message"]) == (400, "Invalid reply token")
    assert [row["messages"][0]["text"] for row in line.inbox(user)] == ["一度目"]
    assert line.violations() == ["reply_token_reused"]


def test_a_token_dies_after_a_minute(line: Line, bot: Bot):
    line.friend()
    line.advance(61)
    assert line.reply(bot.token()).status_code == 400
    assert line.violations() == ["reply_token_late"]


def test_a_redelivered_token_lives_another_minute_but_not_past_twenty(line: Line, bot: Bot):
    user = line.friend()
    bot.status = 500
    line.control(f"fuji/users/{user}/say", {"text": "もしもし"})
    first = bot.token()
    line.advance(65)  # the first redelivery is long due
    line.simulator.world.sender.redeliver_due()
    event = bot.events()[-1]
    assert (event["deliveryContext"]["isRedelivery"], event["replyToken"]) == (True, first)
    assert line.reply(first).status_code == 200


def test_a_token_is_not_renewed_twenty_minutes_after_its_event(line: Line, bot: Bot):
    user = line.friend()
    bot.status = 500
    line.control(f"fuji/users/{user}/say", {"text": "もしもし"})
    token = bot.token()
    line.advance(21 * 60)
    line.simulator.world.sender.redeliver_due()
    assert bot.events()[-1]["deliveryContext"]["isRedelivery"]
    assert line.reply(token).status_code == 400


@pytest.mark.parametrize("action", [{"type": "drop"}, {"type": "half_body"}, {"type": "status", "status": 500}])
def test_a_second_try_is_allowed_where_the_outcome_was_hidden_and_committed(line: Line, bot: Bot, action: dict):
    user = line.friend()
    line.control("faults", {"match": {"path": REPLY, "nth": 1}, "action": action, "when": "after"})
    try:
        assert line.reply(bot.token(), "届いた").status_code == 500
    except requests.RequestException:
        assert action["type"] != "status"
    assert line.reply(bot.token(), "届いた").status_code == 400
    assert len(line.inbox(user)) == 1
    assert line.violations() == []


@pytest.mark.parametrize("action", [{"type": "drop"}, {"type": "status", "status": 500}])
def test_a_second_try_is_allowed_where_nothing_was_committed(line: Line, bot: Bot, action: dict):
    user = line.friend()
    line.control("faults", {"match": {"path": REPLY, "nth": 1}, "action": action, "when": "before"})
    try:
        assert line.reply(bot.token(), "届く").status_code == 500
    except requests.RequestException:
        assert action["type"] == "drop"
    assert line.inbox(user) == []
    assert line.reply(bot.token(), "届く").status_code == 200
    assert len(line.inbox(user)) == 1
    assert line.violations() == []


def test_a_second_try_from_a_new_process_is_allowed(line: Line, bot: Bot):
    """The first answer went to a connection that has closed since: nobody may have read it."""
    user = line.friend()
    assert line.reply(bot.token(), "一度").status_code == 200
    line.session.close()
    line.session = requests.Session()
    line.simulator.control("GET", "/_sim/clock")  # gives the server a moment to see the end of the connection
    for _ in range(200):
        if not any(a.connection.open for a in line.simulator.world.watch._tokens.values()):
            break
        line.simulator.control("GET", "/_sim/clock")
    assert line.reply(bot.token(), "一度").status_code == 400
    assert len(line.inbox(user)) == 1
    assert line.violations() == []


def test_an_invented_token_is_refused(line: Line):
    assert line.reply("f" * 32).status_code == 400
    assert line.violations() == ["reply_token_unknown"]


def test_a_blocker_gets_no_reply_but_lines_answer_is_200(line: Line, bot: Bot):
    user = line.friend()
    token = bot.token()
    line.control(f"fuji/users/{user}/block", {})
    assert line.reply(token).status_code == 200
    assert line.inbox(user) == []
