"""Accounts, roles and signing in, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from bot.core.permissions import SYSTEM, Actor, Grant
from bot.core.sealing import Sealer, new_key
from bot.db import Database
from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import AuditRow, District, Municipality, Staff
from bot.now import real_now
from bot.services import second_factors, sign_in, staff
from bot.services.staff import NewStaff, Role

PASSWORD = "green-tea-and-rice"
NOW = real_now()


@pytest.fixture
def sealer() -> Sealer:
    return Sealer.parse(f"1:{new_key()}")


@pytest.fixture
def places(database: Database) -> dict[str, int]:
    with database.write() as session:
        session.add_all(Municipality(id=city, name=city, code="222101") for city in ("fuji", "tomioka"))
        session.flush()
        for city, name in (("fuji", "今泉"), ("fuji", "吉原"), ("tomioka", "東富岡")):
            session.add(District(municipality_id=city, key=name, name=name, kana=name))
        session.flush()
        return {row.name: row.id for row in session.scalars(select(District))}


def new(**changes) -> NewStaff:
    values = {
        "email": "Mochizuki@Fuji.example",
        "name": " 望月 ",
        "password": PASSWORD,
        "municipality": "fuji",
        "role": "city",
    }
    return NewStaff(**(values | changes))


def hired(database: Database, **changes) -> int:
    with database.write() as session:
        return staff.create(session, new(**changes), NOW).id


def attempt(database: Database, password: str, now=NOW, email: str = "mochizuki@fuji.example") -> bool:
    with database.read() as session:
        found = sign_in.find(session, email)
    verdict = sign_in.matches(found, password)
    with database.write() as session:
        row = sign_in.settle(session, found, verdict, now)
        if row is not None:
            sign_in.complete(session, row, now)
        return row is not None


def test_an_account_has_its_role_and_no_readable_password(database, places):
    person = hired(database, role="officer", district_ids=(places["今泉"],), until=NOW.date())
    with database.read() as session:
        row = session.get_one(Staff, person)
        assert (row.email, row.name, row.password_once) == ("mochizuki@fuji.example", "望月", False)
        assert row.password_hash.startswith("$argon2id$")
        assert PASSWORD not in row.password_hash
        assert staff.actor(session, row) == Actor(
            person, "望月", (Grant("officer", "fuji", frozenset({places["今泉"]}), NOW.date()),)
        )
        acts = session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
        assert acts == ["staff.create", "staff.grant"]
        assert PASSWORD not in repr(new())


def test_an_admin_of_the_installation_belongs_to_no_municipality(database, places):
    person = hired(database, municipality=None, role="admin")
    with database.read() as session:
        assert staff.actor(session, session.get_one(Staff, person)).grants == (Grant("admin", None),)
    with pytest.raises(BadInputError):
        hired(database, email="b@b", municipality=None, role="city")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"email": "nobody"}, BadInputError),
        ({"email": "a@b c"}, BadInputError),
        ({"name": " "}, BadInputError),
        ({"name": "あ" * 61}, BadInputError),
        ({"password": "elevenchars"}, BadInputError),
        ({"password": "mochizuki-2026"}, BadInputError),
        ({"password": "aaaaaaaaaaaaaaaa"}, BadInputError),
        ({"role": "king"}, BadInputError),
        ({"role": "officer"}, BadInputError),
        ({"municipality": "numazu"}, NotFoundError),
    ],
)
def test_what_cannot_be_an_account(database, places, changes, error):
    with pytest.raises(error):
        hired(database, **changes)
    with database.read() as session:
        assert session.scalars(select(Staff)).all() == []


def test_districts_must_be_this_municipalitys(database, places):
    with pytest.raises(BadInputError):
        hired(database, role="chair", district_ids=(places["今泉"], places["東富岡"]))


def test_an_address_has_one_account_whatever_its_case(database, places):
    hired(database)
    with pytest.raises(ConflictError):
        hired(database, email=" MOCHIZUKI@fuji.example")


def test_districts_by_name_or_key(database, places):
    with database.read() as session:
        assert staff.district_ids(session, "fuji", ["吉原", "今泉"]) == (places["吉原"], places["今泉"])
        with pytest.raises(BadInputError, match="東富岡"):
            staff.district_ids(session, "fuji", ["今泉", "東富岡"])


def test_a_role_is_changed_and_taken_away(database, places):
    person = hired(database, role="officer", district_ids=(places["今泉"],))
    with database.write() as session:
        row = session.get_one(Staff, person)
        ((line, said),) = staff.roles(session, "fuji", [person])[person]
        assert said == Role("officer", (places["今泉"],), None)
        staff.change_role(session, line, Role("chair", (places["吉原"],), NOW.date()), NOW, SYSTEM)
    with database.write() as session:
        row = session.get_one(Staff, person)
        assert staff.actor(session, row).grants == (Grant("chair", "fuji", frozenset({places["吉原"]}), NOW.date()),)
        with pytest.raises(NotFoundError):
            staff.get_role(session, "tomioka", row, line.id)
        staff.revoke(session, staff.get_role(session, "fuji", row, line.id), NOW, SYSTEM)
    with database.read() as session:
        assert staff.actor(session, session.get_one(Staff, person)).grants == ()


def test_people_are_found_in_their_own_municipality_only(database, places):
    person = hired(database)
    with database.read() as session:
        assert [row.id for row in staff.listing(session, "fuji")] == [person]
        assert staff.listing(session, "tomioka") == []
        with pytest.raises(NotFoundError):
            staff.get(session, "tomioka", person)


def test_one_time_passwords_differ_and_are_accepted_as_passwords():
    made = {staff.one_time_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        staff.check_password(password, "x@y")


def test_the_right_password_signs_in(database, places):
    hired(database)
    assert attempt(database, PASSWORD)
    assert not attempt(database, PASSWORD + "!")
    assert not attempt(database, PASSWORD, email="nobody@fuji.example")


def test_locks_grow_and_a_success_forgets_the_failures(database, places):
    person = hired(database)
    moment, waits = NOW, []
    for _ in range(3):
        for _ in range(sign_in.FREE_FAILURES):
            assert not attempt(database, "wrong", moment)
        with database.read() as session:
            until = session.get_one(Staff, person).locked_until
        assert until is not None
        waits.append(until - moment)
        assert not attempt(database, PASSWORD, until - timedelta(seconds=1)), "locked for the right password too"
        moment = until
    assert waits == [timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60)]
    assert attempt(database, PASSWORD, moment)
    with database.read() as session:
        row = session.get_one(Staff, person)
        assert (row.failures, row.locked_until) == (0, None)


def test_the_longest_lock_is_a_day(database, places):
    person = hired(database)
    with database.write() as session:
        session.get_one(Staff, person).failures = 5 * 400 - 1
    assert not attempt(database, "wrong")
    with database.read() as session:
        assert session.get_one(Staff, person).locked_until == NOW + timedelta(hours=24)


def test_a_password_changed_during_the_check_makes_the_old_one_wrong(database, places):
    person = hired(database)
    with database.read() as session:
        found = sign_in.find(session, "mochizuki@fuji.example")
    verdict = sign_in.matches(found, PASSWORD)
    with database.write() as session:
        staff.change_password(session, session.get_one(Staff, person), "another password", NOW, SYSTEM)
    with database.write() as session:
        assert sign_in.settle(session, found, verdict, NOW) is None


def test_a_code_works_once_and_only_around_its_time(database, places, sealer):
    person = hired(database)
    with database.write() as session:
        secret = staff.enable_totp(session, sealer, session.get_one(Staff, person), None, NOW)
    totp = pyotp.TOTP(secret)

    def enter(code: str, now) -> bool:
        with database.write() as session:
            return sign_in.code_is_right(session, sealer, person, code, now)

    assert not enter(totp.at(NOW - timedelta(seconds=90)), NOW)
    assert not enter(totp.at(NOW + timedelta(seconds=90)), NOW)
    assert not enter("", NOW)
    assert enter(totp.at(NOW), NOW)
    assert not enter(totp.at(NOW), NOW), "used already"
    assert not enter(totp.at(NOW - timedelta(seconds=30)), NOW), "older than the one used"
    with database.write() as session:
        session.get_one(Staff, person).failures = 0
        session.get_one(Staff, person).locked_until = None
    assert enter(totp.at(NOW + timedelta(seconds=30)), NOW)


def test_a_code_of_another_account_does_not_open_this_one(database, places, sealer):
    one, other = hired(database), hired(database, email="other@fuji.example")
    with database.write() as session:
        staff.enable_totp(session, sealer, session.get_one(Staff, one), None, NOW)
        row = session.get_one(Staff, other)
        row.totp_secret = session.get_one(Staff, one).totp_secret
    with database.write() as session, pytest.raises(BadInputError):
        sign_in.code_is_right(session, sealer, other, "000000", NOW)


def test_what_ends_sessions(database, places, sealer):
    person = hired(database)

    def version() -> int:
        with database.read() as session:
            return session.get_one(Staff, person).session_version

    acts = (
        lambda session, row: staff.change_password(session, row, "another password", NOW, SYSTEM),
        lambda session, row: staff.reset_password(session, row, NOW, SYSTEM),
        lambda session, row: second_factors.reset(session, row, NOW, SYSTEM),
        lambda session, row: staff.deactivate(session, row, NOW, SYSTEM),
    )
    for act in acts:
        before = version()
        with database.write() as session:
            act(session, session.get_one(Staff, person))
        assert version() == before + 1


def test_an_ended_account_does_not_sign_in(database, places):
    person = hired(database)
    with database.write() as session:
        staff.deactivate(session, session.get_one(Staff, person), NOW, SYSTEM)
    assert not attempt(database, PASSWORD)
    with database.write() as session:
        staff.reactivate(session, session.get_one(Staff, person), NOW, SYSTEM)
    assert attempt(database, PASSWORD)


def test_no_audit_row_holds_a_secret(database, places, sealer):
    person = hired(database)
    with database.write() as session:
        row = session.get_one(Staff, person)
        once = staff.reset_password(session, row, NOW, SYSTEM)
        secret = staff.enable_totp(session, sealer, row, None, NOW)
    with database.read() as session:
        told = " ".join(f"{row.details} {row.target} {row.actor}" for row in session.scalars(select(AuditRow)))
    for hidden in (once, secret, PASSWORD):
        assert hidden not in told
