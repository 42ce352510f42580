"""Officers on the phone: linking, approving, and a rainy Sunday morning, with the whole product on real HTTP."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import icalendar
import requests
from sqlalchemy import select

from bot.core.permissions import Actor
from bot.models import Announcement, ApprovalRule, AuditRow, District, Reminder, Resident, Staff
from bot.now import JST, jst, real_now
from bot.services import activities, announcements, officer_links, rain_plans, staff
from bot.services.announcements import Draft
from bot.services.sign_ups import Key
from tests.support.house import RunningHouse, labels, words

ENTRY = "kodomo-shokudo-iwamatsu"
PLACE = "岩松"


def hire(house: RunningHouse, role: str, name: str) -> Actor:
    context = house.context
    with context.database.write() as session:
        place = session.scalars(
            select(District.id).where(District.municipality_id == "fuji", District.name == PLACE)
        ).one()
        where = (place,) if role != "city" else ()
        new = staff.NewStaff(
            f"{role}{real_now().timestamp()}@fuji.example", name, "correct horse battery", "fuji", role, where
        )
        return staff.actor(session, staff.create(session, new, real_now()))


def linked(house: RunningHouse, actor: Actor, user: str) -> None:
    """By the code that the console shows, typed on the phone."""
    with house.context.database.write() as session:
        code = officer_links.new_code(session, session.get_one(Staff, actor.id), "fuji", real_now())
    assert "つなぎました" in words(house.say(user, f"連携 {code[:4]} {code[4:]}"))


def set_time(house: RunningHouse, then: datetime) -> None:
    house.control("clock", {"advance_s": int((then - house.context.clock()).total_seconds()) + 1})


def the_date(house: RunningHouse) -> Key:
    with house.context.database.read() as session:
        found = activities.find(session, "fuji", ENTRY, house.context.clock())
        assert found
        return Key("fuji", ENTRY, found[1][0].day)


def rain_plan(house: RunningHouse, author: Actor, approver: Actor, named: tuple[Actor, ...], key: Key) -> int:
    with house.context.database.write() as session:
        now = house.context.clock()
        place = session.scalars(
            select(District.id).where(District.municipality_id == "fuji", District.name == PLACE)
        ).one()
        draft = rain_plans.Draft(
            "岩松まちづくり協議会", "home", (place,), datetime.combine(key.day, time(5, 40), JST),
            "予定どおり行います。", "雨のため中止です。", "雨のため順延です。", key.day + timedelta(days=7),
            tuple(one.id for one in named),
        )  # fmt: skip
        row = rain_plans.save(session, key, author, draft, 0, now)
        rain_plans.submit(session, row, author, now)
        rain_plans.approve(session, row, approver, row.version, now)
        return row.id


def test_a_rainy_sunday_two_taps(house: RunningHouse) -> None:
    key = the_date(house)
    set_time(house, datetime.combine(key.day - timedelta(days=2), time(10), JST))
    at_home, joined, reminded, elsewhere = *house.residents(1, PLACE), *house.residents(3, "今泉")
    first, second = house.residents(2, "今泉")
    house.say(joined, "岩松の子ども食堂に行きたい")
    house.tap(joined, "くわしく")
    house.tap(joined, "参加する")
    house.say(joined, "2")
    house.say(reminded, "岩松の子ども食堂に行きたい")
    house.tap(reminded, "くわしく")
    house.tap(reminded, "前の日に知らせてもらう")
    officer, other = hire(house, "officer", "望月"), hire(house, "chair", "館長")
    linked(house, officer, first)
    linked(house, other, second)
    rain_plan(house, officer, other, (officer, other), key)

    set_time(house, datetime.combine(key.day - timedelta(days=1), time(18, 5), JST))
    house.wait(lambda: "あすの行事" in words(house.inbox(reminded)[-1]["messages"]))
    address = f"{house.url}/m/fuji/activities/{ENTRY}.ics?day={key.day}"
    before = icalendar.Calendar.from_ical(requests.get(address, timeout=10).content).events[0]

    set_time(house, datetime.combine(key.day, time(5, 40), JST))
    for user in (first, second):  # nobody has chosen yet: each named officer is told once
        house.wait(lambda user=user: "どうするかを決めてください" in words(house.inbox(user)[-1]["messages"]))
    sure = house.tap(first, "中止にする")
    assert "雨のため中止です。" in words(sure)
    assert "届く人: 3人" in words(sure)
    assert "実施を送る" in labels(house.tap(second, "実施する"))
    assert "決まりました" in words(house.tap(first, "中止を送る"))
    told = words(house.tap(second, "実施を送る"))
    assert "望月さん" in told
    assert "「中止」に決めました" in told

    house.wait(lambda: len(house.marker("【中止】")) >= 3)
    set_time(house, datetime.combine(key.day, time(9), JST))
    with house.context.database.read() as session:
        row = session.scalars(select(Announcement)).one()
        assert session.scalars(select(Reminder)).all() == []
    house.wait(lambda: announcement(house, row.id).state == "sent")
    copies = house.marker("雨のため中止です。")
    assert {user: copies.get(user, 0) for user in (at_home, joined, reminded, elsewhere)} == {
        at_home: 1, joined: 1, reminded: 1, elsewhere: 0,
    }  # fmt: skip
    after = icalendar.Calendar.from_ical(requests.get(address, timeout=10).content).events[0]
    assert (str(after["STATUS"]), after["UID"]) == ("CANCELLED", before["UID"])
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert "【中止】" in words(house.say(elsewhere, "岩松の子ども食堂はいつ"))
    assert house.violations() == []


def announcement(house: RunningHouse, number: int) -> Announcement:
    with house.context.database.read() as session:
        return announcements.get(session, "fuji", number)


def officers_menu(house: RunningHouse) -> bool:
    with house.context.database.read() as session:
        return session.scalar(select(Resident.id).where(Resident.menu_language == "officer")) is not None


def test_approving_on_the_phone_and_taking_it_back(house: RunningHouse) -> None:
    tomorrow = jst(house.context.clock()).date() + timedelta(days=1)
    set_time(house, datetime.combine(tomorrow, time(13), JST))  # after the morning's summary
    reader, phone, stranger = *house.residents(1, PLACE), *house.residents(2, "今泉")
    author, chair = hire(house, "officer", "望月"), hire(house, "chair", "館長")
    linked(house, chair, phone)
    with house.context.database.write() as session:
        session.get_one(ApprovalRule, "fuji").hold_minutes = 10
        place = session.scalars(
            select(District.id).where(District.municipality_id == "fuji", District.name == PLACE)
        ).one()
        draft = Draft("公園の清掃", "朝8時に集まります。", "岩松まちづくり協議会", "home", (place,))
        row = announcements.draft(session, "fuji", author, draft, house.context.clock())
        announcements.submit(session, row, author, house.context.clock())
    house.wait(lambda: "承認をお願いします" in words(house.inbox(phone)[-1]["messages"]))
    shown = house.tap(phone, "内容を見て承認する")
    assert "朝8時に集まります。" in words(shown)
    assert "届く人: 1人" in words(shown)
    approved = house.tap(phone, "承認する")
    assert "あと10分は" in words(approved)
    assert "取り消しました" in words(house.tap(phone, "取り消す"))
    assert announcement(house, row.id).state == "returned"
    with house.context.database.write() as session:
        again = announcements.get(session, "fuji", row.id)
        announcements.submit(session, again, author, house.context.clock())
    house.wait(lambda: officers_menu(house))
    house.wait(
        lambda: sum("承認をお願いします" in words(one["messages"]) for one in house.inbox(phone)) == 2
    )  # asked anew
    house.tap(phone, "承認待ち")  # the menu under an officer's chat
    assert "承認しました" in words(house.say(phone, "1"))
    house.control("clock", {"advance_s": 601})
    house.wait(lambda: announcement(house, row.id).state == "sent")
    assert house.marker("朝8時に集まります。")[reader] == 1
    with house.context.database.read() as session:
        trail = session.scalars(
            select(AuditRow.action).where(AuditRow.actor_id == chair.id).order_by(AuditRow.id)
        ).all()
    assert trail == ["officer.link", "announcement.approve", "announcement.take_back", "announcement.approve"]
    # Cut by one tap; what was an officer's is nobody's then, and a resident's words stay a resident's.
    assert "連携を切りました" in words(house.say(phone, "連携を切る"))
    assert "承認" not in words(house.say(stranger, "きょうのまとめ"))
    assert house.violations() == []
