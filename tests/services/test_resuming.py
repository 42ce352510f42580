"""Going on with a send that ran out of messages: who got nothing gets it once, what may be out never goes again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.core.months import month_of
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Alert, AnnouncementBatch
from bot.now import jst, real_now
from bot.services import announcements, batches, budget, resuming, standstill
from scheduler import resuming as ticks
from tests.support.announcing import CITY, Office, open_office

MONTH = timedelta(days=31)


def at_jst(office: Office, hour: int, minute: int = 0, *, days: int = 0, next_month: bool = False) -> datetime:
    """LINE's and the product's clock, put forward to an hour of Japan (`next_month`: of its tenth); returns it."""
    now = jst(office.context.clock())
    day = (now.replace(day=1) + timedelta(days=32)).replace(day=10) if next_month else now
    then = day.replace(hour=hour, minute=minute, second=0, microsecond=0) + timedelta(days=days)
    office.simulator.control("POST", "/_sim/clock", {"advance_s": (then - now).total_seconds()})
    return then


@pytest.fixture
def office(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """LINE's quota is 7, batches hold three: two fit, the third is refused, the fourth never tried."""
    monkeypatch.setattr(batches, "SIZE", 3)
    monkeypatch.setattr("scheduler.delivery.GROUP", 1)
    monkeypatch.setattr("scheduler.delivery.ENOUGH", 1)
    shutil.copyfile(template, tmp_path / "entaku.db")
    with open_office(f"sqlite:///{tmp_path / 'entaku.db'}", tmp_path, quota=7) as opened:
        yield opened


def stopped(office: Office) -> tuple[list[str], int]:
    wanted = office.residents(12, "今泉")
    office.delivery.stop()
    office.delivery = office.new_delivery(calls=1)
    return wanted, office.send(office.draft("今泉"))


def resume(
    office: Office, announcement_id: int, role: str = "city", version: int | None = None, *districts: str
) -> resuming.Resumed:
    actor = office.person(role, *districts)
    with office.database.write(durable=True) as session:
        row = announcements.get(session, CITY, announcement_id)
        now = office.context.clock()
        return resuming.resume(session, row, actor, row.version if version is None else version, now, real_now())


def test_next_month_the_rest_gets_it_once_under_new_keys_without_those_who_left(office: Office):
    wanted, announcement_id = stopped(office)
    keys = [batch.retry_key for batch in office.batches(announcement_id)]
    office.line_quota(7, 6, read_at=office.context.clock())
    with pytest.raises(BadInputError, match="今月送れる数が足りません"):
        resume(office, announcement_id)
    office.simulator.control("POST", "/_sim/clock", {"advance_s": MONTH.total_seconds()})
    office.change(wanted[-1], state="left")
    assert resume(office, announcement_id).people == 6
    office.again()
    assert office.copies() == dict.fromkeys(wanted[:-1], 1)
    row = office.read(announcement_id)
    assert (row.state, row.accepted, row.comment) == ("sent", 11, None)
    assert row.finished_at is not None
    after = [batch.retry_key for batch in office.batches(announcement_id)]
    assert after[:2] == keys[:2]
    assert not set(after[2:]) & set(keys)
    assert office.violations() == []
    with pytest.raises(ConflictError):
        resume(office, announcement_id)


def test_a_batch_that_may_be_out_stays_unknown_and_never_goes_again(office: Office):
    wanted, announcement_id = stopped(office)
    with office.database.write() as session:
        third = session.get_one(AnnouncementBatch, office.batches(announcement_id)[2].id)
        third.unsure = 1  # an attempt before the quota's refusal was never answered
    office.simulator.control("POST", "/_sim/clock", {"advance_s": MONTH.total_seconds()})
    assert resume(office, announcement_id).people == 3
    office.again()
    assert office.copies() == dict.fromkeys([*wanted[:6], *wanted[9:]], 1)


def test_it_takes_the_right_and_the_version_that_was_read_and_ends_after_45_days(office: Office):
    _, announcement_id = stopped(office)
    with pytest.raises(NotAllowedError):
        resume(office, announcement_id, "officer", None, "吉原")
    office.simulator.control("POST", "/_sim/clock", {"advance_s": MONTH.total_seconds()})
    with pytest.raises(ConflictError):
        resume(office, announcement_id, version=0)
    with office.database.write() as session:
        assert resuming.forget(session, office.context.clock()) == 0
        assert resuming.forget(session, office.context.clock() + timedelta(days=15)) == 2
    with pytest.raises(ConflictError, match="残っていません"):
        resume(office, announcement_id)


def test_what_somebody_lets_go_on_at_night_waits_for_the_morning_and_can_be_called_back(office: Office):
    wanted, announcement_id = stopped(office)
    night = at_jst(office, 22, 30, next_month=True)
    office.line_quota(7, 0, read_at=night)
    done = resume(office, announcement_id)
    assert (done.people, jst(done.at)) == (6, (night + timedelta(days=1)).replace(hour=7, minute=0))
    row, city = office.read(announcement_id), office.person("city")
    assert (row.state, row.resumes_at) == ("stopped", done.at)
    with office.database.write() as session:
        planned = budget.forecast(session, CITY, month_of(night), night)
        assert [(one.kind, one.messages) for one in planned] == [("resumed", 6)], "it takes its place in the month"
        again = announcements.get(session, CITY, announcement_id)
        why = standstill.reason(session, again, night)
        assert why is not None
        assert "午前7時に、残りの人へ" in why.mend
        resuming.call_back(session, again, city, again.version, night)
    at_jst(office, 7, 1, days=1)
    assert ticks.go_on(office.context) == 0, "it was called back"
    at_jst(office, 23)
    resume(office, announcement_id)
    assert ticks.go_on(office.context) == 0, "it is night"
    office.again()
    assert office.copies() == dict.fromkeys(wanted[:6], 1)
    at_jst(office, 7, 0, days=1)
    assert (ticks.go_on(office.context), ticks.go_on(office.context)) == (1, 0)
    office.again()
    assert office.copies() == dict.fromkeys(wanted, 1)
    assert office.read(announcement_id).resumes_at is None


def test_an_emergency_goes_on_at_night_and_what_no_longer_fits_in_the_morning_stays_and_is_said(office: Office):
    wanted, announcement_id = stopped(office)
    night = at_jst(office, 23, next_month=True)
    with office.database.write() as session:
        announcements.get(session, CITY, announcement_id).urgency = "emergency"
    assert resuming.goes_at(office.read(announcement_id), night) == night
    with office.database.write() as session:
        announcements.get(session, CITY, announcement_id).urgency = "normal"
    resume(office, announcement_id)
    at_jst(office, 7, 5, days=1)
    office.line_quota(7, 6)
    assert ticks.go_on(office.context) == 0
    row = office.read(announcement_id)
    assert (row.state, row.resumes_at) == ("stopped", None)
    assert "今月送れる数が足りません" in (row.comment or "")
    with office.database.read() as session:
        said = session.scalars(select(Alert.text).where(Alert.kind == "refused")).one()
    assert "続きを送れませんでした" in said
    office.line_quota(7, 0)
    assert resume(office, announcement_id).people == 6, "by day it goes at once"
    office.again()
    assert office.copies() == dict.fromkeys(wanted, 1)
