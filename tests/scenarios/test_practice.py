"""Practice from its start to its end, with the whole product running and LINE in a box beside it that hears nothing."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

from bot.models import Poll, PracticeMessage, Resident, Staff
from bot.services import announcements, staff
from bot.services.composing import Question
from tests.support.console import Account, Office, Visitor
from tests.support.house import RunningHouse

ROOM = "fuji-practice"
HERE = f"/console/{ROOM}/practice"
QUESTION = "夜の防災訓練があったら、参加しますか。"


def heard(house: RunningHouse) -> dict[str, int]:
    """How often LINE's message endpoints were called."""
    rows = house.simulator.world.counters.operations.items()
    return {
        operation: row["calls"] for (_, operation), row in rows if "/message/" in operation and "quota" not in operation
    }


def letters(house: RunningHouse) -> int:
    with house.context.database.read() as session:
        return session.scalar(select(func.count()).select_from(PracticeMessage)) or 0


def poll(house: RunningHouse, city: str) -> Poll:
    with house.context.database.read() as session:
        return session.scalars(select(Poll).where(Poll.municipality_id == city)).one()


def write(office: Office, author: Account, city: str, title: str) -> int:
    asked = Question(QUESTION, ("参加する", "参加しない"), office.context.clock() + timedelta(hours=24))
    return office.draft(author, "今泉", city=city, title=title, poll=asked)


def button(visitor: Visitor, label: str) -> dict[str, str]:
    """What the button of this name on the telephone's page sends."""
    page = visitor.get(f"{HERE}/phones").text
    for form in re.findall(r"<form.*?</form>", page, re.DOTALL):
        if re.search(rf">[^<]*{label}</button>", form) and 'name="data"' in form:
            return {
                name: html.unescape(value) for name, value in re.findall(r'name="(phone|data)" value="([^"]*)"', form)
            }
    raise AssertionError(f"no {label} on the page: {page[-3000:]}")


def test_an_officer_tries_the_whole_way_and_line_hears_nothing(house: RunningHouse) -> None:
    office = Office(house.context)
    admin = office.visit(office.hire("admin"))
    assert admin.post("/console/fuji/practice/start").status_code == 303
    author = office.hire("officer", "今泉")
    officer = office.visit(author)
    assert officer.post("/console/fuji/practice/enter").location == f"/console/{ROOM}/"
    assert "練習をやめて" in officer.get(f"/console/{ROOM}/").text
    assert "練習をやめて" not in officer.get("/console/fuji/").text
    before = heard(house)

    late = office.visit(office.hire("officer", "今泉"))  # a colleague who came after the start has no role there yet
    assert late.get(f"/console/{ROOM}/").status_code == 403
    assert late.post("/console/fuji/practice/enter").status_code == 303
    assert late.get(f"/console/{ROOM}/").status_code == 200
    number = write(office, again(office, author), ROOM, "練習の清掃")
    assert officer.post(f"/console/{ROOM}/announcements/{number}/submit").status_code in {302, 303}
    assert officer.post(f"{HERE}/approve").status_code == 303
    house.wait(lambda: letters(house) >= 12)
    assert "練習の清掃" in officer.get(f"{HERE}/phones").text

    seen = letters(house)
    officer.post(f"{HERE}/press", button(officer, "参加する"))
    house.wait(lambda: letters(house) > seen)
    officer.post(f"{HERE}/others", {"phone": button(officer, ".*")["phone"]})
    house.wait(lambda: poll(house, ROOM).participants == 12)
    officer.post(f"{HERE}/close")
    house.wait(lambda: poll(house, ROOM).state == "closed")
    assert poll(house, ROOM).tally["total"] == 12
    assert "12" in officer.get(f"/console/{ROOM}/polls/{poll(house, ROOM).id}").text

    assert heard(house) == before
    assert house.marker("練習の清掃") == {}
    for path in (f"/m/{ROOM}/", f"/m/{ROOM}/announcements/{number}", f"/api/v1/{ROOM}/announcements"):
        assert house.house.app.test_client().get(path).status_code == 404, path
    assert house.house.app.test_client().post(f"/line/{ROOM}", data=b"{}").status_code == 401
    assert "(練習)" not in house.house.app.test_client().get("/").text

    # The control: the same words, written outside the room, are heard by LINE and by a resident.
    resident = house.resident("今泉")
    real = write(office, author, "fuji", "本当の清掃")
    second = office.hire("city").actor
    with office.context.database.write() as session:
        row = announcements.get(session, "fuji", real)
        announcements.submit(session, row, author.actor, office.context.clock())
        announcements.approve(session, row, second, row.version, office.context.clock(), sealer=office.context.sealer)
    house.wait(lambda: house.marker("本当の清掃") == {resident: 1})
    assert heard(house) != before

    assert admin.post("/console/fuji/practice/end").status_code == 303
    with office.context.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Resident).where(Resident.municipality_id == ROOM)) == 0
        assert session.scalar(select(func.count()).select_from(Resident).where(Resident.municipality_id == "fuji")) == 1
    assert officer.get(f"/console/{ROOM}/").status_code in {403, 404}


def again(office: Office, account: Account) -> Account:
    """The same person with the roles of now."""
    with office.context.database.read() as session:
        return replace(account, actor=staff.actor(session, session.get_one(Staff, account.id)))
