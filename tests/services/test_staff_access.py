"""Invitations, sessions, recovery codes and the city's identities, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.core.permissions import SYSTEM
from bot.db import Database
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Invitation, Municipality, RecoveryCode, Staff, StaffIdentity, StaffSession
from bot.now import real_now
from bot.services import identities, invitations, recovery_codes, sign_in, staff, staff_sessions
from bot.services.invitations import Wanted

PASSWORD = "green-tea-and-rice"
NOW = real_now()
ISSUER = "https://login.city.example"


@pytest.fixture
def fuji(database: Database) -> Database:
    with database.write() as session:
        session.add(Municipality(id="fuji", name="富士市", code="222101"))
    return database


def invited(database: Database, email: str = "kato@fuji.example") -> str:
    with database.write() as session:
        return invitations.invite(session, Wanted(email, "加藤", "fuji", "city"), SYSTEM, "管理者", NOW)[1]


def hired(database: Database, email: str = "sato@fuji.example") -> int:
    with database.write() as session:
        return staff.create(session, staff.NewStaff(email, "佐藤", PASSWORD, "fuji", "city"), NOW).id


def count(database: Database, table) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_two_who_open_one_invitation_at_once_make_one_account(fuji):
    token, done = invited(fuji), []

    def accept() -> None:
        with fuji.read() as session:
            row = invitations.find(session, token, NOW)
        try:
            with fuji.write() as session:
                done.append(invitations.accept(session, row, PASSWORD, NOW).id)
        except ConflictError:
            done.append("too late")

    threads = [threading.Thread(target=accept) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(fuji, Staff) == 1
    assert sorted(isinstance(one, int) for one in done) == [False, True]
    assert "too late" in done


def test_an_invitation_gives_what_it_says_and_is_forgotten(fuji):
    token = invited(fuji)
    with fuji.write() as session:
        row = invitations.find(session, token, NOW)
        with pytest.raises(BadInputError):
            invitations.accept(session, row, "short", NOW)
    with fuji.write() as session:
        row = invitations.find(session, token, NOW)
        person = invitations.accept(session, row, PASSWORD, NOW)
        assert [grant.role for grant in staff.actor(session, person).grants] == ["city"]
    with fuji.write() as session, pytest.raises(ConflictError):
        invitations.invite(session, Wanted("KATO@fuji.example", "-", "fuji", "city"), SYSTEM, "-", NOW)
    with fuji.write() as session:
        assert invitations.forget(session, NOW + timedelta(days=36)) == 0
        assert invitations.forget(session, NOW + timedelta(days=38)) == 1
    assert count(fuji, Invitation) == 0


def test_a_session_counts_until_it_is_ended_or_its_person_changes(fuji):
    person = hired(fuji)
    with fuji.write() as session:
        row = session.get_one(Staff, person)
        keys = [staff_sessions.begin(session, row, "password", f"機械{number}", NOW) for number in range(3)]
        stored = {one.key_hash for one in session.scalars(select(StaffSession))}
        assert not stored & set(keys), "the keys themselves are in cookies only"
    with fuji.write() as session:
        first, row = staff_sessions.find(session, keys[0])
        assert sign_in.end_others(session, row, first.id, NOW) == 2
    with fuji.write() as session:
        assert [staff_sessions.find(session, key) is not None for key in keys] == [True, False, False]
        session.get_one(Staff, person).session_version += 1
        session.flush()
        assert staff_sessions.find(session, keys[0]) is None
        assert staff_sessions.find(session, "made up") is None
        assert staff_sessions.forget(session, NOW + timedelta(hours=25)) == 1


def test_recovery_codes_belong_to_one_person_and_work_once(fuji):
    one, other = hired(fuji), hired(fuji, "other@fuji.example")
    with fuji.write() as session:
        row, stranger = session.get_one(Staff, one), session.get_one(Staff, other)
        codes = recovery_codes.renew(session, row, NOW, SYSTEM)
        assert not recovery_codes.use(session, stranger, codes[0], NOW)
        assert recovery_codes.use(session, row, f" {codes[0].upper()} ", NOW)
        assert not recovery_codes.use(session, row, codes[0], NOW)
        assert recovery_codes.left(session, one) == recovery_codes.NUMBER - 1
        recovery_codes.renew(session, row, NOW, SYSTEM)
    assert count(fuji, RecoveryCode) == recovery_codes.NUMBER


def test_a_city_identity_is_linked_once_and_gives_no_account(fuji):
    person = hired(fuji)
    with fuji.write() as session:
        assert identities.person(session, ISSUER, "s1", " SATO@fuji.example", NOW).id == person
    with fuji.write() as session:
        assert identities.person(session, ISSUER, "s1", "", NOW).id == person
    for subject, email in (("s2", "sato@fuji.example"), ("s3", "nobody@fuji.example"), ("s4", "")):
        with fuji.write() as session, pytest.raises(NotAllowedError):
            identities.person(session, ISSUER, subject, email, NOW)
    assert (count(fuji, StaffIdentity), count(fuji, Staff)) == (1, 1)
