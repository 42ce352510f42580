"""Signing up for an activity on the phone: joined, full, waiting, a place comes free, called off."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import icalendar
import requests
from sqlalchemy import select

from bot.core.permissions import Actor, Grant
from bot.models import Entry
from bot.now import JST, jst
from bot.services import activities, activity_changes, sign_ups
from bot.services.sign_ups import Key
from content.packs_model import Change
from tests.support.house import RunningHouse, labels, words

ENTRY = "kodomo-shokudo-iwamatsu"  # every third Saturday, 40 places, 31 of them booked at the desk
STAFF = Actor(None, "市の担当", (Grant("city", "fuji"),))


def set_hour(house: RunningHouse, hour: int) -> None:
    """On to this hour of Japan, so that the test does not depend on when it runs."""
    now = jst(house.context.clock())
    then = datetime.combine(now.date() + timedelta(days=now.hour >= hour), time(hour), JST)
    house.control("clock", {"advance_s": int((then - now).total_seconds()) + 1})


def next_date(house: RunningHouse) -> Key:
    with house.context.database.read() as session:
        dates = activities.find(session, "fuji", ENTRY, house.context.clock())
        assert dates
        return Key("fuji", ENTRY, dates[1][0].day)


def new_words(house: RunningHouse, user: str, before: int) -> str:
    """What came by itself since then."""
    house.wait(lambda: len(house.inbox(user)) > before)
    return "\n".join(words(one["messages"]) for one in house.inbox(user)[before:])


def test_full_waiting_free_and_called_off(house: RunningHouse) -> None:
    set_hour(house, 10)
    first, second, third, outside = house.residents(4, "岩松")
    assert "くわしく" in labels(house.say(first, "子ども食堂に行きたい"))
    card = house.tap(first, "くわしく")
    assert "空きは9人分です" in words(card)
    assert "何人で参加しますか" in words(house.tap(first, "参加する"))
    assert "5人で参加です" in words(house.say(first, "5"))
    house.say(second, "子ども食堂に行きたい")
    house.tap(second, "くわしく")
    assert "何人で" in words(house.say(second, "1"))  # by number as well as by tap
    assert "4人で参加です" in words(house.tap(second, "4人"))
    house.say(third, "子ども食堂に行きたい")
    assert "満員です" in words(house.tap(third, "くわしく"))
    house.tap(third, "参加する")
    assert "前に0組が待っています" in words(house.say(third, "2"))
    # A stale button of a card that was left behind still says what is true, and counts nothing twice.
    assert "5人で参加です" in words(house.tap(first, "5人"))

    seen = len(house.inbox(third))
    house.tap(second, "参加を取り消す")
    assert "取り消しました" in words(house.tap(second, "取り消す"))
    assert "空きが出ました" in new_words(house, third, seen)
    assert "わたし" in words(house.say(third, "わたしの登録"))
    assert "子ども食堂" in words(house.tap(third, "参加を申し込んだ行事"))
    house.tap(third, "もどる")

    house.say(outside, "子ども食堂に行きたい")
    house.tap(outside, "くわしく")
    assert "前の日の夕方6時" in words(house.tap(outside, "前の日に知らせてもらう"))

    key = next_date(house)
    address = f"{house.url}/m/fuji/activities/{ENTRY}.ics?day={key.day}"
    before = icalendar.Calendar.from_ical(requests.get(address, timeout=10).content).events[0]
    told = [first, third, outside]
    counts = {user: len(house.inbox(user)) for user in (*told, second)}
    with house.context.database.write(durable=True) as session:
        version = session.scalars(
            select(Entry.version).where(Entry.key == ENTRY, Entry.municipality_id == "fuji")
        ).one()
        change = Change(key.day, "中止", "大雪のため中止です。")
        assert activity_changes.change(session, key, STAFF, change, version, house.context.clock()) == 3
    for user in told:
        text = new_words(house, user, counts[user])
        assert "【中止】" in text
        assert "大雪のため中止です。" in text
    answer = requests.get(address, timeout=10)
    after = icalendar.Calendar.from_ical(answer.content).events[0]
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert (str(after["STATUS"]), after["UID"]) == ("CANCELLED", before["UID"])
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert "【中止】" in words(house.say(first, "子ども食堂はいつ"))

    evening = datetime.combine(key.day - timedelta(days=1), time(18, 5), JST)
    house.control("clock", {"advance_s": int((evening - jst(house.context.clock())).total_seconds())})
    with house.context.database.read() as session:
        assert sign_ups.counts(session, key).households == 2
    house.wait(lambda: _reminders(house) == 0)
    assert [len(house.inbox(user)) - counts[user] for user in (third, outside, second)] == [1, 1, 0]
    assert house.violations() == []


def _reminders(house: RunningHouse) -> int:
    from bot.models import Reminder

    with house.context.database.read() as session:
        return len(session.scalars(select(Reminder)).all())
