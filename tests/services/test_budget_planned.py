"""What a month is known to use: every date of a series, every coming issue of the circular; and what does not fit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from bot.core.months import Month
from bot.errors import BadInputError
from bot.models import Channel, Circular
from bot.now import JST
from bot.services import announcements, budget, budget_choices, circular_items, circulars, series, series_acts
from bot.services.circular_items import NewItem
from bot.services.circulars import NewRule
from content.issue_days import IssueRule, of_weekdays
from content.series_rules import Plan
from tests.support.announcing import CITY, Office, open_office

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=JST)  # a Monday
NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)
EVERY_SUNDAY = Plan("FREQ=WEEKLY;BYDAY=SU", time(9), date(2026, 11, 2), date(2026, 12, 31))  # 8, 15, 22, 29


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Iterator[Office]:
    shutil.copyfile(template, tmp_path / "entaku.db")
    with open_office(f"sqlite:///{tmp_path / 'entaku.db'}", tmp_path) as opened:
        opened.residents(4, "今泉")
        opened.residents(3, "吉原")
        opened.line_quota(200, 0, read_at=NOW)
        yield opened


def of_kind(office: Office, kind: str, month: Month = NOVEMBER) -> list[tuple[str, int, int]]:
    """Title, day and messages of what is planned."""
    with office.database.read() as session:
        found = budget.forecast(session, CITY, month, NOW)
    return [(one.title, one.at.astimezone(JST).day if one.at else 0, one.messages) for one in found if one.kind == kind]


def scheduled(office: Office) -> int:
    with office.database.read() as session:
        return budget.quota(session, CITY, NOW).scheduled


def running(office: Office, plan: Plan = EVERY_SUNDAY, *districts: str) -> int:
    """A series that was approved; the id of its first announcement."""
    author, second = office.person("city"), office.person("city")
    with office.database.write() as session:
        row = announcements.draft(session, CITY, author, office.draft(*(districts or ("今泉",)), title="資源回収"), NOW)
        series_acts.set_plan(session, row, author, plan, 24, NOW)
        announcements.submit(session, row, author, NOW)
        announcements.approve(session, row, second, row.version, NOW, sealer=office.context.sealer)
        return row.id


def test_every_date_of_a_series_counts_once_whether_it_is_made_already_or_not(office: Office):
    running(office)
    assert of_kind(office, "series") == [("資源回収", 15, 4), ("資源回収", 22, 4), ("資源回収", 29, 4)]
    assert len(of_kind(office, "series", DECEMBER)) == 4
    assert scheduled(office) == 16
    with office.database.write() as session:  # two weeks ahead: the 15th
        assert [
            series.make(session, office.context.sealer, city, one, NOW) for city, one in series.due(session, NOW)
        ] == [1]
    assert [day for _, day, _ in of_kind(office, "series")] == [22, 29]
    assert scheduled(office) == 16


def test_every_coming_issue_of_the_circular_counts_until_it_is_over(office: Office):
    city, chair, place = office.person("city"), office.person("chair", "今泉"), office.districts["今泉"]
    with office.database.write() as session:
        rule = NewRule(IssueRule(of_weekdays((0,), 3)), close_days=2)  # every Thursday: 5, 12, 19, 26
        circulars.set_rule(session, CITY, city, place, rule, 0, NOW)
    names = [f"今泉の回覧 11月{day}日号" for day in (5, 12, 19, 26)]
    assert of_kind(office, "circular") == [(name, day, 4) for name, day in zip(names, (5, 12, 19, 26), strict=True)], (
        "two are open, two are named by the rule"
    )
    with office.database.write() as session:
        row = circulars.listing(session, CITY, [place])[0]
        circular_items.add_item(session, row, city, NewItem("city", "市", "お知らせ", "文です。"), NOW)
        told = circulars.compose(session, row, city, row.version, NOW)
        announcements.approve(session, told, chair, told.version, NOW, sealer=office.context.sealer)
    assert [name for name, _, _ in of_kind(office, "circular")] == names[1:], "approved, it is an announcement"
    assert scheduled(office) == 16
    with office.database.write() as session:  # the deadline passed, and nothing was put into it
        empty = session.get_one(Circular, circulars.listing(session, CITY, [place])[1].id)
        empty.closes_at = datetime(2026, 11, 2, 9, 0, tzinfo=JST)
    assert [name for name, _, _ in of_kind(office, "circular")] == names[2:]


def refused(office: Office, session: Any, row: Any, who: Any) -> dict[str, budget_choices.Choice]:
    """It does not fit as it is; the ways that would."""
    with pytest.raises(BadInputError, match="今月送れる数が足りません"):
        announcements.approve(session, row, who, row.version, NOW, sealer=office.context.sealer)
    return {one.kind: one for one in budget_choices.choices(session, row, NOW)}


def test_what_is_planned_leaves_no_room_and_a_series_is_weighed_with_all_its_dates(office: Office):
    running(office)  # 16 of November
    office.line_quota(30, 0, read_at=NOW)  # three are kept: 11 are free
    author, second = office.person("city"), office.person("city")
    with office.database.write() as session:
        row = announcements.draft(session, CITY, author, office.draft("今泉", "吉原", title="もう1つ"), NOW)
        later = Plan("FREQ=WEEKLY;BYDAY=TU", time(9), date(2026, 11, 16), date(2026, 12, 20))  # 17, 24
        series_acts.set_plan(session, row, author, later, 24, NOW)
        assert any(
            "使う数は14通(1回7通が、この月に2回)" in one for one in announcements.submit(session, row, author, NOW)
        )
        ways = refused(office, session, row, second)
        assert set(ways) == {"districts"}, "in December there are even more: three times seven beside four Sundays"
        assert ways["districts"].district_ids == (office.districts["吉原"],), "three, twice"
        line_allows(session, 60, 0)
        assert budget_choices.choices(session, row, NOW) == ()


def line_allows(session: Any, limit: int, used: int) -> None:
    row = session.get_one(Channel, CITY)
    row.quota, row.quota_used = limit, used


def test_a_series_that_starts_next_month_keeps_its_weeks_and_an_issue_moves_with_its_announcement(office: Office):
    office.line_quota(12, 6, read_at=NOW)  # two are kept, four are free; next month ten
    author, second = office.person("city"), office.person("city")
    with office.database.write() as session:
        row = announcements.draft(session, CITY, author, office.draft("今泉"), NOW)
        fortnight = Plan("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", time(9), date(2026, 11, 4), date(2026, 12, 25))  # 4, 18
        series_acts.set_plan(session, row, author, fortnight, 24, NOW)
        announcements.submit(session, row, author, NOW)
        ways = refused(office, session, row, second)
        assert ways["next_month"].send_at == datetime(2026, 12, 2, 9, 0, tzinfo=JST)
        budget_choices.choose(session, row, author, "next_month", row.version, NOW)
        mine = series.of(session, row)
        assert mine is not None
        assert [f"{one.day:%m-%d}" for one in series.coming(mine, NOW)] == ["12-02", "12-16"]
        announcements.submit(session, row, author, NOW)
        announcements.approve(session, row, second, row.version, NOW, sealer=office.context.sealer)
        assert row.send_at == datetime(2026, 12, 2, 9, 0, tzinfo=JST)
        place = office.districts["吉原"]
        circulars.set_rule(session, CITY, author, place, NewRule(IssueRule("FREQ=MONTHLY;BYMONTHDAY=20")), 0, NOW)
        issue = circulars.listing(session, CITY, [place])[0]
        circular_items.add_item(session, issue, author, NewItem("city", "市", "お知らせ", "文です。"), NOW)
        told = circulars.compose(session, issue, author, issue.version, NOW)
        line_allows(session, 15, 14)
        assert refused(office, session, told, second) == {}, "in December the series and the next issue leave two"
        line_allows(session, 16, 14)
        way = refused(office, session, told, second)["next_month"]
        assert way.send_at == datetime(2026, 12, 1, 9, 0, tzinfo=JST)
        budget_choices.choose(session, told, author, "next_month", told.version, NOW)
        assert (issue.issue_on, issue.send_at, told.send_at) == (date(2026, 12, 1), way.send_at, way.send_at)
        announcements.submit(session, told, author, NOW)
        announcements.approve(session, told, second, told.version, NOW, sealer=office.context.sealer)
