"""The month's messages: what is free for whom, at the turn of the month in Japan; ways that fit; who leaves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.core.months import Month
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Alert, Announcement, AnnouncementBatch, DigestRecipient
from bot.now import real_now
from bot.services import announcements, blocks, budget, budget_choices, residents
from tests.support.announcing import CITY, Office, open_office

TURN = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)  # midnight of 1 December in Japan
BEFORE, AFTER = TURN - timedelta(minutes=5), TURN + timedelta(minutes=5)
NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Iterator[Office]:
    shutil.copyfile(template, tmp_path / "entaku.db")
    with open_office(f"sqlite:///{tmp_path / 'entaku.db'}", tmp_path) as opened:
        yield opened


def quota(office: Office, now: datetime, at: datetime | None = None) -> budget.Quota:
    with office.database.read() as session:
        return budget.quota(session, CITY, now, at)


def test_a_new_month_begins_at_midnight_in_japan_also_before_line_is_read_again(office: Office):
    office.line_quota(100, 95, read_at=BEFORE)
    assert (quota(office, BEFORE).used, quota(office, BEFORE).free()) == (95, 0)
    assert (quota(office, AFTER).used, quota(office, AFTER).free()) == (0, 90)
    assert quota(office, BEFORE, AFTER).free() == 90, "what is planned for December takes nothing from November"


def test_a_send_over_midnight_counts_to_both_months_by_its_batches(office: Office):
    office.residents(6, "今泉")
    announcement_id = office.scheduled(office.draft("今泉"), now=BEFORE - timedelta(hours=9))
    with office.database.write() as session:
        row = announcements.get(session, CITY, announcement_id)
        row.state, row.frozen_at, row.recipients, row.accepted = "sending", BEFORE, 6, 5
        for position, (count, state, at) in enumerate(
            ((3, "accepted", BEFORE), (2, "accepted", AFTER), (1, "waiting", None))
        ):
            session.add(
                AnnouncementBatch(
                    municipality_id=CITY, announcement_id=row.id, position=position, count=count, state=state,
                    first_try_at=at, retry_key=str(position), next_try_at=AFTER,
                )
            )  # fmt: skip
    office.line_quota(100, 40, read_at=BEFORE - timedelta(minutes=1))
    now = quota(office, AFTER)
    assert (now.used, now.going_out, now.scheduled) == (2, 1, 1)
    with office.database.read() as session:
        assert budget.used_by(session, CITY, NOVEMBER) == [("今泉まちづくり協議会", 3)]
        assert budget.used_by(session, CITY, DECEMBER) == [("今泉まちづくり協議会", 2)]


def test_the_reserve_is_for_what_is_urgent_and_can_be_settled(office: Office):
    office.line_quota(100, 85, read_at=AFTER)
    left = quota(office, AFTER)
    assert (
        left.free(),
        left.free("cancellation"),
        left.free("emergency"),
        left.lacks(6),
        left.lacks(6, "emergency"),
    ) == (5, 15, 15, 1, 0)
    with office.database.write() as session, pytest.raises(NotAllowedError):
        budget.settle(session, CITY, office.person("officer", "今泉"), 0, 3, AFTER)
    city = office.person("city")
    with office.database.write() as session:
        with pytest.raises(BadInputError):
            budget.settle(session, CITY, city, -1, 3, AFTER)
        budget.settle(session, CITY, city, 2, 5, AFTER)
    assert quota(office, AFTER).free() == 13


def test_everything_that_is_planned_this_month_is_forecast(office: Office):
    office.residents(4, "今泉")
    office.line_quota(100, 10, read_at=BEFORE - timedelta(days=5))
    now = BEFORE - timedelta(days=5)
    office.scheduled(office.draft("今泉", title="今月", send_at=now + timedelta(days=1)), now=now)
    office.scheduled(office.draft("今泉", title="来月", send_at=now + timedelta(days=8)), now=now)
    with office.database.write() as session:
        for resident in (1, 2):
            for announcement_id in (901, 902):  # two announcements in one digest cost each of them one message
                session.add(
                    DigestRecipient(
                        announcement_id=announcement_id,
                        resident_id=resident,
                        municipality_id=CITY,
                        lane="evening",
                        frozen_at=now,
                    )
                )
    with office.database.read() as session:
        found = [(one.kind, one.title, one.messages) for one in budget.forecast(session, CITY, NOVEMBER, now)]
        later = [(one.kind, one.title, one.messages) for one in budget.forecast(session, CITY, DECEMBER, now)]
    assert sorted(found) == [("announcement", "今月", 4), ("digest", "夕方のまとめ", 2)]
    assert later == [("announcement", "来月", 4)]
    assert quota(office, now).scheduled == 6


def test_what_does_not_fit_is_refused_with_the_ways_that_do(office: Office):
    office.residents(8, "今泉")
    office.residents(5, "吉原")
    now = BEFORE - timedelta(days=5)
    office.line_quota(20, 10, read_at=now)  # eight are free, two are kept
    author, chair = office.person("city"), office.person("city")
    with office.database.write() as session:
        row = announcements.draft(session, CITY, author, office.draft("今泉", "吉原"), now)
        announcements.submit(session, row, author, now)
        with pytest.raises(BadInputError, match="今月送れる数が足りません"):
            announcements.approve(session, row, chair, row.version, now, sealer=office.context.sealer)
        ways = {one.kind: one for one in budget_choices.choices(session, row, now)}
        assert set(ways) == {"districts", "next_month"}
        assert (ways["districts"].district_ids, ways["districts"].messages) == ((office.districts["吉原"],), 5)
        assert ways["next_month"].send_at == datetime(2026, 12, 1, 0, 0, tzinfo=UTC), "nine in the morning in Japan"
        with pytest.raises(ConflictError):
            budget_choices.choose(session, row, author, "untold", row.version, now)
        budget_choices.choose(session, row, author, "districts", row.version, now)
        assert (row.state, announcements.district_ids(session, row)) == ("draft", (office.districts["吉原"],))
        assert budget_choices.choices(session, row, now) == ()
        announcements.submit(session, row, author, now)
        announcements.approve(session, row, chair, row.version, now, sealer=office.context.sealer)


def test_only_who_was_told_nothing_this_week_is_a_way_too(office: Office):
    told, now = office.residents(8, "今泉"), real_now()
    office.residents(3, "今泉")
    office.line_quota(12, 2, read_at=now)
    with office.database.write() as session:
        row = announcements.draft(session, CITY, office.person("city"), office.draft("今泉"), now)
        for line_id in told:
            mine = office.resident(line_id).id
            session.add(
                DigestRecipient(
                    announcement_id=900,
                    resident_id=mine,
                    municipality_id=CITY,
                    lane="morning",
                    frozen_at=now - timedelta(days=4),
                    told_at=now - timedelta(days=3),
                )
            )
        session.flush()
        way = next(one for one in budget_choices.choices(session, row, now) if one.kind == "untold")
        assert (way.messages, way.untold_days) == (5, 7), "three people, told as five at most"


def test_staff_are_told_once_when_many_leave_after_a_send(office: Office):
    line_ids = office.residents(60, "今泉")
    announcement_id = office.send(office.draft("今泉"))

    def leave(line_id: str, now: datetime) -> None:
        with office.database.write() as session:
            residents.leave(session, session.merge(office.resident(line_id)), now)

    def seen() -> tuple[int | None, bool, int]:
        with office.database.read() as session:
            found = blocks.of(session, announcements.get(session, CITY, announcement_id))
            return found.left, found.warning, len(session.scalars(select(Alert.id).where(Alert.kind == "blocks")).all())

    now = office.context.clock()
    for line_id in line_ids[:4]:
        leave(line_id, now + timedelta(hours=1))
        leave(line_id, now + timedelta(hours=2))  # twice is once
    assert seen() == (None, False, 0), "four are too few to be told"
    leave(line_ids[4], now + timedelta(hours=47))
    assert seen() == (5, True, 1)
    with office.database.write() as session:
        session.execute(update(Alert).values(count=1))
    leave(line_ids[5], now + timedelta(hours=47))
    leave(line_ids[6], now + timedelta(hours=49))
    assert seen() == (6, True, 1)
    with office.database.read() as session:
        assert session.scalar(select(Alert.count).where(Alert.kind == "blocks")) == 1, "seen to once, not told again"
        assert session.scalar(select(Announcement.left_after)) == 6
