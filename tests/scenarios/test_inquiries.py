"""A question nobody can answer: link, our own form, receipt, referral, answer, push, read; LINE never has the text."""

from __future__ import annotations

import re
from datetime import timedelta

import requests

from tests.support.console import DEPARTMENT, Office
from tests.support.house import RunningHouse, words
from tests.support.inquiring import TEXT

ADDRESS = re.compile(r'"(https://entaku\.example/m/fuji/inquiry/[^"]+)"')


def opened(house: RunningHouse, messages: list) -> str:
    """The link that a message carries, as the phone opens it."""
    return ADDRESS.search(str(messages).replace("'", '"')).group(1).replace("https://entaku.example", house.url)


def test_from_an_unknown_question_to_a_read_answer(house: RunningHouse) -> None:
    office = Office(house.context)
    desk, department = office.visit(office.hire("city", name="山田")), office.visit(office.hire("department"))
    user = house.resident("今泉")
    house.say(user, "フラミンゴの飼い方の税金")
    form = opened(house, house.tap(user, "職員に聞く"))
    before = len(house.inbox(user))
    data = {"category": "road", "text": TEXT, "contact": "", "district": ""}
    with requests.Session() as browser:
        assert "まだ送っていません" in browser.post(form, data=data | {"step": "confirm"}, timeout=30).text
        assert "受付番号" in browser.post(form, data=data | {"step": "send"}, timeout=30).text
    (receipt,) = house.wait(lambda: house.inbox(user)[before:])
    assert receipt["via"] == "push"
    number = re.search(r"富-\d+-\d", words(receipt["messages"])).group()
    assert "受け付けました" in words(house.say(user, "受付番号の状況"))

    path = re.search(r'href="(/console/fuji/inquiries/\d+)"', desk.get("/console/fuji/inquiries").text).group(1)
    due = (house.context.clock() + timedelta(days=3)).date().isoformat()
    assert desk.post(f"{path}/refer", {"version": 1, "department": DEPARTMENT, "due": due}).status_code == 302
    assert "担当の課に確かめています" in words(house.say(user, number))
    assert department.post(f"{path}/draft", {"version": 2, "text": "12月に直します。"}).status_code == 302
    before = len(house.inbox(user))
    answer = {"version": 3, "text": "12月に直します。", "name": "市民協働課 山田", "way": "page"}
    assert desk.post(f"{path}/answer", answer).status_code == 302
    (pushed,) = house.wait(lambda: house.inbox(user)[before:])
    assert number in words(pushed["messages"])
    page = requests.get(opened(house, pushed["messages"]), timeout=30)
    assert "市民協働課 山田の回答" in page.text
    assert "12月に直します。" in page.text
    assert "終わりました" in words(house.tap(user, "解決した"))

    traffic = str(house.control("fuji/traffic", method="GET"))
    assert number in traffic
    assert TEXT not in traffic
    assert "12月に直します。" not in traffic
    assert house.violations() == []
