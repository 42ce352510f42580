"""What people (and machines) send that no conversation expects: always a kind word, never silence, never a failure."""

import pytest
from sqlalchemy import select

from bot.models import InboxEvent
from tests.support.house import RunningHouse, words

STRANGE = {
    "5000 characters": "あ" * 5000,
    "emoji only": "🍎🏠👨‍👩‍👧",
    "right to left": "متى يكون التدريب على الكوارث؟",
    "control characters": "防災\u0000訓練\u0007",
    "line breaks only": "\n\n\n",
    "a lone surrogate's neighbour": "𠮷野家",
    "markup": "<script>alert(1)</script>' OR 1=1 --",
    "a format": "{0} {name} %s %(x)s",
    "spaces": "　 　",
    "one sign": "？",
    "many numbers": "1" * 400,
}


def parked(house: RunningHouse):
    with house.context.database.read() as session:
        return session.scalars(select(InboxEvent.error).where(InboxEvent.attempts > 0)).all()


@pytest.fixture
def resident(house):
    return house.resident("今泉")


def test_every_strange_text_gets_an_answer(house, resident):
    for name, text in STRANGE.items():
        said = words(house.say(resident, text))
        assert said.strip(), name
        assert "分かりません。" not in said.splitlines(), name
        house.control("clock", {"advance_s": 61})
    assert parked(house) == []
    assert house.violations() == []


@pytest.mark.parametrize("what", ["sticker", "image", "location"])
def test_what_is_not_text_gets_a_kind_word(house, resident, what):
    body = {
        "sticker": {"packageId": "1", "stickerId": "1"},
        "image": {},
        "location": {"latitude": 35.16, "longitude": 138.69, "title": "ここ", "address": "静岡県富士市"},
    }[what]
    before = len(house.inbox(resident))
    house.act(resident, what, body)
    assert words(house.wait(lambda: house.inbox(resident)[before:])[0]["messages"])
    assert house.violations() == []


def raw_event(user, **changes):
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": 1795305600000,
        "source": {"type": "user", "userId": user},
        "webhookEventId": changes.pop("key", "01STRANGE00000000000000001"),
        "deliveryContext": {"isRedelivery": False},
        "replyToken": "0" * 32,
    }
    return event | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"message": {"type": "audio", "id": "1", "duration": 1000, "contentProvider": {"type": "line"}}},
        {
            "message": {
                "type": "video",
                "id": "1",
                "duration": 1000,
                "contentProvider": {"type": "line"},
                "quoteToken": "q",
            }
        },
        {"message": {"type": "file", "id": "1", "fileName": "町内会.xlsx", "fileSize": 10}},
        {"message": {"type": "hologram", "id": "1"}},
        {"type": "beacon", "beacon": {"hwid": "d41d8cd98f", "type": "enter"}},
        {"type": "unheard-of"},
        {"mode": "standby"},
        {
            "source": {"type": "group", "groupId": "C" + "1" * 32},
            "message": {"type": "text", "id": "1", "text": "こんにちは", "quoteToken": "q"},
        },
        {"type": "unsend", "unsend": {"messageId": "1"}},
    ],
)
def test_strange_events_harm_nothing_and_later_ones_are_answered(house, resident, changes):
    house.control("fuji/raw", {"destination": bot(house), "events": [raw_event(resident, **changes)]})
    assert words(house.say(resident, "ありがとう"))
    assert parked(house) == []


def bot(house):
    from bot.services.channels import read_channel

    with house.context.database.read() as session:
        return read_channel(session, house.context.sealer, "fuji").bot_user_id


def test_a_flood_is_answered_politely_once_and_emergencies_always(house, resident):
    limit = house.context.settings.messages_per_minute
    before = len(house.inbox(resident))
    for number in range(limit + 15):
        house.control(f"fuji/users/{resident}/say", {"text": f"質問{number}"})
    house.control(f"fuji/users/{resident}/say", {"text": "火事です"})
    house.wait(lambda: "119" in words(house.inbox(resident)[before:]))
    said = [words(delivery["messages"]) for delivery in house.inbox(resident)[before:]]
    assert len(said) <= limit + 2  # at most the limit, one request to wait, and the emergency
    assert parked(house) == []
    assert house.violations() == []


def test_duplicates_and_reordering_have_one_effect(house, resident):
    house.control("fuji/webhook", {"duplicate": 2, "shuffle": True})
    before = len(house.inbox(resident))
    house.control(f"fuji/users/{resident}/say", {"text": "ありがとう"})
    house.wait(lambda: house.inbox(resident)[before:])
    house.control("fuji/webhook", {"duplicate": 0, "shuffle": False})
    house.say(resident, "了解")
    assert len(house.inbox(resident)) - before == 2
    assert house.violations() == []


def test_a_blocked_and_returned_resident(house, resident):
    house.act(resident, "block")
    house.act(resident, "unblock")
    assert words(house.say(resident, "メニュー"))
    assert parked(house) == []
