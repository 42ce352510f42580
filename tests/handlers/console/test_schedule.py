"""A series through the console: decided, shown in words, approved, ended by two; the cap; a correction."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.models import Announcement, LedgerSheet, Municipality, Resident
from bot.now import jst, real_now
from bot.services.announcement_filters import Filters
from bot.services.announcement_lists import district_ids
from bot.services.context import Context
from tests.support.console import Office, text_of


@pytest.fixture
def office(cities: Context) -> Office:
    made = Office(cities)
    made.residents(2, "今泉")
    return made


def form(**changes: object) -> dict[str, object]:
    today = jst(real_now()).date()
    values: dict[str, object] = {
        "repeat": "nth", "nths": ["1", "3"], "weekday": "SU", "at": "18:00", "first": str(today),
        "last": str(today + timedelta(days=200)), "holiday": "next", "months": ["8"], "late": "3",
    }  # fmt: skip
    return values | changes


def test_a_series_from_the_form_to_its_end(office: Office):
    writer, second = office.hire("officer", "今泉"), office.hire("chair", "今泉")
    one = office.draft(writer, "今泉")
    page = f"/console/fuji/announcements/{one}"
    visit = office.visit(writer)
    assert "毎月、第何の何曜日" in text_of(visit.get(f"{page}/when"))
    wrong = visit.post(f"{page}/when", form(nths=[], exceptions="1月3日 2月30日"))
    assert wrong.status_code == 400
    assert "第何かを1つ以上" in text_of(wrong)
    assert "1月3日 2月30日" in text_of(wrong), "what was typed is still there"
    assert "「2月30日」が日として読めません" in text_of(wrong)
    never = visit.post(f"{page}/when", form(last=str(jst(real_now()).date() - timedelta(days=1))))
    assert "終わりの日が、始めの日より前です" in text_of(never)
    assert visit.post(f"{page}/when", form(exceptions="１月３日(日)、\n2027-2-07 3/7")).status_code == 302
    shown = text_of(visit.get(page))
    assert "送らない日: " in shown
    assert "1月3日" in shown
    assert "3月7日" in shown
    assert visit.post(f"{page}/when", form()).status_code == 302
    shown = text_of(visit.get(page))
    assert "毎月 第1・第3日曜日 18時" in shown
    assert "8月は休みます" in shown
    assert "3時間までは遅れても送ります" in shown
    visit.post(f"{page}/submit")
    approver = office.visit(second)
    version = office.announcement(one).version
    assert "送る日" in text_of(approver.get(f"{page}/approve"))
    approver.post(f"{page}/approve", {"version": version})
    series = office.announcement(one).series_id
    assert "動いています" in text_of(visit.get("/console/fuji/schedule"))
    there = f"/console/fuji/series/{series}"
    visit.post(f"{there}/ask-stop", {"reason": "年度が替わるため"})
    assert "年度が替わるため" in text_of(approver.get(there))
    visit.post(f"{there}/stop")  # not by whoever asked
    assert "動いています" in text_of(visit.get(there))
    approver.post(f"{there}/stop")
    assert "終わりにしました" in text_of(visit.get(there))
    assert office.announcement(one).state == "cancelled"


def test_the_weekly_cap_is_the_citys_to_change(office: Office):
    city = office.visit(office.hire("city"))
    city.post("/console/fuji/schedule/cap", {"cap": "99"})
    city.post("/console/fuji/schedule/cap", {"cap": "4"})
    assert "7日間にすぐ送るお知らせは、4回まで" in text_of(city.get("/console/fuji/schedule"))
    with office.context.database.read() as session:
        caps = dict(session.execute(select(Municipality.id, Municipality.weekly_cap)).all())
    assert caps == {"fuji": 4, "tomioka": 2}


def keep_recipient(office: Office, one: int) -> None:
    """It was sent to the first resident, and that is still known."""
    with office.context.database.write() as session:
        session.get_one(Announcement, one).state = "sent"
        resident = session.scalars(select(Resident.id)).first()
        session.add(
            LedgerSheet(
                announcement_id=one,
                municipality_id="fuji",
                frozen_at=real_now(),
                first_id=resident,
                last_id=resident,
                resident_ids=f"[{resident}]",
            )
        )


def test_a_correction_is_a_draft_to_the_same_people(office: Office):
    writer = office.hire("officer", "今泉")
    one = office.draft(writer, "今泉", title="清掃の日")
    visit = office.visit(writer)
    with office.context.database.write() as session:
        session.get_one(Announcement, one).state = "sent"
    too_late = text_of(visit.post(f"/console/fuji/announcements/{one}/correct", follow_redirects=True))
    assert "60日を過ぎた" in too_late
    keep_recipient(office, one)
    page = visit.post(f"/console/fuji/announcements/{one}/correct", follow_redirects=True).text
    assert 'value="【訂正】清掃の日"' in page
    with office.context.database.read() as session:
        new = session.scalars(select(Announcement).where(Announcement.corrects_id == one)).one()
    assert "の訂正です" in text_of(visit.get(f"/console/fuji/announcements/{new.id}"))
    assert re.search(r"届く人\s*1\s*人", text_of(visit.get(f"/console/fuji/announcements/{new.id}"))), "only who got it"


def test_a_correction_keeps_its_people_and_corrects_something(office: Office):
    writer = office.hire("officer", "今泉", "吉永")
    one = office.draft(writer, "今泉", title="清掃の日", filters=Filters(topics=("children",)))
    keep_recipient(office, one)
    visit = office.visit(writer)
    opened = visit.post(f"/console/fuji/announcements/{one}/correct", follow_redirects=True)
    assert "<h1>訂正を書く</h1>" in opened.text
    assert "届ける相手は変えられません" in text_of(opened)
    assert not re.search(r'name="(audience|districts|posts|part|topics|to_groups)"|data-reach', opened.text)
    new = int(opened.request.path.split("/")[-2])
    page = f"/console/fuji/announcements/{new}"
    assert "まだ何も直していません" in text_of(visit.post(f"{page}/submit", follow_redirects=True))
    assert office.announcement(new).state == "draft"
    forged = {
        "audience": "holders", "districts": [str(office.district("吉永"))], "topics": ["safety"], "to_groups": "1",
        "title": "【訂正】清掃の日", "body": "清掃は、11月30日(月) 午前8時からです。", "sender": "今泉地区まちづくり協議会",
        "when": "now", "version": str(office.announcement(new).version),
    }  # fmt: skip
    assert visit.post(f"{page}/edit", forged).status_code == 302
    first, changed = office.announcement(one), office.announcement(new)
    assert changed.body == forged["body"]
    assert (changed.audience, changed.filters, changed.to_groups) == (first.audience, first.filters, first.to_groups)
    with office.context.database.read() as session:
        assert district_ids(session, changed) == (office.district("今泉"),)
    visit.post(f"{page}/submit")
    assert office.announcement(new).state == "submitted"
