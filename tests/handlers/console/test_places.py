"""Pages of districts: a chair keeps the centre's contact, the city renames and merges; nobody else does."""

from __future__ import annotations

from datetime import timedelta

from bot.models import District
from bot.now import jst, real_now
from bot.services import district_contacts
from bot.services.context import Context
from tests.support.console import Account, Office, Visitor, text_of


def contact(office: Office, visitor: Visitor, district_id: int, **changes: str) -> tuple[int, str]:
    with office.context.database.read() as session:
        known = district_contacts.of(session, session.get_one(District, district_id))
    page = visitor.post(
        f"/console/fuji/districts/{district_id}/contact", {**known.__dict__, "seen": known.seen, **changes}
    )
    return page.status_code, text_of(page)


def test_a_chair_keeps_the_contact_of_the_own_centre_only(cities: Context) -> None:
    office = Office(cities)
    chair, officer = office.hire("chair", "今泉"), office.hire("officer", "今泉")
    mine, other = office.district("今泉"), office.district("吉原")
    at = office.visit(chair)
    status, text = contact(office, at, mine, phone="0545")
    assert status == 400
    assert "市外局番から" in text
    assert "書いたものは、そのまま残っています" in text
    assert contact(office, at, mine, phone="0545-00-0000")[0] == 302
    page = text_of(at.get(f"/console/fuji/districts/{mine}"))
    assert "0545-00-0000" in page
    assert contact(office, at, other, phone="0545-00-0000")[0] == 403
    assert contact(office, office.visit(officer), mine, phone="0545-00-0001")[0] == 403
    status, text = contact(office, at, mine, phone="0545-00-0002", seen="old")
    assert status == 409
    assert "ほかの人が連絡先を直しました" in text


def test_the_city_decides_a_change_ahead_and_takes_it_back(cities: Context) -> None:
    office = Office(cities)
    city, chair = office.hire("city"), office.hire("chair", "今泉")
    mine = office.district("今泉")
    at = office.visit(city)
    path = f"/console/fuji/districts/{mine}/change"
    day = (jst(real_now()).date() + timedelta(days=30)).isoformat()
    wish = {"kind": "rename", "takes_effect_on": day, "name": "新今泉", "kana": "しんいまいずみ"}
    assert "読みがなを入れてください" in text_of(at.post(path, {**wish, "kana": ""}))
    assert at.post(path, {"kind": "merge", "takes_effect_on": day}).status_code == 400
    assert office.visit(chair).post(path, wish).status_code == 403
    assert at.post(path, wish).status_code == 302
    assert "名前が「新今泉" in text_of(at.get("/console/fuji/districts"))
    at.post(f"/console/fuji/districts/{mine}/stay", {})
    assert "取りやめた変更" in text_of(at.get(f"/console/fuji/districts/{mine}"))


def test_a_new_district_leads_to_its_contact(cities: Context) -> None:
    office = Office(cities)
    city: Account = office.hire("city")
    at = office.visit(city)
    new = {"name": "新浜", "kana": "しんはま", "key": "shinhama", "council": "協議会(見本)", "centre": "センター(見本)"}
    assert "英小文字" in text_of(at.post("/console/fuji/districts/new", {**new, "key": "新浜"}))
    made = at.post("/console/fuji/districts/new", new)
    assert made.headers["Location"].endswith("/contact")
    assert at.get(made.headers["Location"]).status_code == 200
