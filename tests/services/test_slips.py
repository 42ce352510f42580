"""Liaison slips: a code is used once, the slip reaches exactly the holders, who confirmed is named, one reminder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import HolderCode, Resident, RoleHolder, Slip, SlipAnswer
from bot.now import JST
from bot.services import announcements, associations, holders, slips
from bot.services.associations import Line
from bot.services.holders import HolderWish
from bot.services.slips import ByHand, NewSlip
from tests.support.announcing import CITY, Office, open_office

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
END = date(2027, 3, 31)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path) as opened:
        yield opened


def place(office: Office, actor: Any, district: str = "今泉", name: str = "本町町内会") -> int:
    with office.database.write() as session:
        associations.save(session, CITY, actor, office.districts[district], [Line(None, name, 20)], NOW)
        return associations.listing(session, CITY, office.districts[district])[-1].id


def codes(office: Office, actor: Any, association_id: int, *units: str, post: str = "group_head") -> list[str]:
    with office.database.write() as session:
        row = associations.get(session, CITY, association_id)
        return [one.code for one in holders.make_codes(session, actor, row, HolderWish(post, units, END), NOW)]


def take(office: Office, code: str, resident_id: int, name: str, now: datetime = NOW) -> None:
    """What chat and form do: the code, the link, the name."""
    token = holders.new_token()
    with office.database.write() as session:
        found = holders.find(session, CITY, code)
        assert found is not None
        holders.add_link(session, found, session.get_one(Resident, resident_id), token, now)
    with office.database.write() as session:
        linked = holders.link_of(session, CITY, token)
        assert linked is not None
        holders.take(session, linked[0], name, now)


def slip(office: Office, author: Any, approver: Any, **changes: Any) -> int:
    values: dict[str, Any] = {
        "title": "年末の清掃について", "body": "12月6日(日)に行います。", "sender": "今泉まちづくり協議会(見本)",
        "district_id": office.districts["今泉"], "posts": ("group_head",), "reply_on": date(2026, 12, 10),
        "forward": "12月6日(日) 朝8時から清掃です。軍手をお持ちください。",
    }  # fmt: skip
    with office.database.write() as session:
        told = slips.write(session, CITY, author, NewSlip(**(values | changes)), NOW)
        announcements.submit(session, told, author, NOW)
        announcements.approve(session, told, approver, told.version, NOW, sealer=office.context.sealer)
        return told.id


def test_from_a_code_to_a_named_confirmation(office: Office) -> None:
    officer, chair, elsewhere = (
        office.person("officer", "今泉"), office.person("chair", "今泉"), office.person("officer", "吉原"),
    )  # fmt: skip
    lines = office.residents(4, "今泉")
    people = [office.resident(one).id for one in lines]
    here, there = place(office, officer), place(office, elsewhere, "吉原", "元町町内会")
    first, second = codes(office, officer, here, "1組", "2組")
    (far,) = codes(office, elsewhere, there)
    with office.database.write() as session, pytest.raises(NotAllowedError):
        holders.make_codes(
            session, elsewhere, associations.get(session, CITY, here), HolderWish("group_head", (), END), NOW
        )
    take(office, first.lower().replace("0", "o"), people[0], " 山田  太郎 ")
    take(office, second, people[1], "鈴木 花子")
    take(office, far, people[2], "よその組長")
    with pytest.raises(ConflictError, match="もう使われたか"):
        take(office, first, people[3], "二人め")
    with office.database.read() as session:
        assert [one.name for one in holders.linked(session, CITY, office.districts["今泉"], END)] == [
            "山田 太郎",
            "鈴木 花子",
        ]
        late = session.get_one(HolderCode, session.scalars(select(HolderCode.code_hash)).first())
        assert not holders.usable(late, NOW + timedelta(days=15))

    number = slip(office, officer, chair)
    office.delivery.freeze_due(NOW)
    office.delivery.send_due()
    with office.database.read() as session:
        assert announcements.get(session, CITY, number).recipients == 2

    def press(resident_id: int) -> str:
        with office.database.write() as session:
            return slips.confirm(session, number, session.get_one(Resident, resident_id), NOW)

    assert [press(one) for one in (people[0], people[0], people[2], people[3])] == [
        "confirmed", "again", "not_yours", "not_yours",
    ]  # fmt: skip
    with office.database.write() as session:
        row = session.get_one(Slip, number)
        with pytest.raises(BadInputError, match="どうやって"):
            slips.enter(session, row, officer, ByHand(here, "group_head", "line"), NOW)
        slips.enter(session, row, officer, ByHand(here, "group_head", "telephone", "3組", "佐藤"), NOW)
        seen = [(one.title, one.name, one.door) for one in slips.roll(session, row, NOW)]
        assert seen == [
            ("本町町内会 1組 組長", "山田 太郎", "line"),
            ("本町町内会 2組 組長", "鈴木 花子", None),
            ("本町町内会 3組 組長", "佐藤", "telephone"),
        ]
        early, due = datetime(2026, 12, 8, 8, 59, tzinfo=JST), datetime(2026, 12, 8, 9, 0, tzinfo=JST)
        assert slips.due_reminders(session, early) == []
        assert slips.due_reminders(session, due) == [row]
        assert [one.id for one in slips.claim_reminder(session, row, due)] == [people[1]]
        assert slips.claim_reminder(session, row, due) == []
        assert slips.due_reminders(session, due) == []


def test_a_post_ends_with_its_day_and_its_name_goes(office: Office) -> None:
    officer, chair = office.person("officer", "今泉"), office.person("chair", "今泉")
    resident = office.resident(office.residents(1, "今泉")[0]).id
    here = place(office, officer)
    take(office, codes(office, officer, here)[0], resident, "山田 太郎")
    number = slip(office, officer, chair)
    office.delivery.freeze_due(NOW)
    office.delivery.send_due()
    with office.database.write() as session:
        slips.confirm(session, number, session.get_one(Resident, resident), NOW)
        slips.enter(
            session, session.get_one(Slip, number), officer, ByHand(here, "group_head", "paper", "", "佐藤"), NOW
        )
        line = associations.listing(session, CITY, office.districts["今泉"])[0]
        renamed = Line(line.id, "本町一丁目町内会", 20)
        associations.save(session, CITY, officer, office.districts["今泉"], [renamed], NOW)
        assert session.scalars(select(RoleHolder.neighbourhood)).all() == ["本町一丁目町内会"]
    with office.database.write() as session:
        assert holders.end_posts(session, datetime(2027, 3, 31, 23, 59, tzinfo=JST)) == 0
        assert holders.end_posts(session, datetime(2027, 4, 1, 0, 0, tzinfo=JST)) == 1
        assert slips.forget_names(session, datetime(2027, 4, 1, tzinfo=JST)) == 1
        assert session.scalar(select(func.count()).select_from(RoleHolder)) == 0
        answers = session.execute(select(SlipAnswer.resident_id, SlipAnswer.name, SlipAnswer.door)).all()
        assert [tuple(one) for one in answers] == [(None, None, "line"), (None, None, "paper")]
        title = ("本町一丁目町内会 組長", None)
        assert {(one.title, one.name) for one in slips.roll(session, session.get_one(Slip, number), NOW)} == {title}


def test_what_a_slip_must_say(office: Office) -> None:
    officer, chair = office.person("officer", "今泉"), office.person("chair", "今泉")
    for wrong, why in (
        ({"posts": ()}, "どの役"),
        ({"reply_on": date(2026, 11, 1)}, "返事の期限"),
        ({"forward": "あ" * 101}, "組へ回す文"),
        ({"forward": "ごみ当番は山田さんです。"}, "当番の人の名前"),
        ({"district_id": office.districts["吉原"]}, "役割がありません"),
    ):
        with pytest.raises((BadInputError, NotAllowedError), match=why):
            slip(office, officer, chair, **wrong)
    with pytest.raises(BadInputError, match="届く人がいない"):  # nobody holds the post: it is never widened
        slip(office, officer, chair)
    text = "あ" * 100
    with office.database.write() as session:
        assert len(text) == slips.MAX_FORWARD
        assert session.scalar(select(func.count()).select_from(Slip)) == 0
