"""Registration as residents live it: real webhooks, real answers, through the simulator."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from bot.models import InboxEvent, Resident
from bot.now import real_now
from scheduler import retention
from tests.support.house import RunningHouse, labels, words


def greeting(house: RunningHouse, user: str, city: str = "fuji") -> list[dict[str, Any]]:
    return [message for delivery in house.inbox(user, city) for message in delivery["messages"]]


def test_from_befriending_to_the_first_answer(house: RunningHouse) -> None:
    user = house.user()
    said = words(greeting(house, user))
    assert said.index("News and events") < said.index("LINEにも残ります") < said.index("お住まいの地区は")
    assert "今泉" in labels(house.tap(user, "あ行"))
    assert "今泉(いまいずみ)地区で登録しました" in words(house.tap(user, "今泉"))
    said = words(house.say(user, "防災訓練いつ？"))
    assert "今泉地区 防災訓練" in said
    assert "出典" in said
    assert "よかったです" in words(house.tap(user, "役に立った"))
    assert all(delivery["via"] == "reply" for delivery in house.inbox(user))
    assert house.violations() == []


def test_the_same_in_the_other_city(house: RunningHouse) -> None:
    user = house.user("tomioka")
    assert "富岡市(見本)" in words(greeting(house, user, "tomioka"))
    assert "高瀬(たかせ)地区で登録しました" in words(house.say(user, "高瀬です", "tomioka"))
    assert "高瀬地区 防災訓練" in words(house.say(user, "防災訓練いつ？", "tomioka"))
    assert house.violations() == []


@pytest.mark.parametrize(
    ("city", "district"), [("fuji", "富士南"), ("fuji", "岩松"), ("fuji", "神戸"), ("tomioka", "七日市黒川")]
)
def test_a_crowd_registers_by_itself(house: RunningHouse, city: str, district: str) -> None:
    users = house.residents(5, district, city)
    with house.context.database.read() as session:
        homes = session.scalars(select(Resident.home_district_id)).all()
    assert len(users) == len(homes) == 5
    assert None not in homes
    assert len(set(homes)) == 1
    assert house.violations() == []


def test_location_numbers_and_back(house: RunningHouse) -> None:
    user = house.user()
    before = len(house.inbox(user))
    house.act(user, "location", {"latitude": 35.1666, "longitude": 138.6934})
    near = house.wait(lambda: house.inbox(user)[before:])[0]["messages"]
    assert labels(near)[0] == "今泉"
    assert "あ行" in labels(house.say(user, "もどる"))
    house.say(user, "１")
    assert "登録しました" in words(house.say(user, "②"))


def test_erasing_oneself_leaves_nothing_behind(house: RunningHouse) -> None:
    user = house.resident("今泉")
    house.say(user, "わたしの登録")
    house.tap(user, "登録を消す")
    assert "登録を消しました" in words(house.tap(user, "消す"))
    house.wait(lambda: house.house.sender.send_due() == 0)
    retention.apply(house.context, real_now())
    with house.context.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Resident)) == 0
        assert session.scalar(select(func.count()).where(InboxEvent.source.is_not(None))) == 0
    said = words(house.say(user, "こんにちは"))
    assert "LINEにも残ります" in said
    assert "登録しました" in words(house.say(user, "わからない"))
    assert house.violations() == []


def test_blocking_and_coming_back(house: RunningHouse) -> None:
    user = house.resident("今泉")
    house.act(user, "block")
    house.wait(lambda: _state(house) == "left")
    before = len(house.inbox(user))
    house.act(user, "unblock")
    back = house.wait(lambda: house.inbox(user)[before:])[0]["messages"]
    assert "おかえりなさい" in words(back)
    assert _state(house) == "active"


def _state(house: RunningHouse) -> str:
    with house.context.database.read() as session:
        return session.scalars(select(Resident.state)).one()
