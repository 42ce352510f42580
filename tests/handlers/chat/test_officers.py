"""Officers in the chat: codes, words and buttons of theirs, and of nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from bot.core import officer_rules
from bot.core.permissions import Actor
from bot.models import District, OfficerLink, Resident, Staff, StaffNotice, StaffRole
from bot.now import real_now
from bot.services import announcements, officer_links, staff
from bot.services.announcements import Draft
from bot.services.context import Context
from scheduler import officers
from tests.handlers.chat.driver import NOW, Person


def hire(context: Context, role: str, name: str, district: str = "今泉", until=None) -> Actor:
    with context.database.write() as session:
        place = session.scalars(
            select(District.id).where(District.municipality_id == "fuji", District.name == district)
        ).one()
        where = (place,) if role not in {"city", "viewer"} else ()
        row = Staff(municipality_id="fuji", email=f"{name}@x.example", name=name, password_hash="-", created_at=NOW)
        session.add(row)
        session.flush()
        staff.grant(session, row, "fuji", staff.Role(role, where, until), NOW)
        return staff.actor(session, row)


def code_for(context: Context, actor: Actor, now=None) -> str:
    with context.database.write() as session:
        return officer_links.new_code(session, session.get_one(Staff, actor.id), "fuji", now or real_now())


def link(person: Person, actor: Actor) -> None:
    code = code_for(person.context, actor)
    assert "つなぎました" in person.say(f"連携 {code[:4]}-{code[4:]}")


def submitted(context: Context, author: Actor, title: str = "公園の清掃") -> int:
    with context.database.write() as session:
        place = session.scalars(
            select(District.id).where(District.municipality_id == "fuji", District.name == "今泉")
        ).one()
        row = announcements.draft(
            session, "fuji", author, Draft(title, "朝8時です。", "今泉協議会", "home", (place,)), NOW
        )
        announcements.submit(session, row, author, NOW)
        return row.id


def state(context: Context, number: int) -> str:
    with context.database.read() as session:
        return announcements.get(session, "fuji", number).state


@pytest.mark.parametrize("text", ["連携 1234-5678", "連携12345678", "連携 １２３４－５６７８", "連携コード:1234 5678"])
def test_a_code_is_read_however_it_is_typed(text):
    assert officer_rules.read_code(text) == "12345678"


def test_a_code_links_once_and_ends_and_is_cut_by_one_tap(cities: Context):
    person, other = Person(cities).registered(), Person(cities, line_id="U" + "b" * 32).registered()
    chair = hire(cities, "chair", "館長")
    old = code_for(cities, chair, real_now() - timedelta(minutes=11))
    assert "つなげませんでした" in person.say(f"連携 {old}")
    void, code = code_for(cities, chair), code_for(cities, chair)
    assert "つなげませんでした" in person.say(f"連携 {void}")  # a newer one was shown since
    assert "館長さん" in person.say(f"連携 {code}")
    assert "つなげませんでした" in other.say(f"連携 {code}")
    assert "承認待ち(0件)" in person.say("役員メニュー")
    assert "連携を切りました" in person.tap("連携を切る")
    assert "役員・職員のメニュー" not in person.say("役員メニュー")
    with cities.database.read() as session:
        assert session.scalars(select(OfficerLink)).all() == []
    assert "つながっていません" in person.post("officer.waiting")


def test_one_line_belongs_to_one_account(cities: Context):
    person = Person(cities).registered()
    link(person, hire(cities, "chair", "館長"))
    code = code_for(cities, hire(cities, "officer", "望月"))
    assert "別の人のアカウント" in person.say(f"連携 {code}")


def test_residents_never_meet_it(resident: Person):
    for text in ("承認", "雨", "きょうのまとめ", "連携を切る"):
        assert "役員" not in resident.say(text)
    assert "つながっていません" in resident.post("officer.approve", k="a", i="1", v="1", s="1", x="9999999999")


def test_approving_and_returning_with_a_reason_by_number_and_by_word(cities: Context):
    person, author = Person(cities).registered(), hire(cities, "officer", "望月")
    chair = hire(cities, "chair", "館長")
    link(person, chair)
    first = submitted(cities, author)
    shown = person.say("承認待ち")
    assert "朝8時です。" in shown  # the very card
    assert "届く人: 1人" in shown
    assert "どこを直せばよいですか" in person.say("2")
    assert "書いた人に戻しました" in person.say("集合時間が去年のままです")
    with cities.database.read() as session:
        assert announcements.get(session, "fuji", first).comment == "集合時間が去年のままです"
    second = submitted(cities, author, "二つ目")
    person.say("承認待ち")
    assert "承認しました" in person.tap("承認する")
    assert state(cities, second) == "scheduled"
    person.say("メニュー")
    assert "書いた人" not in person.say("公園はどこですか")  # no reason is awaited any more


def test_a_button_is_the_persons_own_ends_and_is_checked_anew(cities: Context):
    author, chair = hire(cities, "officer", "望月"), hire(cities, "chair", "館長")
    mine, neighbour = Person(cities).registered(), Person(cities, line_id="U" + "c" * 32).registered()
    link(mine, chair)
    link(neighbour, hire(cities, "chair", "となりの館長", "吉原"))
    number = submitted(cities, author)
    end = int((NOW + timedelta(hours=24)).timestamp())
    good = {"k": "a", "i": str(number), "v": "2", "s": str(chair.id), "x": str(end)}
    with cities.database.read() as session:
        foreign = {
            **good,
            "s": str(session.scalar(select(OfficerLink.staff_id).where(OfficerLink.staff_id != chair.id))),
        }
    assert "もう使えません" in neighbour.post("officer.approve", **good)  # another person's button
    assert "権限がありません" in neighbour.post("officer.approve", **foreign)  # another district's officer
    assert "もう使えません" in mine.post("officer.approve", **{**good, "x": str(int(NOW.timestamp()) - 1)})
    assert "ほかの人が変えました" in mine.post("officer.approve", **{**good, "v": "1"})
    with cities.database.write() as session:
        session.execute(delete(StaffRole).where(StaffRole.staff_id == chair.id))
    assert "つながっていません" in mine.post("officer.approve", **good)  # the role is gone between two presses
    assert state(cities, number) == "submitted"
    with cities.database.write() as session:
        assert officer_links.cut_ended(session, NOW) == 1


def test_the_clock_tells_each_once_and_the_summary_names_numbers_only(cities: Context):
    person, author = Person(cities).registered(), hire(cities, "officer", "望月")
    link(person, hire(cities, "chair", "館長"))
    submitted(cities, author, "名前のある題")
    clocked = Context(cities.settings, cities.database, cities.keystore, cities.sealer, lambda: NOW.replace(hour=8))
    for _ in range(2):
        officers.run(clocked)
    with cities.database.read() as session:
        told = session.execute(select(StaffNotice.kind).order_by(StaffNotice.kind)).scalars().all()
        assert told == ["approval", "summary"]
        assert session.scalars(select(Resident.state)).all() == ["active"]
    said = person.say("きょうのまとめ")
    assert "承認待ち: 1件" in said
    assert "名前のある題" not in said
    clocked = Context(cities.settings, cities.database, cities.keystore, cities.sealer, lambda: NOW.replace(hour=22))
    submitted(cities, author, "夜の題")
    officers.run(clocked)  # what can wait waits for the morning
    with cities.database.read() as session:
        assert len(session.scalars(select(StaffNotice)).all()) == 2
