"""Districts that are renamed, merged and newly made; contacts that staff keep; packs loaded afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from bot.core.permissions import Actor, Grant
from bot.db import Database
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import (
    AnnouncementDistrict,
    Circular,
    CircularItem,
    Desk,
    District,
    DistrictChange,
    Entry,
    NeighbourhoodAssociation,
    Resident,
    ResidentDistrict,
    Staff,
    StaffDistrict,
    StaffRole,
)
from bot.services import announcements, answers, district_changes, district_contacts, districts, knowledge
from bot.services.announcements import Draft
from bot.services.answers import Question
from bot.services.district_changes import NewDistrict, Wish
from bot.services.district_contacts import Contact
from content import districts as named
from content import packs
from tests.support.places import REPOSITORY

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)  # Sunday, 10:00 in Japan
APRIL = date(2027, 4, 1)
DAWN = datetime(2027, 3, 31, 15, 0, tzinfo=UTC)  # 00:00 of 1 April in Japan
CITY = Actor(None, "市民協働課(見本)", (Grant("city", "fuji"),))


@pytest.fixture
def fuji(cities_url: str) -> Iterator[Database]:
    opened = Database(cities_url)
    yield opened
    opened.close()


def load(database: Database) -> None:
    with database.write() as session:
        knowledge.load_pack(session, packs.load(REPOSITORY / "content" / "packs" / "fuji"), NOW)


def row_of(session: object, name: str) -> District:
    return session.scalars(select(District).where(District.municipality_id == "fuji", District.name == name)).one()  # type: ignore[attr-defined]


def plan(database: Database, name: str, wish: Wish) -> int:
    with database.write() as session:
        return district_changes.plan(session, row_of(session, name), CITY, wish, NOW).id


def carry_out(database: Database, now: datetime = DAWN) -> list[int]:
    with database.read() as session:
        due = district_changes.due(session, now)
    for one in due:
        with database.write() as session:
            district_changes.carry_out(session, one, now)
    return due


def ask(database: Database, text: str, now: datetime = DAWN) -> answers.Answer:
    with database.read() as session:
        stored = answers.read(session, "fuji")
        return answers.answer(Question(text, now, None, language="ja"), answers.knowledge(stored))


def test_renaming_happens_on_its_day_and_both_names_are_understood(fuji: Database) -> None:
    change = plan(fuji, "今泉", Wish(APRIL, "新今泉", "しんいまいずみ"))
    assert carry_out(fuji, datetime(2027, 3, 31, 14, 59, tzinfo=UTC)) == []
    assert carry_out(fuji) == [change]
    assert carry_out(fuji) == []
    load(fuji)  # what the pack says does not undo it
    with fuji.read() as session:
        row = row_of(session, "新今泉")
        assert [(one.name, one.until) for one in district_changes.former_names(session, row)] == [
            ("今泉", date(2027, 3, 31))
        ]
        place = next(one for one in districts.listed(session, "fuji") if one.id == row.id)
        assert (place.name, place.kana, place.key) == ("新今泉", "しんいまいずみ", "imaizumi")
        assert "今泉" in place.district.aliases
    for name in ("今泉", "新今泉"):
        desk = ask(fuji, f"{name}のまちづくりセンターはどこ").desk
        assert desk is not None
        assert desk.district == "imaizumi"


def _before_the_merging(database: Database) -> dict[str, int]:
    """浮島 joins 須津: people, roles, an unsent and a sent announcement, associations of the same name, open issues."""
    with database.write() as session:
        old, new = row_of(session, "浮島"), row_of(session, "須津")
        here = {"municipality_id": "fuji"}
        for at, home in enumerate((old.id, old.id, new.id, None)):
            session.add(Resident(**here, line_id=bytes([at]) * 16, followed_at=NOW, home_district_id=home))
        session.flush()
        people = session.scalars(select(Resident).order_by(Resident.id)).all()
        for person, place in ((people[0], new.id), (people[2], old.id), (people[3], old.id), (people[3], new.id)):
            session.add(ResidentDistrict(**here, resident_id=person.id, district_id=place))
        chair = Staff(**here, email="a@example.jp", name="館長(見本)", password_hash="-", created_at=NOW)
        session.add(chair)
        session.flush()
        role = StaffRole(**here, staff_id=chair.id, role="chair")
        session.add(role)
        session.flush()
        session.add(StaffDistrict(**here, role_id=role.id, district_id=old.id))
        author = Actor(chair.id, chair.name, CITY.grants)
        unsent, sent = (
            announcements.draft(
                session, "fuji", author, Draft(title, "日曜です。", "協議会(見本)", "home", (old.id,), None), NOW
            )
            for title in ("清掃", "訓練")
        )
        sent.state, sent.frozen_at = "sent", NOW
        for place in (old.id, new.id):
            session.add(NeighbourhoodAssociation(**here, district_id=place, name="中町", copies=10))
        for place in (old.id, new.id):
            issue = Circular(
                **here, district_id=place, named_on=APRIL, issue_on=APRIL, closes_at=DAWN, send_at=DAWN
            )  # fmt: skip
            session.add(issue)
            session.flush()
            session.add(
                CircularItem(
                    **here, circular_id=issue.id, position=1, origin="school", sender="-", title=f"{place}", body="-",
                    created_at=NOW,
                )
            )  # fmt: skip
        return {"old": old.id, "new": new.id, "unsent": unsent.id, "sent": sent.id, "role": role.id}


def test_merging_moves_what_is_to_come_and_nothing_that_was(fuji: Database) -> None:
    made = _before_the_merging(fuji)
    old, new = made["old"], made["new"]
    plan(fuji, "浮島", Wish(APRIL, into_id=new))
    carry_out(fuji)
    load(fuji)
    with fuji.read() as session:
        homes = session.scalars(select(Resident.home_district_id).order_by(Resident.id)).all()
        assert homes == [new, new, new, None]
        # Who lives there, or followed both, follows once or not at all.
        assert session.scalars(select(ResidentDistrict.district_id)).all() == [new]
        assert set(session.scalars(select(StaffDistrict.district_id))) == {old, new}
        of = {row.announcement_id: row.district_id for row in session.scalars(select(AnnouncementDistrict))}
        assert of == {made["unsent"]: new, made["sent"]: old}
        names = session.scalars(select(NeighbourhoodAssociation.name).order_by(NeighbourhoodAssociation.name)).all()
        assert names == ["中町", "中町(旧浮島)"]
        issue = session.scalars(select(Circular)).one()
        assert (issue.district_id, len(session.scalars(select(CircularItem)).all())) == (new, 2)
        ended = session.get_one(District, old)
        assert (ended.valid_to, ended.successor_id) == (date(2027, 3, 31), new)
        places = districts.listed(session, "fuji")
        assert old not in [place.id for place in places]
        assert districts.by_id(places, old) == districts.by_key(places, ended.key) == districts.by_id(places, new)
        keys = {key for entry in session.scalars(select(Entry)) for key in entry.data.get("districts") or ()}
        assert ended.key not in keys - {ended.key for e in session.scalars(select(Entry)) if e.kind == "population"}
        moved = session.scalars(select(DistrictChange)).one().moved
        assert moved["residents"] == 2
        assert moved["announcements"] == 1
        exported = knowledge.export_pack(session, "fuji")
        assert packs_problems(exported) == []
        said = named.find("浮島の清掃はいつ", [place.district for place in places]).districts
        assert [one.id for one in said] == ["sudo"]


def packs_problems(pack: object) -> list[str]:
    known = {district.id for district in pack.districts}  # type: ignore[attr-defined]
    return [entry.id for entry in pack.entries if set(entry.districts) - known]  # type: ignore[attr-defined]


def test_what_ended_meanwhile_is_followed_to_the_end_of_the_chain(fuji: Database) -> None:
    with fuji.read() as session:
        a, b, c = (row_of(session, name).id for name in ("浮島", "須津", "吉永"))
    plan(fuji, "須津", Wish(APRIL, into_id=c))
    carry_out(fuji)
    with fuji.write() as session:
        with pytest.raises(BadInputError, match="いっしょになる先"):
            district_changes.plan(session, session.get_one(District, a), CITY, Wish(APRIL, into_id=b), NOW)
        district_changes.plan(session, session.get_one(District, a), CITY, Wish(APRIL, into_id=c), NOW)
    carry_out(fuji)
    with fuji.read() as session:
        assert districts.successors(session, "fuji") == {"ukishima": "yoshinaga", "sudo": "yoshinaga"}
        assert district_changes.last_of(session, session.get_one(District, b)).id == c


def test_refusals(fuji: Database) -> None:
    officer = Actor(None, "役員", (Grant("chair", "fuji", frozenset({1})),))
    with fuji.write() as session:
        row = row_of(session, "今泉")
        for wish, words in (
            (Wish(date(2026, 11, 21), "新", "しん"), "今日かそれより先"),
            (Wish(APRIL, "", "しん"), "名前を"),
            (Wish(APRIL, "新今泉", "シン"), "ひらがな"),
            (Wish(APRIL, "今泉", "いまいずみ"), "いまと同じ"),
            (Wish(APRIL, into_id=row.id), "いっしょになる先"),
        ):
            with pytest.raises(BadInputError, match=words):
                district_changes.plan(session, row, CITY, wish, NOW)
        with pytest.raises(ConflictError, match="もうあります"):
            district_changes.plan(session, row, CITY, Wish(APRIL, "吉原", "よしわら"), NOW)
        with pytest.raises(NotAllowedError):
            district_changes.plan(session, row, officer, Wish(APRIL, "新今泉", "しん"), NOW)
        with pytest.raises(NotFoundError):
            district_changes.get(session, "tomioka", row.id)
        made = district_changes.plan(session, row, CITY, Wish(APRIL, "新今泉", "しんいまいずみ"), NOW)
        with pytest.raises(ConflictError, match="もう決まっている"):
            district_changes.plan(session, row, CITY, Wish(APRIL, "別", "べつ"), NOW)
        district_changes.cancel(session, "fuji", CITY, made.id, NOW)
        with pytest.raises(ConflictError):
            district_changes.cancel(session, "fuji", CITY, made.id, NOW)
    assert carry_out(fuji) == []


def test_a_new_district_is_offered_at_once_and_no_pack_takes_it_away(fuji: Database) -> None:
    with fuji.write() as session:
        new = NewDistrict("新浜", "しんはま", "shinhama", "新浜地区まちづくり協議会", "新浜まちづくりセンター")
        district_changes.create(session, "fuji", CITY, new, NOW)
        with pytest.raises(ConflictError):
            district_changes.create(session, "fuji", CITY, new, NOW)
    load(fuji)
    with fuji.read() as session:
        assert districts.listed(session, "fuji")[-1].name == "新浜"


def test_a_changed_contact_is_what_residents_are_told_also_after_the_pack_is_loaded(fuji: Database) -> None:
    with fuji.write() as session:
        row = row_of(session, "今泉")
        old = district_contacts.of(session, row)
        assert district_contacts.ASK_THE_PAGE in old.note
        new = Contact(**(old.__dict__ | {"phone": "０５４５―００―１２３４", "hours": "平日 8時30分から17時"}))
        assert district_contacts.change(session, row, CITY, new, old.seen, NOW)
        with pytest.raises(ConflictError, match="ほかの人"):
            district_contacts.change(session, row, CITY, new, old.seen, NOW)
        again = district_contacts.of(session, row)
        assert not district_contacts.change(session, row, CITY, again, again.seen, NOW)
    load(fuji)
    text = ask(fuji, "今泉まちづくりセンターの電話番号は", NOW).text
    assert "0545-00-1234" in text
    assert district_contacts.ASK_THE_PAGE not in text
    with fuji.read() as session:
        desk = session.scalars(select(Desk).where(Desk.municipality_id == "fuji", Desk.key == "centre-imaizumi")).one()
        assert desk.data["checked_on"] == "2026-11-22"
        assert knowledge.export_pack(session, "fuji").desks


@pytest.mark.parametrize(
    ("field", "value"),
    [("phone", "12345"), ("url", "http://example.jp/"), ("centre", ""), ("note", "あ" * 401), ("fax", "javascript:1")],
)
def test_a_wrong_contact_names_the_field(fuji: Database, field: str, value: str) -> None:
    with fuji.write() as session:
        row = row_of(session, "今泉")
        old = district_contacts.of(session, row)
        wrong = Contact(**(old.__dict__ | {field: value}))
        assert set(district_contacts.problems(wrong)) == {field}
        with pytest.raises(BadInputError):
            district_contacts.change(session, row, CITY, wrong, old.seen, NOW)
