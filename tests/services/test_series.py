"""A series from its draft to its end: approved once, every date made once, nothing without a second person."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.errors import BadInputError, NotAllowedError
from bot.models import Announcement, AnnouncementSeries, Poll
from bot.now import JST
from bot.services import announcements, ballots, polls, series, series_acts
from content.series_rules import Plan
from scheduler import series as ticks
from tests.support.announcing import CITY, Office, open_office

NOW = datetime(2027, 6, 25, 10, 0, tzinfo=JST)
# 第1・第3日曜; August off. 2027: July 4, 18, September 5, 19 ...
PLAN = Plan("FREQ=MONTHLY;BYDAY=1SU,3SU", time(18), date(2027, 6, 25), date(2027, 9, 30), breaks=(("08-01", "08-31"),))


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path) as opened:
        opened.residents(1, "今泉")
        yield opened


def written(office: Office, plan: Plan = PLAN) -> int:
    author = office.person("officer", "今泉")
    with office.database.write() as session:
        row = announcements.draft(session, CITY, author, office.draft("今泉"), NOW)
        series_acts.set_plan(session, row, author, plan, 3, NOW)
        announcements.submit(session, row, author, NOW)
        return row.id


def approved(office: Office, announcement_id: int) -> int:
    """The id of its series, which runs now."""
    second = office.person("officer", "今泉")
    with office.database.write() as session:
        row = announcements.get(session, CITY, announcement_id)
        announcements.approve(session, row, second, row.version, NOW, sealer=office.context.sealer)
        assert row.series_id is not None
        return row.series_id


def days(office: Office, series_id: int) -> dict[str, str]:
    """Day -> state, of every announcement of the series."""
    with office.database.read() as session:
        rows = session.scalars(
            select(Announcement).where(Announcement.series_id == series_id).order_by(Announcement.send_at)
        )
        return {f"{row.series_day:%m-%d}": row.state for row in rows}


def make(office: Office, now: datetime) -> int:
    with office.database.write() as session:
        return sum(
            series.make(session, office.context.sealer, city, one, now) for city, one in series.due(session, now)
        )


def test_approved_once_and_every_date_made_once_ahead(office: Office):
    first = written(office)
    with office.database.read() as session:
        row = announcements.get(session, CITY, first)
        shown = series.of(session, row)
        assert shown is not None
        assert [one.day.isoformat()[5:] for one in series.coming(shown, NOW)] == ["07-04", "07-18", "09-05", "09-19"]
        assert make(office, NOW) == 0, "nothing is made before the approval"
    series_id = approved(office, first)
    assert days(office, series_id) == {"07-04": "scheduled"}
    assert make(office, NOW + timedelta(days=9)) == 1
    assert make(office, NOW + timedelta(days=9)) == 0
    made = days(office, series_id)
    assert made == {"07-04": "scheduled", "07-18": "scheduled"}
    with office.database.read() as session:
        one, two = session.scalars(
            select(Announcement).where(Announcement.series_id == series_id).order_by(Announcement.send_at)
        )
    assert two.send_at == datetime(2027, 7, 18, 18, 0, tzinfo=JST)
    assert (two.body, two.late_hours, two.approver_id) == (one.body, 3, one.approver_id)
    assert two.messages == (one.messages or b"").replace("7月4日(日)".encode(), "7月18日(日)".encode())
    assert two.messages != one.messages


def test_after_a_jump_over_the_end_missed_dates_stand_there_and_the_series_is_over(office: Office):
    series_id = approved(office, written(office))
    assert make(office, NOW + timedelta(days=120)) == 3
    assert office.delivery.freeze_due(NOW + timedelta(days=120)) == 0
    assert set(days(office, series_id).values()) == {"refused"}
    with office.database.read() as session:
        assert session.get_one(AnnouncementSeries, series_id).state == "over"


def test_two_clocks_at_once_make_one_announcement(office: Office, monkeypatch: pytest.MonkeyPatch):
    series_id = approved(office, written(office))
    monkeypatch.setattr(type(office.context.clock), "__call__", lambda _: NOW + timedelta(days=9))
    start = threading.Barrier(3)

    def run() -> None:
        start.wait()
        ticks.make(office.context)

    clocks = [threading.Thread(target=run) for _ in range(3)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join()
    assert len(days(office, series_id)) == 2


def test_a_series_ends_with_a_second_person_and_a_changed_one_takes_its_place_when_approved(office: Office):
    series_id = approved(office, written(office))
    make(office, NOW + timedelta(days=9))
    asks, agrees = office.person("officer", "今泉"), office.person("chair", "今泉")
    with office.database.write() as session:
        row = series_acts.get(session, CITY, series_id)
        new = series_acts.change(session, row, asks, NOW)
        later = Plan("FREQ=WEEKLY;BYDAY=TH", time(9), NOW.date(), date(2027, 8, 31))
        series_acts.set_plan(session, new, asks, later, 24, NOW)
        announcements.submit(session, new, asks, NOW)
        new_id = new.id
    assert len(days(office, series_id)) == 2, "until the new one is approved, the old one runs"
    second = approved(office, new_id)
    assert days(office, series_id) == {"07-04": "cancelled"}
    with office.database.write() as session:
        row = series_acts.get(session, CITY, second)
        series_acts.ask_stop(session, row, asks, "夏休みに入るため", NOW)
        with pytest.raises(NotAllowedError, match="自分が頼んだ"):
            series_acts.stop(session, row, asks, NOW)
        series_acts.stop(session, row, agrees, NOW)
    assert make(office, NOW + timedelta(days=30)) == 0
    assert set(days(office, second).values()) == {"cancelled"}


def test_taking_the_approval_back_takes_back_all_that_was_made(office: Office):
    first = written(office)
    series_id = approved(office, first)
    make(office, NOW + timedelta(days=9))
    chair = office.person("chair", "今泉")
    with office.database.write() as session:
        row = announcements.get(session, CITY, first)
        announcements.take_back(session, row, chair, row.version, NOW)
    assert days(office, series_id) == {"07-04": "returned"}
    assert make(office, NOW + timedelta(days=9)) == 0


def test_what_never_fires_or_comes_at_night_is_refused(office: Office):
    for plan, why in (
        (
            Plan("FREQ=WEEKLY;BYDAY=SU", time(9), date(2027, 8, 1), date(2027, 8, 31), breaks=PLAN.breaks),
            "1回も送られません",
        ),
        (Plan("FREQ=WEEKLY;BYDAY=SU", time(22), date(2027, 8, 1), date(2027, 8, 31)), "朝7時から夜9時"),
    ):
        with pytest.raises(BadInputError, match=why):
            written(office, plan)


def asking(office: Office, days_open: int = 5) -> int:
    """A series whose every date asks the same question for so many days; it is submitted."""
    author = office.person("officer", "今泉")
    with office.database.write() as session:
        first = PLAN.moment(date(2027, 7, 4))
        closes_at = first + timedelta(days=days_open)
        poll = polls.create(session, CITY, author, "今月の行事はいかがでしたか", ("よかった", "ふつう"), closes_at, NOW)
        poll.remind_at = closes_at - timedelta(days=1)
        row = announcements.draft(session, CITY, author, office.draft("今泉"), NOW, poll.id)
        series_acts.set_plan(session, row, author, PLAN, 3, NOW)
        announcements.submit(session, row, author, NOW)
        return row.id


def test_every_date_of_a_series_with_a_poll_asks_anew_with_its_own_ballots(office: Office):
    with pytest.raises(BadInputError, match="次の回より後"):
        asking(office, days_open=14)
    series_id = approved(office, asking(office))
    assert make(office, NOW + timedelta(days=9)) == 1
    with office.database.read() as session:
        query = select(Announcement, Poll).join(Poll, Poll.id == Announcement.poll_id)
        rows = session.execute(query.where(Announcement.series_id == series_id).order_by(Announcement.send_at)).all()
        (one, first), (two, second) = rows
        assert polls.choices_of(session, second) == polls.choices_of(session, first) == ("よかった", "ふつう")
    assert (second.id != first.id, second.state, second.question) == (True, "draft", first.question)
    assert second.closes_at - first.closes_at == second.remind_at - first.remind_at == timedelta(days=14)
    assert two.messages != one.messages
    assert "7月23日(金)" in (two.messages or b"").decode()
    assert "7月9日(金)" not in (two.messages or b"").decode()
    for row in (one, two):  # each is sent at its time, and opens its own
        office.delivery.freeze_due(row.send_at + timedelta(minutes=1))
    with office.database.read() as session:
        assert [session.get_one(Poll, each.id).state for each in (first, second)] == ["open", "open"]
    names = {ballots.name_of(each) for each in (first, second)}
    assert len(names) == len({office.context.keystore.recall(name) for name in names} - {None}) == 2


def test_a_series_with_a_poll_that_ends_leaves_no_poll_that_would_open(office: Office):
    series_id, officer = approved(office, asking(office)), office.person("officer", "今泉")
    make(office, NOW + timedelta(days=9))
    with office.database.write() as session:
        row = series_acts.get(session, CITY, series_id)
        new = series_acts.change(session, row, officer, NOW)
        assert series_acts.change(session, row, officer, NOW) is new, "pressed twice"
        assert new.poll_id is not None
        series.stop(session, row)
    with office.database.read() as session:
        states = sorted(session.scalars(select(Poll.state).where(Poll.id != new.poll_id)))
    assert states == ["cancelled"], "the first date's; the other was a copy and is gone"
