"""The calendar: a month of one's districts, what is too much and for whom; the same warning while one writes."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.models import Announcement, AnnouncementDistrict
from bot.now import jst, real_now
from tests.support.console import Office, later, text_of


def plan(office: Office, title: str, hours: float, *districts: str, state: str = "scheduled") -> None:
    author, now = office.hire("city"), real_now()
    with office.context.database.write() as session:
        row = Announcement(
            municipality_id="fuji", state=state, author_id=author.id, sender="-", title=title, body="-",
            audience="home" if districts else "city", send_at=later(hours), created_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        for name in districts:
            place = office.district(name)
            session.add(AnnouncementDistrict(announcement_id=row.id, district_id=place, municipality_id="fuji"))


def month(office: Office, role: str, **query: str) -> str:
    page = office.visit(office.hire(role, "今泉")).get("/console/fuji/calendar", query_string=query)
    assert page.status_code == 200
    return page.text.split("<main")[1]


def month_of(hours: float) -> str:
    return f"{jst(later(hours)):%Y-%m}"


def test_each_sees_the_days_of_their_own_districts_and_that_the_city_takes_a_day(office: Office):
    plan(office, "今泉の清掃", 30, "今泉")
    plan(office, "吉原の清掃", 30, "吉原")
    plan(office, "市からのお願い", 30)
    mine, every = month(office, "officer", month=month_of(30)), month(office, "city", month=month_of(30))
    assert "今泉の清掃" in mine
    assert "吉原の清掃" not in mine
    assert "市からのお願い" not in mine, "what is only planned and not theirs to read"
    assert "市全体へのお知らせ" in mine, "but that the day is taken"
    assert all(words in every for words in ("今泉の清掃", "吉原の清掃", "市からのお願い"))
    narrowed = month(office, "city", month=month_of(30), district="imaizumi", kind="announcement")
    assert "吉原の清掃" not in narrowed.partition('<ol class="month')[2]


def test_too_much_is_said_for_whom_and_how_much(office: Office):
    office.residents(20, "今泉")
    for hours, title in ((30, "一つ目"), (54, "二つ目"), (78, "三つ目")):
        plan(office, title, hours, "今泉")
    page = re.sub(r"<[^>]+>", "", month(office, "officer", month=month_of(78)))
    assert "届きすぎる日があります" in page
    assert "今泉(20人): 7日間に3件になり、決まりの2件を超えます" in page
    assert "「三つ目」" in page


def test_who_writes_is_told_before_it_is_sent(office: Office):
    office.residents(20, "今泉")
    officer = office.hire("officer", "今泉")
    at = (later(30) + timedelta(hours=9)).replace(hour=3, minute=0)  # noon in Japan: out of the quiet hours
    draft = office.draft(officer, "今泉", title="三つ目", send_at=at)
    page = office.visit(officer).get(f"/console/fuji/announcements/{draft}")
    assert "になります" not in text_of(page), "alone it is not too much"
    for hours, title in ((26, "一つ目"), (28, "二つ目")):
        plan(office, title, hours, "今泉")
    page = text_of(office.visit(officer).get(f"/console/fuji/announcements/{draft}"))
    assert "今泉では7日間に3件になります(決まりは2件)" in page


def test_other_months_and_nonsense_are_answered_too(office: Office):
    assert "予定がありません" in month(office, "viewer", month="2027-02", kind="poll")
    today = jst(real_now()).date()
    for odd in ("", "2026-13", "9999-99", "x"):
        assert f"{today.year}年{today.month}月" in month(office, "viewer", month=odd)
    assert "文化の日" in month(office, "viewer", day="2026-11-03")
