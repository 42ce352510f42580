from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.simulator.webhooks import Outcome
from tests.simulator.conftest import Bot, Line, text_message
from tests.simulator.test_screen import button, flex, message, postback, quick

Answer = Callable[[dict[str, Any], "Talker"], dict[str, Any] | None]


class Talker:
    """A bot that answers every event a moment after its webhook, as ours does."""

    def __init__(self, line: Line, answer: Answer) -> None:
        self.line, self.answer = line, answer
        self.state: dict[str, Any] = {}
        self.asked: Counter[str] = Counter()
        sender = line.simulator.world.sender
        self._post = sender.post
        sender.post = self._heard  # type: ignore[method-assign]
        self.threads: list[threading.Thread] = []

    def _heard(self, channel: Any, body: bytes, signature: str = "good", url: str | None = None) -> Outcome:
        outcome = self._post(channel, body, signature, url)
        import json

        for event in json.loads(body)["events"]:
            if "replyToken" in event:
                thread = threading.Thread(target=self._reply, args=(event,))
                self.threads.append(thread)
                thread.start()
        return outcome

    def _reply(self, event: dict[str, Any]) -> None:
        said = self.answer(event, self)
        if said is not None:
            body = {"replyToken": event["replyToken"], "messages": [said]}
            assert self.line.call("POST", "/v2/bot/message/reply", body).status_code == 200


def by_buttons(event: dict[str, Any], talker: Talker) -> dict[str, Any]:
    """Consent, rows of kana, the typed name, a look-alike asked back, はい: five steps."""
    user = event["source"]["userId"]
    talker.asked[user] += 1
    data = event.get("postback", {}).get("data")
    if event["type"] == "follow":
        return {**text_message("ようこそ"), "quickReply": quick(postback("はじめる", "start"))}
    if data == "start":
        return {**text_message("どの地区ですか"), "quickReply": quick(*[message(f"{row}行") for row in "あかさた"])}
    if event["type"] == "message":
        talker.state[user] = event["message"]["text"]
        return flex(
            button(postback("1 富士駅南", "d:1")),
            button(postback("2 富士南", "d:2")),
            button(postback("どちらでもない", "no")),
        )
    if data and data.startswith("d:"):
        talker.state[user] = data
        return {
            **text_message("富士南地区でよいですか"),
            "quickReply": quick(postback("はい", "yes"), postback("いいえ", "no")),
        }
    return {**text_message("登録しました"), "quickReply": quick(message("聞く"), message("行事"), message("お知らせ"))}


@pytest.fixture
def talk(line: Line, bot: Bot) -> Iterator[Callable[[Answer], Talker]]:
    made: list[Talker] = []

    def make(answer: Answer) -> Talker:
        made.append(Talker(line, answer))
        return made[-1]

    yield make
    for talker in made:
        for thread in talker.threads:
            thread.join(10)


def test_a_crowd_registers_by_itself_look_alikes_included(line: Line, talk: Callable[[Answer], Talker]):
    talker = talk(by_buttons)
    made = line.control("fuji/users", {"count": 20, "district": "富士南"})
    assert len(made["userIds"]) == 20
    assert "unfinished" not in made
    assert set(talker.asked) == set(made["userIds"])
    assert set(talker.asked.values()) == {5}
    assert all(talker.state[user] == "d:2" for user in made["userIds"])
    assert line.violations() == []


def test_a_district_on_a_button_is_pressed_not_typed(line: Line, talk: Callable[[Answer], Talker]):
    def answer(event: dict[str, Any], talker: Talker) -> dict[str, Any]:
        if event["type"] == "follow":
            return {
                **text_message("どこ"),
                "quickReply": quick(message("今泉北"), message("今泉地区"), message("わからない")),
            }
        talker.state[event["source"]["userId"]] = event["message"]["text"]
        return text_message("ありがとう")

    talker = talk(answer)
    users = line.control("fuji/users", {"count": 2, "district": "今泉"})["userIds"]
    assert [talker.state[user] for user in users] == ["今泉地区と言う"] * 2


def test_a_name_that_is_taken_for_a_question_is_looked_for_row_by_row(line: Line, talk: Callable[[Answer], Talker]):
    rows = quick(*[postback(f"{row}行", f"row:{row}") for row in "あかた"], postback("わからない", "no"))

    def answer(event: dict[str, Any], talker: Talker) -> dict[str, Any]:
        data = event.get("postback", {}).get("data", "")
        if event["type"] == "follow" or data == "choose":
            return {**text_message("どの地区ですか"), "quickReply": rows}
        if event["type"] == "message":
            return {
                **text_message("富岡製糸場は"),
                "quickReply": quick(postback("役に立った", "ok"), postback("地区を選ぶ", "choose")),
            }
        if data.startswith("row:"):
            names = {"た": ["富岡", "高瀬"]}.get(data[-1], ["黒岩"])
            return flex(*[button(postback(name, f"d:{name}")) for name in names], button(postback("もどる", "choose")))
        talker.state[event["source"]["userId"]] = data
        return text_message("登録しました")

    talker = talk(answer)
    (user,) = line.control("fuji/users", {"count": 1, "district": "富岡"})["userIds"]
    assert talker.state[user] == "d:富岡"


def test_a_district_that_does_not_exist_is_left_unfinished(line: Line, talk: Callable[[Answer], Talker]):
    def answer(event: dict[str, Any], _talker: Talker) -> dict[str, Any]:
        return {
            **text_message("見つかりません"),
            "quickReply": quick(*[postback(f"{row}行", f"row:{row}") for row in "あか"]),
        }

    talk(answer)
    assert line.control("fuji/users", {"count": 1, "district": "どこにもない"})["unfinished"] == 1


def test_a_silent_bot_is_said_to_be_silent(line: Line, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.simulator.residents.ANSWER_SECONDS", 0.2)
    made = line.control("fuji/users", {"count": 2, "district": "今泉"})
    assert (len(made["userIds"]), made["unfinished"]) == (2, 2)


def test_neighbours_answer_the_newest_poll_once_and_not_all_alike(line: Line, talk: Callable[[Answer], Talker]):
    ballots: Counter[str] = Counter()

    def answer(event: dict[str, Any], _talker: Talker) -> dict[str, Any] | None:
        if event["type"] == "postback":
            ballots[event["postback"]["data"]] += 1
            return None
        return text_message("登録しました" if event["type"] == "message" else "地区は")

    talk(answer)
    first = line.control("fuji/neighbours", {"district": "今泉", "count": 12})
    assert (len(first["userIds"]), first["new"]) == (12, 12)
    assert line.control("fuji/neighbours", {"district": "今泉", "count": 12}) == {**first, "new": 0}
    names = [row["name"] for row in line.get("fuji/users")]
    assert names[0] == "近所さん1"
    assert line.control("fuji/neighbours/answer", {}) == {"answered": 0}  # no poll yet

    poll = flex(
        button(postback("参加する", "vote:1")), button(postback("しない", "vote:2")),
        button(postback("設定", "settings", displayText="設定")), button({"type": "uri", "label": "くわしく", "uri": "https://a.example/"}),
    )  # fmt: skip
    line.advance(120)
    body = {"to": first["userIds"], "messages": [text_message("1つだけ教えてください"), poll]}
    assert line.call("POST", "/v2/bot/message/multicast", body, str(uuid.uuid4())).status_code == 200
    assert line.control("fuji/neighbours/answer", {}) == {"answered": 12}
    assert line.control("fuji/neighbours/answer", {}) == {"answered": 0}
    assert set(ballots) == {"vote:1", "vote:2"}
    assert sum(ballots.values()) == 12


def test_three_thousand_friends_in_one_call(line: Line):
    users = line.friends(3000)
    assert len(set(users)) == 3000
    for start in range(0, 3000, 500):
        assert line.multicast(users[start : start + 500], "三千人へ").status_code == 200
    assert line.copies("三千人へ") == dict.fromkeys(users, 1)
    assert line.violations() == []
