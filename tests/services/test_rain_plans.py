"""Rain plans: rights, what is refused, and two people choosing at once. On both databases."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.core.months import Month
from bot.core.permissions import Actor
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import (
    Announcement,
    AnnouncementText,
    ChangeNotice,
    Entry,
    RainPlan,
    Reminded,
    Reminder,
)
from bot.now import JST
from bot.services import budget, entry_editing, ledger, rain_deciding, rain_plans, sign_ups
from bot.services.rain_plans import Draft
from bot.services.sign_ups import Key
from content.packs_json import entry_json
from content.packs_model import Activity
from tests.support.announcing import CITY, Office, open_office

DAY = date(2026, 11, 29)
NOW = datetime(2026, 11, 27, 10, 0, tzinfo=JST)
MORNING = datetime.combine(DAY, time(5, 40), JST)
KEY = Key(CITY, "seiso", DAY)


@contextmanager
def opened(database_url: str, folder: Path) -> Iterator[Office]:
    """The small city with one activity, every Sunday."""
    with open_office(database_url, folder) as office:
        content = replace(
            entry_editing.blank("activity"), id="seiso", title="公園の清掃", body="-", districts=("d0",), draft=False,
            activity=Activity(rule="FREQ=WEEKLY;BYDAY=SU", start=time(8), end=time(9), sign_up="LINE", place="公園"),
        )  # fmt: skip
        row = Entry(
            municipality_id=CITY,
            key="seiso",
            kind="activity",
            title=content.title,
            data=entry_json(content),
            updated_at=NOW,
        )
        with office.database.write() as session:
            session.add(row)
        yield office


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with opened(database_url, tmp_path) as found:
        yield found


@pytest.fixture
def small(template: Path, tmp_path: Path) -> Iterator[Office]:
    """On SQLite only, for rules that do not depend on the database."""
    shutil.copyfile(template, tmp_path / "entaku.db")
    with opened(f"sqlite:///{tmp_path / 'entaku.db'}", tmp_path) as found:
        yield found


def draft(office: Office, *named, **changes) -> Draft:
    values = {
        "sender": "今泉まちづくり協議会", "audience": "home", "district_ids": (office.districts["今泉"],),
        "decide_at": MORNING, "held_text": "行います。", "off_text": "雨のため中止です。", "put_off_text": "順延です。",
        "moved_to": DAY + timedelta(days=7), "officer_ids": tuple(one.id for one in named),
    }  # fmt: skip
    return Draft(**(values | changes))


def approved(office: Office, author, approver, *named) -> RainPlan:
    with office.database.write() as session:
        row = rain_plans.save(session, KEY, author, draft(office, *named), 0, NOW)
        rain_plans.submit(session, row, author, NOW)
        rain_plans.approve(session, row, approver, row.version, NOW)
        return row


def decide(office: Office, plan: RainPlan, who, choice: str, version: int | None = None, now=MORNING) -> Announcement:
    with office.database.write() as session:
        row = session.get_one(RainPlan, plan.id)
        used = row.version if version is None else version
        return rain_deciding.decide(session, row, who, choice, used, now, sealer=office.context.sealer)


def test_each_is_told_once_who_paused_by_a_message_of_their_own(office: Office):
    officer, chair = office.person("officer", "今泉"), office.person("chair", "今泉")
    area = office.residents(2, "今泉")
    joined, reminded, was_reminded, paused = (office.residents(1, "吉原")[0] for _ in range(4))
    with office.database.write() as session:
        for who in (joined, area[0], paused):
            assert sign_ups.join(session, office.resident(who), KEY, 1, NOW).kind == "joined"
        assert sign_ups.remind(session, office.resident(reminded), KEY, NOW)
    plan = approved(office, officer, chair, officer)
    with office.database.write() as session:
        rain_plans.note_reminded(session, KEY, office.resident(was_reminded), MORNING)
    office.change(paused, paused_at=NOW)
    with office.database.read() as session:
        assert rain_deciding.reach(session, plan, NOW) == 5
    row = decide(office, plan, officer, "off", now=NOW)
    assert (row.kind, row.urgency, row.state, row.author_id, row.approver_id) == (
        "called_off", "cancellation", "scheduled", officer.id, chair.id,
    )  # fmt: skip
    assert office.delivery.freeze_due(NOW) == 1
    with office.database.read() as session:  # everybody in their own language, the staff's line as it was written
        english = session.get_one(AnnouncementText, (row.id, "en"))
        assert english.title.startswith("[CALLED OFF]")
        assert "雨のため中止です。" in english.body
        assert b"CALLED OFF" in english.messages
    with office.database.read() as session:
        told = session.scalars(ledger.recipients(row.municipality_id, row.id)).all()
        assert sorted(told) == sorted(office.resident(who).id for who in (*area, joined, reminded, was_reminded))
        notices = session.scalars(select(ChangeNotice.resident_id)).all()
        assert notices == [office.resident(paused).id]
        assert session.scalar(select(func.count()).select_from(Reminder)) == 0
        dated = sign_ups.find(session, KEY, NOW)
        assert (dated.occurrence.state, dated.occurrence.state_note) == ("中止", "雨のため中止です。")
    with office.database.write() as session:
        rain_deciding.forget(session, NOW + timedelta(days=9))
        assert session.scalars(select(Reminded)).all() == []


def test_one_wins_and_the_other_is_told_who_decided_what(office: Office):
    officer, chair = office.person("officer", "今泉"), office.person("chair", "今泉")
    office.residents(1, "今泉")
    plan = approved(office, officer, chair, officer, chair)
    with office.database.read() as session:
        seen = session.get_one(RainPlan, plan.id)  # the other one's page, read before
    decide(office, plan, officer, "put_off")
    with office.database.write() as session:
        stale, sealer = session.merge(seen, load=False), office.context.sealer
        with pytest.raises(ConflictError, match=r"officerさんが.*「順延」に決めました"):
            rain_deciding.decide(session, stale, chair, "held", seen.version, MORNING, sealer=sealer)
    with office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Announcement)) == 1
        dated = sign_ups.find(session, KEY, MORNING)
        assert dated.occurrence.starts_at == datetime(2026, 12, 6, 8, tzinfo=JST)


def test_off_and_on_pressed_in_the_same_moment_is_one_of_both(office: Office):
    officer, chair = office.person("officer", "今泉"), office.person("chair", "今泉")
    office.residents(1, "今泉")
    plan = approved(office, officer, chair, officer, chair)
    start, said = threading.Barrier(2), []

    def press(who: Actor, choice: str) -> None:
        with office.database.read() as session:
            version = session.get_one(RainPlan, plan.id).version
        start.wait()
        try:
            with office.database.write() as session:
                row = session.get_one(RainPlan, plan.id)
                rain_deciding.decide(session, row, who, choice, version, MORNING, sealer=office.context.sealer)
        except ConflictError:
            said.append("conflict")
        else:
            said.append(choice)

    both = [threading.Thread(target=press, args=one) for one in ((officer, "off"), (chair, "held"))]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(said) in (["conflict", "held"], ["conflict", "off"])
    with office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Announcement)) == 1
        called_off = sign_ups.find(session, KEY, MORNING).occurrence.state == "中止"
    assert called_off == ("off" in said), "what was sent and what an answer says are the same"


def test_only_who_is_named_and_still_may(small: Office):
    officer, chair, city = small.person("officer", "今泉"), small.person("chair", "今泉"), small.person("city")
    small.residents(1, "今泉")
    plan = approved(small, officer, chair, officer)
    for stranger in (chair, city, small.person("chair", "吉原")):
        with pytest.raises(NotAllowedError):
            decide(small, plan, stranger, "off")
    with pytest.raises(ConflictError):  # the version of an older card
        decide(small, plan, officer, "off", version=plan.version - 1)
    with pytest.raises(BadInputError):
        decide(small, plan, officer, "maybe")
    ended = replace(officer, grants=tuple(replace(one, until=date(2026, 11, 26)) for one in officer.grants))
    with pytest.raises(NotAllowedError):
        decide(small, plan, ended, "off")
    with pytest.raises(BadInputError, match="終わって"):
        decide(small, plan, officer, "off", now=datetime(2026, 11, 29, 10, tzinfo=JST))
    with small.database.read() as session:  # and nothing of all that stayed
        assert session.get_one(RainPlan, plan.id).state == "approved"
        assert session.scalars(select(Announcement)).all() == []


def test_rights_and_the_second_person(small: Office):
    officer, neighbour = small.person("officer", "今泉"), small.person("chair", "吉原")
    with pytest.raises(NotAllowedError), small.database.write() as session:
        rain_plans.save(session, KEY, neighbour, draft(small, officer), 0, NOW)
    elsewhere = draft(small, officer, district_ids=(small.districts["今泉"], small.districts["吉原"]))
    with pytest.raises(NotAllowedError, match="担当ではない"), small.database.write() as session:
        rain_plans.save(session, KEY, officer, elsewhere, 0, NOW)
    with small.database.write() as session:
        row = rain_plans.save(session, KEY, officer, draft(small, officer), 0, NOW)
        rain_plans.submit(session, row, officer, NOW)
        for who in (officer, neighbour):
            with pytest.raises(NotAllowedError):
                rain_plans.approve(session, row, who, row.version, NOW)


REFUSED = (
    ({"decide_at": MORNING.replace(hour=5, minute=10)}, "朝5時30分"),
    ({"decide_at": MORNING.replace(hour=9)}, "始まる前"),
    ({"decide_at": NOW - timedelta(hours=1)}, "これから"),
    ({"off_text": " "}, "中止の文を書いて"),
    ({"held_text": "あ" * 101}, "100文字"),
    ({"moved_to": None}, "両方"),
    ({"moved_to": DAY}, "もとの日よりあと"),
    ({"off_text": "葬儀を執り行うため中止します。"}, "訃報は"),
    ({"officer_ids": ()}, "1人以上"),
    ({"officer_ids": (9999,)}, "1人以上"),
)


def test_what_is_refused_says_how_to_mend_it(small: Office):
    officer = small.person("officer", "今泉")
    for changes, word in REFUSED:
        with pytest.raises(BadInputError, match=word), small.database.write() as session:
            rain_plans.save(session, KEY, officer, draft(small, officer, **changes), 0, NOW)


def test_a_date_that_is_over_lapses(small: Office):
    officer, chair = small.person("officer", "今泉"), small.person("chair", "今泉")
    plan = approved(small, officer, chair, officer)
    with small.database.write() as session:
        assert [rain_plans.lapse_over(session, MORNING + timedelta(hours=hours)) for hours in (0, 9)] == [0, 1]
    with small.database.read() as session:
        assert session.get_one(RainPlan, plan.id).state == "lapsed"


def test_an_approved_plan_counts_in_the_month_of_its_hour_until_it_is_decided(small: Office):
    officer, chair = small.person("officer", "今泉"), small.person("chair", "今泉")
    area, (joined, paused) = small.residents(2, "今泉"), small.residents(2, "吉原")
    with small.database.write() as session:
        for who in (area[0], joined, paused):
            sign_ups.join(session, small.resident(who), KEY, 1, NOW)
        plan = rain_plans.save(session, KEY, officer, draft(small, officer), 0, NOW)
        rain_plans.submit(session, plan, officer, NOW)
    small.change(paused, paused_at=NOW)

    def planned(month: int, now: datetime = NOW) -> list[tuple[object, ...]]:
        with small.database.read() as session:
            found = budget.forecast(session, CITY, Month(2026, month), now)
        return [(one.kind, one.title, one.messages, one.rough, one.at, one.page) for one in found]

    assert planned(11) == [], "a second person may still say no"
    with small.database.write() as session:
        row = session.get_one(RainPlan, plan.id)
        rain_plans.approve(session, row, chair, row.version, NOW)
    rain = ("rain_plan", "「公園の清掃」の雨の日の用意", 4, True)
    assert planned(11) == [(*rain, MORNING, ("rain_plan", plan.id))], (
        "two live there, one joined, one paused and joined"
    )
    assert planned(12) == []
    late = MORNING + timedelta(hours=1)
    assert planned(11, late) == [(*rain, late, ("rain_plan", plan.id))], "nobody has chosen yet"
    assert planned(11, MORNING + timedelta(hours=9)) == [], "the activity is over"
    decide(small, plan, officer, "off")
    assert [(kind, number) for kind, _, number, *_ in planned(11, MORNING)] == [("announcement", 3)]
