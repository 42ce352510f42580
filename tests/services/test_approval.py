"""Approval beyond the two people: the pool, the hold, the wait by day, the emergency path. On both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from bot.core.approval_rules import Rule
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Alert, Announcement, AuditRow, StaffRole
from bot.now import JST
from bot.services import announcements, approval, staff
from tests.support.announcing import CITY, Office, open_office

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=JST)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path) as opened:
        opened.residents(2, "今泉")
        yield opened


@pytest.fixture
def small(template: Path, tmp_path: Path) -> Iterator[Office]:
    """On SQLite only, for rules that do not depend on the database."""
    shutil.copyfile(template, tmp_path / "entaku.db")
    with open_office(f"sqlite:///{tmp_path / 'entaku.db'}", tmp_path) as opened:
        opened.residents(2, "今泉")
        yield opened


def submitted(office: Office, author, now=NOW, **changes) -> int:
    with office.database.write() as session:
        row = announcements.draft(session, CITY, author, office.draft("今泉", **changes), now)
        announcements.submit(session, row, author, now)
        return row.id


def act(office: Office, number: int, name: str, *values, **more) -> Announcement:
    with office.database.write() as session:
        row = announcements.get(session, CITY, number)
        getattr(announcements, name)(session, row, *values, **more)
        return row


def names(people) -> list[str]:
    return sorted(one.name for one in people)


def test_it_waits_for_the_district_then_for_the_city_too(office: Office):
    author, city = office.person("officer", "今泉"), office.person("city")
    chair = office.person("chair", "今泉")
    office.person("chair", "吉原")  # of another district: never asked
    office.person("viewer")
    number = submitted(office, author, NOW.replace(hour=19))
    with office.database.read() as session:
        row = announcements.get(session, CITY, number)
        pool = approval.pool(session, row, NOW)
        assert (names(pool.district), names(pool.city)) == (["chair"], ["city"])
        late = NOW.replace(hour=9) + timedelta(days=1)
        assert [names(approval.asked(session, row, at)) for at in (late - timedelta(minutes=1), late)] == [
            ["chair"],
            ["chair", "city"],
        ]
        assert [approval.waiting_for(session, CITY, who, NOW) != [] for who in (chair, city, author)] == [
            True,
            False,
            False,
        ]
        assert approval.waiting_for(session, CITY, city, late) == [row]
    with office.database.write() as session:
        assert [approval.escalate_due(session, late) for _ in range(2)] == [1, 0]
    assert office.read(number).escalated_at == late


def test_without_anybody_in_the_district_the_city_is_asked_at_once(small: Office):
    author = small.person("officer", "今泉")
    small.person("city")
    number = submitted(small, author)
    with small.database.read() as session:
        assert names(approval.asked(session, announcements.get(session, CITY, number), NOW)) == ["city"]


def test_a_sending_is_held_and_can_be_taken_back_until_it_goes_out(office: Office):
    author, chair, admin = office.person("officer", "今泉"), office.person("chair", "今泉"), office.person("admin")
    with office.database.write() as session:
        approval.set_rule(session, CITY, admin, Rule(10, 4), NOW)
    number = submitted(office, author)
    row = act(office, number, "approve", chair, office.read(number).version, NOW, sealer=office.context.sealer)
    end = NOW + timedelta(minutes=10)
    assert (row.state, row.send_at, row.held_until) == ("scheduled", end, end)
    assert office.delivery.freeze_due(end - timedelta(seconds=1)) == 0
    with pytest.raises(NotAllowedError):
        act(office, number, "take_back", office.person("chair", "吉原"), row.version, NOW)
    with pytest.raises(ConflictError):  # the button of an older page
        act(office, number, "take_back", author, row.version - 1, NOW)
    back = act(office, number, "take_back", author, row.version, NOW)
    assert (back.state, back.messages, back.approver_id, back.held_until) == ("returned", None, None, None)
    assert office.delivery.freeze_due(end) == 0
    assert back.send_at is None  # it was to go at once, so it still is whenever it is mended
    # A later time of its own is not put off, and what has gone out cannot be taken back.
    act(office, number, "submit", author, NOW)
    row = act(office, number, "approve", chair, back.version + 1, NOW, sealer=office.context.sealer)
    assert office.delivery.freeze_due(end) == 1
    with pytest.raises(ConflictError, match="配信中"):
        act(office, number, "take_back", author, office.read(number).version, end)


def test_who_rewrites_what_another_began_is_not_its_second_person(office: Office):
    """Else one person alone would decide on what goes out under two names."""
    author, other, chair = (office.person(role, "今泉") for role in ("officer", "officer", "chair"))
    number, sealer = submitted(office, author), office.context.sealer
    with office.database.write() as session:
        row = announcements.get(session, CITY, number)
        words = office.draft("今泉", body="すっかり書きかえた文")
        announcements.change(session, row, other, words, row.version, NOW)
        announcements.submit(session, row, other, NOW)
        assert names(approval.pool(session, row, NOW).district) == ["chair"]
    for who in (author, other):
        with pytest.raises(NotAllowedError, match="自分が"):
            act(office, number, "approve", who, office.read(number).version, NOW, sealer=sealer)
    act(office, number, "send_back", chair, "日付を確かめてください。", NOW)
    with office.database.write() as session:  # brought again by its author, who has read it by then
        announcements.submit(session, announcements.get(session, CITY, number), author, NOW)
    assert (
        act(office, number, "approve", other, office.read(number).version, NOW, sealer=sealer).approver_id == other.id
    )


def test_a_role_lost_between_two_clicks_is_refused_at_the_second(small: Office):
    author, chair = small.person("officer", "今泉"), small.person("chair", "今泉")
    number = submitted(small, author)
    with small.database.read() as session:
        assert approval.may_approve(session, announcements.get(session, CITY, number), chair, NOW)
    with small.database.write() as session:
        session.execute(delete(StaffRole).where(StaffRole.staff_id == chair.id))
    with small.database.read() as session:
        again = staff.actor(session, session.get_one(staff.Staff, chair.id))
    with pytest.raises(NotAllowedError):
        act(small, number, "approve", again, small.read(number).version, NOW, sealer=small.context.sealer)


def test_an_emergency_needs_no_second_person_but_a_reason_and_two_roles(office: Office):
    author, chair, other = (
        office.person("officer", "今泉"),
        office.person("chair", "今泉"),
        office.person("chair", "吉原"),
    )
    city, admin = office.person("city"), office.person("admin")
    number = submitted(office, author)
    sealer = office.context.sealer

    def send(who, reason="川があふれそうです。"):
        row = office.read(number)
        return act(office, number, "send_emergency", who, reason, row.version, NOW, sealer=sealer)

    with pytest.raises(BadInputError, match="緊急"):
        send(chair)
    with office.database.write() as session:
        announcements.get(session, CITY, number).urgency = "emergency"
    for who in (author, other, admin):
        with pytest.raises(NotAllowedError):
            send(who)
    with pytest.raises(BadInputError, match="理由"):
        send(chair, "  ")
    row = send(chair)
    assert (row.state, row.approver_id, row.emergency_by_id, row.held_until) == ("scheduled", None, chair.id, None)
    assert office.delivery.freeze_due(NOW) == 1  # at once
    with office.database.read() as session:
        row = announcements.get(session, CITY, number)
        assert names(approval.reported_to(session, row, NOW)) == ["admin", "city", "officer"]
        assert [one.id for one in approval.emergencies(session, CITY, city, NOW)] == [number]
        assert approval.emergencies(session, CITY, other, NOW) == []
        assert "川があふれそうです。" in session.scalars(select(Alert.text).where(Alert.kind == "emergency")).one()
        audit = session.scalars(select(AuditRow).where(AuditRow.action == "announcement.emergency")).one()
        assert (audit.actor_id, audit.details["reason"]) == (chair.id, "川があふれそうです。")


def test_the_rule_is_the_citys(small: Office):
    with pytest.raises(NotAllowedError), small.database.write() as session:
        approval.set_rule(session, CITY, small.person("chair", "今泉"), Rule(0, 4), NOW)
    for wrong in (Rule(-1, 4), Rule(61, 4), Rule(10, 0), Rule(10, 99)):
        with pytest.raises(BadInputError), small.database.write() as session:
            approval.set_rule(session, CITY, small.person("city"), wrong, NOW)
