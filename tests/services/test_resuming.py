"""Going on with a send that ran out of messages: who got nothing gets it once, what may be out never goes again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import AnnouncementBatch
from bot.now import real_now
from bot.services import announcements, batches, resuming
from tests.support.announcing import CITY, Office, open_office

MONTH = timedelta(days=31)


@pytest.fixture
def office(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """LINE's quota is 7, batches hold three: two fit, the third is refused, the fourth never tried."""
    monkeypatch.setattr(batches, "SIZE", 3)
    monkeypatch.setattr("scheduler.delivery.GROUP", 1)
    shutil.copyfile(template, tmp_path / "entaku.db")
    with open_office(f"sqlite:///{tmp_path / 'entaku.db'}", tmp_path, quota=7) as opened:
        yield opened


def stopped(office: Office) -> tuple[list[str], int]:
    wanted = office.residents(12, "今泉")
    office.delivery.stop()
    office.delivery = office.new_delivery(threads=1)
    return wanted, office.send(office.draft("今泉"))


def resume(
    office: Office, announcement_id: int, role: str = "city", version: int | None = None, *districts: str
) -> int:
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
    assert resume(office, announcement_id) == 6
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
    assert resume(office, announcement_id) == 3
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
