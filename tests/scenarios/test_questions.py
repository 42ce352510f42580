"""Questions on the phone: asked back, chosen, unknown, emergencies, floods."""

from __future__ import annotations

import time

from sqlalchemy import select

from bot.models import UnansweredQuestion
from tests.support.house import RunningHouse, labels, words


def test_asked_back_by_buttons_then_the_original_question_is_answered(house: RunningHouse) -> None:
    user = house.user()
    house.say(user, "わからない")
    asked = house.say(user, "防災訓練はいつですか")
    assert "さ行" in labels(asked)
    house.tap(user, "さ行")
    assert "須津地区 防災訓練" in words(house.tap(user, "須津(すど)"))
    assert house.violations() == []


def test_wrong_goes_to_others_the_desk_and_the_staffs_list(house: RunningHouse) -> None:
    user = house.resident("今泉")
    house.say(user, "まちづくりセンターの部屋を借りたい 電話は090-1111-2222")
    said = words(house.tap(user, "ちがう"))
    assert "職員" in said or "窓口で聞く" in said
    with house.context.database.read() as session:
        row = session.scalars(select(UnansweredQuestion)).one()
    assert (row.reason, "1111" in row.text) == ("wrong", False)


def test_an_emergency_passes_a_flood_and_the_flood_gets_one_polite_word(house: RunningHouse) -> None:
    user = house.resident("今泉")
    before = len(house.inbox(user))
    for number in range(house.context.settings.messages_per_minute + 6):
        house.act(user, "say", {"text": f"これは{number}番目です"})
    house.wait(lambda: any("1分ほど待って" in words(one["messages"]) for one in house.inbox(user)[before:]))
    time.sleep(0.5)
    polite = [one for one in house.inbox(user)[before:] if "1分ほど待って" in words(one["messages"])]
    assert len(polite) == 1
    assert "119" in words(house.say(user, "火事です"))
    assert house.violations() == []


def test_texts_that_wait_are_answered_together(house: RunningHouse) -> None:
    user = house.user()
    house.say(user, "わからない")
    before = len(house.inbox(user))
    event = {"type": "message", "mode": "active", "source": {"type": "user", "userId": user}}
    event |= {"deliveryContext": {"isRedelivery": False}, "replyToken": "0" * 32}
    texts = ("須津の", "防災訓練は", "いつですか")
    events = [
        event
        | {
            "timestamp": 1_800_000_000_000 + at,
            "webhookEventId": f"01TOGETHER{at:016d}",
            "message": {"type": "text", "id": str(at), "text": text},
        }
        for at, text in enumerate(texts)
    ]
    house.control("fuji/raw", {"destination": "", "events": events} | _destination(house))
    found = house.wait(lambda: house.inbox(user)[before:])
    assert len(found) == 1
    assert "須津地区 防災訓練" in words(found[0]["messages"])


def _destination(house: RunningHouse) -> dict[str, str]:
    return {"destination": house.house.channels.get("fuji").bot_user_id}
