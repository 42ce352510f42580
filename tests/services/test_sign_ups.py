"""Sign-ups on real databases: places, the queue, changes, reminders, each message exactly once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, time, timedelta

import icalendar
import pytest
from sqlalchemy import func, select

from bot.core.permissions import Actor, Grant
from bot.core.sealing import Sealer, new_key
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import AuditRow, ChangeNotice, District, Entry, Municipality, OutboxMessage, Reminder, Resident, SignUp
from bot.now import JST
from bot.services import activity_changes, outbox, residents, sign_ups
from bot.services.calendar_files import activity_file
from bot.services.outbox import BODY_CONTEXT
from bot.services.sign_ups import Key
from content.packs_json import entry_from, entry_json
from content.packs_model import Activity, Change, Source
from content.packs_model import Entry as Content
from scheduler import reminders

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=JST)  # a Wednesday
SATURDAY = datetime(2026, 11, 28, 9, 0, tzinfo=JST)
KEY = Key("fuji", "walk", SATURDAY.date())
SEALER = Sealer.parse(f"1:{new_key()}")
CITY = Actor(None, "市の担当", (Grant("city", "fuji"),))


class Town:
    """One activity (Saturday, five places) and people; `now` is its clock."""

    def __init__(self, database, settings):
        self.database, self.settings, self.sealer, self.now, self.count = database, settings, SEALER, NOW, 0
        activity = Activity(
            starts_on=SATURDAY.date(), start=time(9), end=time(11), place="公園", capacity=5, sign_up="LINE",
            apply_by=SATURDAY.date() - timedelta(days=2),
        )  # fmt: skip
        content = Content("walk", "activity", "みんなで歩く", "歩きます。", Source("たより"), activity=activity)
        with database.write() as session:
            session.add(
                Municipality(id="fuji", name="富士市", code="222101", languages=["ja"], facts={}, content_version=1)
            )
            session.flush()
            session.add(District(municipality_id="fuji", key="imaizumi", name="今泉", kana="いまいずみ"))
            session.add(
                Entry(municipality_id="fuji", key="walk", kind="activity", title=content.title,
                      data=entry_json(content), updated_at=NOW)
            )  # fmt: skip

    def clock(self):
        return self.now

    def person(self, language="ja"):
        self.count += 1
        with self.database.write() as session:
            sealed = SEALER.seal_id(f"U{self.count:032x}", "fuji")
            resident = residents.create(session, "fuji", sealed, NOW)
            resident.language = language
            return resident.id

    def join(self, person, people=1, key=KEY):
        with self.database.write() as session:
            return sign_ups.join(session, session.get(Resident, person), key, people, self.now)

    def leave(self, person):
        with self.database.write() as session:
            return sign_ups.leave(session, session.get(Resident, person), KEY)

    def remind(self, person):
        with self.database.write() as session:
            return sign_ups.remind(session, session.get(Resident, person), KEY, self.now)

    def change(self, state, note="雨のため", actor=CITY, version=None, **more):
        with self.database.write() as session:
            version = version or session.scalars(select(Entry.version)).one()
            return activity_changes.change(session, KEY, actor, Change(KEY.day, state, note, **more), version, self.now)

    def counts(self):
        with self.database.read() as session:
            return sign_ups.counts(session, KEY)

    def tick(self):
        reminders.run(self)

    def told(self, person):
        """The texts waiting for a person in the outbox."""
        with self.database.read() as session:
            rows = session.scalars(
                select(OutboxMessage).where(OutboxMessage.resident_id == person).order_by(OutboxMessage.id)
            )
            return [SEALER.open(row.body, BODY_CONTEXT + "fuji").decode() for row in rows]

    def file(self):
        with self.database.read() as session:
            row = session.scalars(select(Entry)).one()
            dated = sign_ups.find(session, KEY, self.now)
            return icalendar.Calendar.from_ical(activity_file(row, entry_from(row.data), [dated.occurrence], "x.jp"))

    def rows(self, table):
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(table))


@pytest.fixture
def town(database, tmp_path):
    from tests.conftest import make_settings

    return Town(database, make_settings(tmp_path, "sqlite://"))


def test_a_double_tap_counts_once_and_another_number_replaces_the_first(town):
    person = town.person()
    assert [town.join(person, 2).kind, town.join(person, 2).kind] == ["joined", "changed"]
    assert town.counts().people == 2
    assert town.join(person, 4).kind == "changed"
    assert (town.counts().people, town.counts().households) == (4, 1)
    assert town.join(person, 6).kind == "no_room"
    assert town.counts().people == 4


def test_full_then_waiting_in_order_then_a_place_comes_free_and_is_told_once(town):
    first, second, third, fourth = (town.person() for _ in range(4))
    assert town.join(first, 4).kind == "joined"
    assert town.join(second, 3).kind == "waiting"
    assert (town.join(third, 2).kind, town.join(third, 2).ahead) == ("waiting", 1)
    assert town.join(fourth, 1).kind == "joined"  # nobody before it would fit into the one place
    town.tick()
    assert town.told(second) == []
    assert town.leave(first)
    town.tick()
    town.tick()
    assert town.counts().people == 4  # 3 of the second, 1 of the fourth; the third does not fit
    assert len(town.told(second)) == 1
    assert "空きが出ました" in town.told(second)[0]
    assert town.told(third) == []
    assert town.join(third, 1).kind == "joined"  # smaller, it fits


def test_nobody_is_woken_for_a_free_place(town):
    first, second = town.person(), town.person()
    town.join(first, 5)
    town.join(second, 1)
    town.leave(first)
    town.now = NOW.replace(hour=23)
    town.tick()
    assert town.told(second) == []
    town.now = NOW.replace(hour=7) + timedelta(days=1)
    town.tick()
    assert len(town.told(second)) == 1


def test_after_the_last_day_one_may_only_give_places_back(town):
    person, late = town.person(), town.person()
    town.join(person, 3)
    town.now = SATURDAY - timedelta(days=1)
    assert town.join(late).kind == "closed"
    assert town.join(person, 4).kind == "closed"
    assert town.join(person, 2).kind == "changed"
    assert town.leave(person)
    town.now = SATURDAY + timedelta(minutes=1)
    assert town.join(late).kind == "over"
    assert town.join(late, 1, KEY._replace(entry="other")).kind == "unknown"
    assert town.join(late, 99).kind == "unknown"
    assert town.join(late, 1, KEY._replace(day=NOW.date())).kind == "unknown"


def test_a_reminder_comes_once_the_evening_before(town):
    person = town.person("en")
    assert town.remind(person)
    assert town.remind(person)
    town.now = SATURDAY.replace(hour=17, minute=59) - timedelta(days=1)
    town.tick()
    assert town.told(person) == []
    town.now = SATURDAY.replace(hour=18) - timedelta(days=1)
    town.tick()
    town.tick()
    assert len(town.told(person)) == 1
    assert "Tomorrow" in town.told(person)[0]
    assert town.rows(Reminder) == 0
    assert not town.remind(person)  # too late now, and said so


def test_a_reminder_missed_at_night_comes_in_the_morning(town):
    person = town.person()
    town.remind(person)
    town.now = SATURDAY.replace(hour=23) - timedelta(days=1)
    town.tick()
    assert town.told(person) == []
    town.now = SATURDAY.replace(hour=7)
    town.tick()
    assert "きょうの行事" in town.told(person)[0]


def test_called_off_everyone_is_told_once_the_reminder_stays_away_and_the_calendar_says_so(town):
    joined, waiting, reminded, stranger = (town.person() for _ in range(4))
    town.join(joined, 5)
    town.join(waiting, 2)
    town.remind(reminded)
    town.remind(joined)
    before = town.file().events[0]
    assert town.change("中止") == 3
    town.tick()
    town.tick()
    assert [len(town.told(who)) for who in (joined, waiting, reminded, stranger)] == [1, 1, 1, 0]
    assert "【中止】" in town.told(joined)[0]
    assert "雨のため" in town.told(joined)[0]
    after = town.file().events[0]
    assert (str(before["STATUS"]), str(after["STATUS"])) == ("CONFIRMED", "CANCELLED")
    assert before["UID"] == after["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert town.join(stranger).kind == "off"
    town.now = SATURDAY.replace(hour=18) - timedelta(days=1)
    town.tick()
    assert [len(town.told(who)) for who in (joined, waiting, reminded)] == [1, 1, 1]
    assert town.rows(Reminder) == 0


def test_put_off_to_another_day_takes_sign_ups_and_reminders_along(town):
    person = town.person()
    town.join(person, 2)
    town.remind(person)
    moved = SATURDAY.date() + timedelta(days=7)
    town.change("順延", moved_to=moved, start=time(10, 30), place="体育館")
    town.tick()
    assert "もとの日: 11月28日(土)" in town.told(person)[0]
    assert "12月5日(土)" in town.told(person)[0]
    event = town.file().events[0]
    assert (event.start, event.end) == (
        datetime(2026, 12, 5, 10, 30, tzinfo=JST), datetime(2026, 12, 5, 12, 30, tzinfo=JST),
    )  # fmt: skip
    assert str(event["LOCATION"]) == "体育館"
    town.now = SATURDAY.replace(hour=18) - timedelta(days=1)
    town.tick()
    assert len(town.told(person)) == 1
    town.now = town.now + timedelta(days=7) - timedelta(hours=9)
    town.change("実施", note="晴れそうです")  # on the new day, in the new place
    assert (town.file().events[0].start, str(town.file().events[0]["LOCATION"])) == (event.start, "体育館")
    town.now += timedelta(hours=9)
    town.tick()
    assert len(town.told(person)) == 3
    assert town.counts().people == 2


def test_put_off_without_a_new_day_and_then_held_after_all(town):
    person = town.person()
    town.join(person, 2)
    town.change("順延", note="台風のため")
    town.change("実施", note="晴れそうです")  # before the first could be sent: only what is true is told
    town.tick()
    assert len(town.told(person)) == 1
    assert "予定どおり行います" in town.told(person)[0]


def test_who_may_change_a_date(town):
    officer = Actor(7, "役員", (Grant("officer", "fuji", frozenset({1})),))
    viewer = Actor(8, "見る人", (Grant("viewer", "fuji"),))
    for actor in (officer, viewer):  # the activity is for the whole city
        with pytest.raises(NotAllowedError):
            town.change("中止", actor=actor)
    with pytest.raises(BadInputError):
        town.change("中止", note=" ")
    with pytest.raises(BadInputError):
        town.change("予定")
    with pytest.raises(BadInputError):
        town.change("順延", moved_to=NOW.date() - timedelta(days=1))
    with pytest.raises(BadInputError):
        town.change("中止", place="体育館")
    town.change("中止")
    with pytest.raises(ConflictError):
        town.change("中止", version=1)
    assert town.rows(AuditRow) == 1


def test_a_resident_who_is_erased_leaves_a_free_place_and_nothing_else(town):
    gone, waiting = town.person(), town.person()
    town.join(gone, 5)
    town.remind(gone)
    town.join(waiting, 5)
    with town.database.write() as session:
        session.delete(session.get(Resident, gone))
    assert town.rows(Reminder) == 0
    town.tick()
    assert (town.counts().households, town.counts().people) == (1, 5)
    assert len(town.told(waiting)) == 1


def test_a_day_after_the_activity_nobody_is_known_to_have_come(town):
    person = town.person()
    town.join(person, 2)
    town.remind(person)
    town.change("変更", note="持ち物が変わりました")
    with town.database.write() as session:
        assert sign_ups.forget(session, SATURDAY + timedelta(hours=25)) == 0
        assert sign_ups.forget(session, SATURDAY + timedelta(hours=27)) == 3
    assert [town.rows(table) for table in (SignUp, Reminder, ChangeNotice)] == [0, 0, 0]


def test_what_is_booked_at_the_desk_counts(town):
    with town.database.write() as session:
        row = session.scalars(select(Entry)).one()
        content = entry_from(row.data)
        row.data = entry_json(replace(content, activity=replace(content.activity, booked=4)))
    assert town.join(town.person(), 2).kind == "waiting"
    assert town.join(town.person(), 1).kind == "joined"


def test_the_last_place_goes_to_one_of_two_at_the_same_moment(town):
    town.join(town.person(), 4)
    people = [town.person() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        kinds = sorted(result.kind for result in pool.map(town.join, people))
    assert kinds == ["joined", "waiting", "waiting", "waiting"]
    assert town.counts().people == 5


def test_killed_between_any_two_steps_each_is_told_once(town, monkeypatch):
    people = [town.person() for _ in range(5)]
    for person in people:
        town.join(person)
    town.change("中止")
    add, done = outbox.add, []

    def dies_after_two(*args):
        add(*args)
        done.append(1)
        if len(done) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(reminders, "AT_ONCE", 2)
    monkeypatch.setattr(outbox, "add", dies_after_two)
    with pytest.raises(KeyboardInterrupt):
        town.tick()
    assert sorted(len(town.told(person)) for person in people) == [0, 0, 0, 1, 1]
    monkeypatch.setattr(outbox, "add", add)
    with ThreadPoolExecutor(2) as clocks:  # and then two clocks at once
        list(clocks.map(lambda _: town.tick(), range(2)))
    assert [len(town.told(person)) for person in people] == [1] * 5
