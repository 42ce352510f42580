"""今月の通数, whom to choose in the form, ways that fit, a trial and the clock's age, as the pages show them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.core.months import month_of
from bot.models import (
    Announcement,
    AnnouncementBatch,
    Channel,
    Circular,
    District,
    Entry,
    Heartbeat,
    Participation,
    Poll,
    RainPlan,
    Resident,
    RoleHolder,
    TrialCode,
)
from bot.models.poll import random_id
from bot.now import jst, real_now
from bot.services import entry_editing
from bot.services.announcement_filters import Filters
from bot.services.composing import Question
from bot.services.context import Context
from content.packs_json import entry_json
from content.packs_model import Activity
from tests.support.console import Account, Office, Visitor

BASE = "/console/fuji/announcements"


@pytest.fixture
def office(cities: Context) -> Office:
    return Office(cities)


def line_allows(office: Office, limit: int | None, used: int) -> None:
    with office.context.database.write() as session:
        session.add(
            Channel(
                municipality_id="fuji", bot_user_id="U", secret=b"", token=b"", quota=limit, quota_used=used,
                quota_read_at=office.context.clock(),
            )
        )  # fmt: skip


def form(office: Office, **values: Any) -> dict[str, Any]:
    filled = {
        "title": "清掃",
        "body": "公園に集まります。",
        "sender": "今泉地区まちづくり協議会",
        "when": "now",
        "about": "other",
    }
    return filled | {"urgency": "normal", "audience": "home", "districts": [office.district("今泉")]} | values


def written(office: Office, visitor: Visitor, **values: Any) -> Announcement:
    answer = visitor.post(f"{BASE}/new", form(office, **values))
    assert answer.status_code == 302, re.findall(r'class="error"[^>]*>([^<]+)', answer.text)
    return office.announcement(int(answer.location.rsplit("/", 1)[1]))


def answered(office: Office, account: Account, people: int) -> int:
    """A poll of 今泉 that so many have answered; returns its id."""
    now = office.context.clock()
    announcement_id = office.draft(
        account, "今泉", poll=Question("来ますか", ("はい", "いいえ"), now + timedelta(days=3))
    )
    with office.context.database.write() as session:
        poll_id = session.scalars(select(Announcement.poll_id).where(Announcement.id == announcement_id)).one()
        session.get_one(Poll, poll_id).state = "open"
        residents = session.scalars(select(Resident.id).order_by(Resident.id).limit(people)).all()
        rows = [
            {"id": random_id(), "municipality_id": "fuji", "poll_id": poll_id, "resident_id": one} for one in residents
        ]
        session.execute(insert(Participation), rows)
    return int(poll_id or 0)


def test_what_is_chosen_in_the_form_is_stored_told_and_shown_again(office: Office):
    officer = office.hire("officer", "今泉")
    visitor = office.visit(officer)
    office.residents(7, "今泉")
    row = written(office, visitor, topics=["safety"], languages=["vi", "ja"], untold="1", posts=["group_head"])
    assert row.filters == {"topics": ["safety"], "languages": ["ja", "vi"], "untold_days": 7}, (
        "posts are for holders only"
    )
    page = visitor.get(f"{BASE}/{row.id}").text
    assert "話題: 防災・安全" in page
    assert "言葉: 日本語・ベトナム語" in page
    assert "多くて" in page
    assert re.search(r'name="languages" value="vi" checked', visitor.get(f"{BASE}/{row.id}/edit").text)
    again = visitor.post(f"{BASE}/new", form(office, audience="took_part"))
    assert again.status_code == 400
    assert "どの円卓会議・アンケート・行事" in again.text


def test_reach_is_told_by_district_and_roughly_once_it_is_narrowed(office: Office):
    visitor = office.visit(office.hire("officer", "今泉", "吉原"))
    office.residents(7, "今泉")
    office.residents(3, "吉原")
    line_allows(office, 100, 85)
    both = {"audience": "home", "districts": [office.district("今泉"), office.district("吉原")]}
    seen = visitor.get(f"{BASE}/reach", query_string=both).json
    assert (seen["recipients"], seen["rough"], seen["remaining"], seen["lacks"]) == (10, False, 5, 5)
    assert sorted(one["people"] for one in seen["districts"]) == [3, 7]
    urgent = visitor.get(f"{BASE}/reach", query_string=both | {"urgency": "emergency"}).json
    assert (urgent["remaining"], urgent["lacks"]) == (15, 0)
    narrowed = visitor.get(
        f"{BASE}/reach", query_string=both | {"languages": "ja", "districts": office.district("吉原")}
    ).json
    assert (narrowed["recipients"], narrowed["rough"], narrowed["districts"]) == (5, True, [])
    nobody = visitor.get(f"{BASE}/reach", query_string=both | {"languages": "vi"}).json
    assert (nobody["recipients"], "届く人がいない" in nobody["problem"]) == (0, True)


def test_who_answered_can_be_written_to_from_ten_on_by_their_own_district_only(office: Office):
    officer, other = office.hire("officer", "今泉"), office.hire("officer", "吉原")
    office.residents(10, "今泉")
    few, many = answered(office, officer, 9), answered(office, officer, 10)
    choices = office.visit(officer).get(f"{BASE}/new").text
    assert f'value="poll:{many}"' in choices
    assert f'value="poll:{few}"' not in choices
    query = {"audience": "took_part", "part": f"poll:{few}"}
    seen = office.visit(officer).get(f"{BASE}/reach", query_string=query).json
    assert (seen["recipients"], "10人より少ない" in seen["problem"]) == (None, True), "nine is not told"
    query = {"audience": "took_part", "part": f"poll:{many}"}
    assert office.visit(officer).get(f"{BASE}/reach", query_string=query).json["recipients"] == 10
    assert office.visit(other).get(f"{BASE}/reach", query_string=query).status_code == 400
    assert office.visit(other).post(f"{BASE}/new", form(office, **query)).status_code == 403
    row = written(office, office.visit(officer), **query)
    assert (row.audience, row.filters) == ("took_part", {"polls": [many]})
    assert "アンケート「来ますか」に答えた人" in office.visit(officer).get(f"{BASE}/{row.id}").text


def test_holders_of_a_post_are_reached_by_the_district_of_their_post(office: Office):
    visitor = office.visit(office.hire("officer", "今泉"))
    office.residents(6, "吉原")
    with office.context.database.write() as session:
        for one in session.scalars(select(Resident.id)):
            post = {"post": "group_head" if one % 2 else "section_head", "district_id": office.district("今泉")}
            session.execute(insert(RoleHolder).values(resident_id=one, municipality_id="fuji", **post))
    query = {"audience": "holders", "districts": office.district("今泉"), "posts": "group_head"}
    assert visitor.get(f"{BASE}/reach", query_string=query).json["recipients"] == 5, "three, told as five at most"
    assert written(office, visitor, audience="holders", posts=["group_head"]).filters == {"posts": ["group_head"]}


def test_a_month_too_small_offers_what_fits_and_one_press_changes_it(office: Office):
    author, chair = office.hire("officer", "今泉", "吉原"), office.hire("chair", "今泉", "吉原")
    office.residents(8, "今泉")
    office.residents(4, "吉原")
    line_allows(office, 100, 84)
    announcement_id = office.submitted(author, "今泉", "吉原", audience="home")
    assert "今月の残りでは、あと6通足りません" in office.visit(chair).get(f"{BASE}/{announcement_id}/approve").text
    page = office.visit(author).get(f"{BASE}/{announcement_id}")
    assert "吉原だけに送る(4通)" in page.text
    press = {"version": office.announcement(announcement_id).version, "choice": "districts"}
    assert office.visit(author).post(f"{BASE}/{announcement_id}/narrow", press).status_code == 302
    assert office.announcement(announcement_id).state == "draft"
    assert "今月の数におさめるには" not in office.visit(author).get(f"{BASE}/{announcement_id}").text
    office.visit(author).post(f"{BASE}/{announcement_id}/narrow", press)
    assert office.announcement(announcement_id).version == press["version"] + 1, "pressed twice is once"


def test_the_month_is_shown_and_its_rule_is_the_citys(office: Office):
    officer, city = office.visit(office.hire("officer", "今泉")), office.visit(office.hire("city"))
    assert "まだ読めていません" in officer.get("/console/fuji/budget").text
    line_allows(office, 200, 30)
    office.residents(4, "今泉")
    with office.context.database.write() as session:
        last = month_of(office.context.clock()).ends - timedelta(seconds=1)
        days = {"named_on": last.date(), "issue_on": last.date(), "closes_at": last, "send_at": last}
        issue = Circular(municipality_id="fuji", district_id=office.district("今泉"), **days)
        session.add(issue)
        session.flush()
        planned, name = f"circulars/{issue.id}", f"今泉の回覧 {issue.issue_on.month}月{issue.issue_on.day}日号"
    waiting = officer.get("/console/fuji/budget").text
    assert re.search(rf'href="/console/fuji/{planned}">{name}</a></td><td class="num">4</td>', waiting)
    assert "146</span>通" in waiting
    with office.context.database.write() as session:
        session.delete(session.get_one(Circular, issue.id))
    page = officer.get("/console/fuji/budget").text
    assert all(words in page for words in ("150</span>通", "コミュニケーションプラン", "LINEの管理画面などから"))
    assert "保存する" not in page
    assert officer.post("/console/fuji/budget", {"reserve": "0", "percent": "3"}).status_code == 403
    refused = city.post("/console/fuji/budget", {"reserve": "たくさん", "percent": "3"})
    assert (refused.status_code, "たくさん" in refused.text) == (400, True)
    city.post("/console/fuji/budget", {"reserve": "0", "percent": "3"})
    assert "170</span>通" in officer.get("/console/fuji/budget?month=nonsense").text


def test_a_rain_plan_is_planned_by_its_activitys_name_and_leads_to_its_page(cities: Context):
    night = jst(cities.clock()).replace(hour=2, minute=0)
    office = Office(replace(cities, clock=lambda: night))
    officer, chair, morning = office.hire("officer", "今泉"), office.hire("chair", "今泉"), night.replace(hour=6)
    office.residents(7, "今泉")
    with office.context.database.write() as session:
        key = session.get_one(District, office.district("今泉")).key
        content = replace(
            entry_editing.blank("activity"), id="taiso", title="朝の体操", body="-", districts=(key,), draft=False,
            activity=Activity(rule="FREQ=DAILY", start=time(7), end=time(8)),
        )  # fmt: skip
        row = Entry(
            municipality_id="fuji", key="taiso", kind="activity", title="朝の体操", data=entry_json(content), updated_at=night
        )  # fmt: skip
        plan = RainPlan(
            municipality_id="fuji", entry_key="taiso", day=night.date(), state="approved", author_id=officer.id,
            approver_id=chair.id, sender="-", audience="home", district_ids=[office.district("今泉")],
            decide_at=morning, held_text="-", off_text="-", created_at=night,
        )  # fmt: skip
        session.add_all((row, plan))
        session.flush()
        number = plan.id
    visitor = office.visit(officer)
    page = visitor.get("/console/fuji/budget").text
    link = re.search(r'href="([^"]+)">「朝の体操」の雨の日の用意</a></td><td class="num">多くて10</td>', page)
    assert link is not None
    assert link[1] == f"/console/fuji/rain-plans/{number}"
    assert "朝の体操" in visitor.get(visitor.get(link[1]).location).text


def test_a_trial_shows_a_code_that_only_its_hash_is_kept_of(office: Office):
    officer = office.hire("officer", "今泉")
    announcement_id = office.draft(officer, "今泉", filters=Filters(topics=("safety",)))
    page = office.visit(officer).post(f"{BASE}/{announcement_id}/trial")
    code = re.search(r"ためし (\d{3}) (\d{4})", page.text)
    assert code is not None
    with office.context.database.read() as session:
        kept = session.scalars(select(TrialCode)).one()
    assert "".join(code.groups()) not in kept.code_hash
    assert office.visit(office.hire("officer", "吉原")).post(f"{BASE}/{announcement_id}/trial").status_code == 404


def test_a_clock_that_stands_still_is_said_to_everybody(office: Office):
    officer, city = office.visit(office.hire("officer", "今泉")), office.visit(office.hire("city"))
    assert "動いていません" not in officer.get("/console/fuji/").text, "nothing has ever run: no alarm"
    with office.context.database.write() as session:
        session.add(Heartbeat(name="freezing", at=real_now() - timedelta(minutes=7)))
    assert "7分動いていません" in officer.get("/console/fuji/").text
    assert "止まっています" in city.get("/console/fuji/health").text
    with office.context.database.write() as session:
        session.get_one(Heartbeat, "freezing").at = real_now()
    assert "動いていません" not in officer.get("/console/fuji/").text


def test_who_lets_the_rest_go_on_at_night_is_told_when_it_goes_and_can_call_it_back(cities: Context):
    night = jst(cities.clock()).replace(hour=23, minute=15)
    office = Office(replace(cities, clock=lambda: night))
    announcement_id = office.draft(office.hire("officer", "今泉"), "今泉")
    with office.context.database.write() as session:
        row = session.get_one(Announcement, announcement_id)
        row.state, row.frozen_at, row.finished_at, row.recipients = "stopped", night, night, 3
        session.add(
            AnnouncementBatch(
                municipality_id="fuji", announcement_id=row.id, position=0, count=3, state="stopped", recipients=b"-",
                retry_key="1", next_try_at=night,
            )
        )  # fmt: skip
    visitor, page = office.visit(office.hire("chair", "今泉")), f"{BASE}/{announcement_id}"
    assert re.search(r"いま押すと、[^<]*午前7時に送ります", visitor.get(page).text)
    answer = visitor.post(f"{page}/resume", {"version": office.announcement(announcement_id).version})
    after = visitor.get(answer.location).text
    assert re.search(r"残りの3人へ、[^<]*午前7時に送ります。", after)
    assert "続きを送るのを取り消す" in after
    back = {"version": office.announcement(announcement_id).version, "call_back": "1"}
    assert "取り消しました" in visitor.get(visitor.post(f"{page}/resume", back).location).text
    assert office.announcement(announcement_id).resumes_at is None
