"""An emergency at night: written at the shared PC, sent by either of two named roles alone, on the phone, reported."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select

from bot.models import Alert, Announcement, AuditRow, District, Staff
from bot.now import JST, jst, real_now
from bot.services import officer_links, staff
from tests.scenarios.test_first_use import Clerk
from tests.support.house import RunningHouse, words

PASSWORD = "correct horse battery"
PLACE, BASE = "今泉", "/console/fuji/announcements"
RIVER = "川の水位が上がり、朝まで待てないため。"


def hire(house: RunningHouse, role: str) -> Clerk:
    """A new person of this role, signed in over HTTP, at the list of announcements."""
    with house.context.database.write() as session:
        place = session.scalars(
            select(District.id).where(District.municipality_id == "fuji", District.name == PLACE)
        ).one()
        where = () if role == "city" else (place,)
        new = staff.NewStaff(f"{role}@fuji.example", f"{role}さん", PASSWORD, "fuji", role, where)
        # The first days in an installation that gives some: the second factor is another scenario's.
        staff.create(session, new, real_now()).second_factor_due = real_now() + timedelta(days=3)
    clerk = Clerk(house.url)
    clerk.get("/console/sign-in")
    clerk.post("/console/sign-in", email=f"{role}@fuji.example", password=PASSWORD)
    clerk.get(BASE)
    assert clerk.status == 200, clerk.path
    return clerk


def linked(house: RunningHouse, role: str, user: str) -> None:
    with house.context.database.write() as session:
        person = session.scalars(select(Staff).where(Staff.email == f"{role}@fuji.example")).one()
        code = officer_links.new_code(session, person, "fuji", real_now())
    assert "つなぎました" in words(house.say(user, f"連携 {code[:4]} {code[4:]}"))


def written(house: RunningHouse, clerk: Clerk, title: str) -> int:
    with house.context.database.read() as session:
        place = session.scalars(
            select(District.id).where(District.municipality_id == "fuji", District.name == PLACE)
        ).one()
    clerk.get(f"{BASE}/new")
    clerk.post(
        f"{BASE}/new", title=title, body="高いところへ避難してください。", sender="今泉まちづくり協議会", when="now",
        about="disaster", urgency="emergency", audience="home", districts=str(place),
    )  # fmt: skip
    return int(clerk.path.rsplit("/", 1)[1].split("?")[0])


def press(house: RunningHouse, clerk: Clerk, number: int, reason: str) -> str:
    clerk.get(f"{BASE}/{number}")
    with house.context.database.read() as session:
        version = session.get_one(Announcement, number).version
    return clerk.post(f"{BASE}/{number}/emergency", version=str(version), reason=reason)


def state(house: RunningHouse, number: int) -> str:
    with house.context.database.read() as session:
        return session.get_one(Announcement, number).state


def test_an_emergency_at_night_goes_at_once_to_every_phone_and_is_logged_and_reported(house: RunningHouse) -> None:
    now = jst(house.context.clock())
    night = datetime.combine(now.date(), time(23, 40), JST)
    house.control("clock", {"advance_s": (night - now).total_seconds()})
    usual, digest, elsewhere, phone = house.resident(PLACE), house.resident(PLACE), house.resident("吉永"), house.user()
    house.say(digest, "設定")
    house.tap(digest, "お知らせが届く時")
    house.say(digest, "3")  # only in the evening, but this comes at once
    officer, chair, city, viewer = (hire(house, role) for role in ("officer", "chair", "city", "viewer"))
    linked(house, "officer", phone)

    first = written(house, officer, "避難の呼びかけ")
    assert "承認なしで、いま送る" not in officer.get(f"{BASE}/{first}"), "an officer is none of the two roles"
    for clerk in (officer, viewer):
        press(house, clerk, first, RIVER)
        assert clerk.status == 403
    assert "承認を待てない理由" in press(house, chair, first, " ")
    assert state(house, first) == "draft"
    press(house, chair, first, RIVER)
    house.wait(lambda: state(house, first) == "sent")
    told = house.marker("避難の呼びかけ")
    assert (told.get(usual), told.get(digest), told.get(elsewhere)) == (1, 1, None)
    second = written(house, officer, "避難所を開きました")
    press(house, city, second, "避難した人に知らせるため。")
    house.wait(lambda: state(house, second) == "sent")
    assert elsewhere not in house.marker("避難所を開きました")
    assert jst(house.context.clock()).hour in (23, 0), "it is night"

    # Told at once to who could have been asked, on the phone and on the pages; on record with the reason.
    house.wait(lambda: "緊急の配信がありました" in str(house.inbox(phone)[-2:]))
    assert RIVER in str(house.inbox(phone))
    for clerk in (officer, chair, city):
        listed = clerk.get(f"{BASE}/emergencies")
        assert clerk.status == 200, clerk.path
        assert RIVER in listed
    with house.context.database.read() as session:
        trail = session.scalars(
            select(AuditRow).where(AuditRow.action == "announcement.emergency").order_by(AuditRow.id)
        ).all()
        people = dict(session.execute(select(Staff.id, Staff.email)).all())
        assert [(people[row.actor_id], row.target) for row in trail] == [
            ("chair@fuji.example", f"announcement:{first}"), ("city@fuji.example", f"announcement:{second}"),
        ]  # fmt: skip
        assert trail[0].details["reason"] == RIVER
        assert len(session.scalars(select(Alert).where(Alert.kind == "emergency")).all()) == 2
    assert [one for one in house.violations() if one["kind"] != "slow_webhook"] == []
