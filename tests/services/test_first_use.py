"""First use: who may begin, what a municipality needs, what is kept when a step is repeated."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.core.permissions import SYSTEM
from bot.core.sealing import Sealer, new_key
from bot.db import Database
from bot.errors import BadInputError, ConflictError, EntakuError, NotAllowedError
from bot.models import Desk, District, Municipality, Staff
from bot.now import real_now
from bot.services import desks, first_use
from bot.services.first_use import NewMunicipality
from bot.services.staff import NewStaff
from content.packs_model import District as PackDistrict

SEALER = Sealer.parse(f"1:{new_key()}")
WORDS = {"association": "自治会", "centre": "公民館", "council": "協議会"}
CITY = NewMunicipality("mihon", "見本市", "222101", ("ja", "en"), WORDS, "市民協働課")


def admin(number: int) -> NewStaff:
    return NewStaff(f"a{number}@city.example", "管理者", "green-tea-and-rice", None, "admin")


def saved(database: Database, new: NewMunicipality = CITY, *, create: bool = True) -> None:
    with database.write() as session:
        first_use.save_municipality(session, new, SYSTEM, real_now(), create=create)


def test_the_code_is_the_same_after_a_restart_and_another_with_other_keys() -> None:
    code = first_use.setup_code(SEALER)
    assert first_use.setup_code(SEALER) == code
    assert first_use.setup_code(Sealer.parse(f"1:{new_key()}")) != code
    assert first_use.code_is_right(SEALER, f" {code.lower().replace('-', ' ')} ")
    assert not first_use.code_is_right(SEALER, "")
    assert not first_use.code_is_right(SEALER, code[:-1] + ("A" if code[-1] != "A" else "B"))


def test_two_people_at_once_make_one_first_admin(database: Database) -> None:
    code, failed, ready = first_use.setup_code(SEALER), [], threading.Barrier(2)

    def begin(number: int) -> None:
        ready.wait()
        try:
            with database.write() as session:
                first_use.first_admin(session, SEALER, code, admin(number), real_now())
        except EntakuError as error:
            failed.append(type(error))

    threads = [threading.Thread(target=begin, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Staff)) == 1
        assert not first_use.nobody_yet(session)
    assert failed == [ConflictError]


def test_without_the_code_nobody_begins(database: Database) -> None:
    with pytest.raises(NotAllowedError), database.write() as session:
        first_use.first_admin(session, SEALER, "AAAA-BBBB-CCCC-DDDD", admin(1), real_now())
    with database.read() as session:
        assert first_use.nobody_yet(session)


@pytest.mark.parametrize(
    "wrong", ["", "f", "Fuji", "富士", "1fuji", "fuji-", "setup", "account", "fuji-practice", "a" * 24, "fu/ji"]
)
def test_ids_that_pages_could_not_have(wrong: str) -> None:
    assert first_use.id_wrong(wrong)
    assert first_use.id_wrong("fuji") == first_use.id_wrong("minami-alps") == ""


def test_a_municipality_is_made_once_and_changed_after(database: Database) -> None:
    saved(database)
    with pytest.raises(ConflictError):
        saved(database)
    with pytest.raises(BadInputError, match="222101"):
        saved(database, NewMunicipality("other", "他市", "222100", ("ja",), WORDS, "係"))
    changed = NewMunicipality("mihon", "見本町", "222101", ("ja",), {"centre": "支所"}, "総務課", "0545-00-0000")
    saved(database, changed, create=False)
    with database.read() as session:
        row = session.get_one(Municipality, "mihon")
        assert (row.name, row.languages, row.facts["prefecture"]) == ("見本町", ["ja"], "静岡県")
        assert row.facts["words"] == {**WORDS, "centre": "支所"}
        assert session.scalars(select(Desk.name)).all() == ["総務課"]
        assert [desk.name for desk in desks.for_district(session, "mihon", None)] == ["総務課"]


def test_districts_given_again_are_changed_not_doubled(database: Database) -> None:
    saved(database)
    first = PackDistrict("imaizumi", "今泉", "いまいずみ", "今泉協議会", "今泉公民館")
    second = PackDistrict("goudo", "神戸", "ごうど", "神戸協議会", "神戸公民館")
    again = PackDistrict("imaizumi", "今泉", "いまいずみ", "今泉の会", "今泉公民館")
    counts = []
    for given in ([first], [again, second], [again, second]):
        with database.write() as session:
            counts.append(first_use.add_districts(session, "mihon", given, SYSTEM, real_now()))
    assert counts == [(1, 0), (1, 1), (0, 0)]
    with database.read() as session:
        rows = session.scalars(select(District).order_by(District.position)).all()
        assert [(row.name, row.facts["council"], row.position) for row in rows] == [
            ("今泉", "今泉の会", 0), ("神戸", "神戸協議会", 1),
        ]  # fmt: skip


def test_the_word_counts_once_and_half_an_hour(database: Database) -> None:
    saved(database)
    now = real_now()
    with database.write() as session:
        digits = first_use.new_word(session, "mihon", now)
        assert first_use.waits_for(session, "mihon", digits, now)
        assert not first_use.waits_for(session, "mihon", digits, now + timedelta(minutes=31))
        assert not first_use.waits_for(session, "mihon", "000000" if digits != "000000" else "000001", now)
        assert not first_use.found_tester(session, "mihon", 1, digits, now + timedelta(minutes=31))
