"""Circular issues: from a district's rule to one announcement; order, conflicts, an empty issue; read counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Alert, Announcement, Circular, CircularReading, Resident
from bot.now import JST
from bot.services import announcements, associations, circular_clock, circular_items, circular_reading, circulars
from bot.services.associations import Line
from bot.services.circular_items import NewItem
from bot.services.circulars import NewRule
from content.issue_days import IssueRule, of_weekdays
from tests.support.announcing import CITY, Office, open_office

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)  # Sunday, 10:00 in Japan
THURSDAYS = NewRule(IssueRule(of_weekdays((1, 3), 3)), close_days=7, send_hour=9)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def small(template: Path, tmp_path: Path) -> Iterator[Office]:
    import shutil

    shutil.copyfile(template, tmp_path / "entaku.db")
    with open_office(f"sqlite:///{tmp_path / 'entaku.db'}", tmp_path) as opened:
        yield opened


def item(title: str = "防犯パトロール", **changes: Any) -> NewItem:
    values = {
        "origin": "police",
        "sender": "富士警察署(見本)",
        "title": title,
        "body": "12月5日(土) 午後7時から回ります。",
    }
    return NewItem(**(values | changes))


def issues(office: Office, actor: Any, *titles: str) -> list[int]:
    """The rule is set; the first issue (3 December) gets items of these titles. Returns the ids of both issues."""
    with office.database.write() as session:
        place = office.districts["今泉"]
        circulars.set_rule(session, CITY, actor, place, THURSDAYS, 0, NOW)
        rows = circulars.listing(session, CITY, [place])
        for title in titles:
            circular_items.add_item(session, rows[0], actor, item(title), NOW)
        return [row.id for row in rows]


def test_an_issue_becomes_one_announcement_for_its_day(small: Office) -> None:
    officer, chair = small.person("officer", "今泉"), small.person("chair", "今泉")
    small.residents(3, "今泉")
    first, second = issues(small, officer, "敬老会", "防犯パトロール", "もちつき")
    with small.database.write() as session:
        row = circulars.get(session, CITY, first)
        assert (row.issue_on, row.closes_at, row.send_at) == (
            date(2026, 12, 3), datetime(2026, 11, 26, 17, tzinfo=JST), datetime(2026, 12, 3, 9, tzinfo=JST),
        )  # fmt: skip
        assert circulars.get(session, CITY, second).issue_on == date(2026, 12, 17)
        ids = [one.id for one in circulars.items_of(session, row)]
        circular_items.move_item(session, row, officer, ids[2], -1, row.version, NOW)
        with pytest.raises(ConflictError, match="ほかの人が変えました"):  # an older page's button
            circular_items.move_item(session, row, officer, ids[2], -1, row.version - 1, NOW)
        told = circulars.compose(session, row, officer, row.version, NOW)
        assert (told.kind, told.title, told.state, told.send_at) == (
            "circular",
            "今号の回覧 3件",
            "submitted",
            row.send_at,
        )
        assert told.body.splitlines()[2:] == [
            "1. 敬老会(富士警察署(見本))", "2. もちつき(富士警察署(見本))", "3. 防犯パトロール(富士警察署(見本))",
        ]  # fmt: skip
        with pytest.raises(ConflictError, match="承認に出してある"):
            circular_items.add_item(session, row, officer, item(), NOW)
        circulars.take_back(session, row, officer, row.version, NOW)
        circular_items.remove_item(session, row, officer, ids[0], row.version, NOW)
        assert circulars.compose(session, row, officer, row.version, NOW).id == told.id
        assert told.title == "今号の回覧 2件"
        announcements.approve(session, told, chair, told.version, NOW, sealer=small.context.sealer)
        assert session.scalar(select(func.count()).select_from(Announcement)) == 1


def test_what_may_not_be_put_in(small: Office) -> None:
    officer, elsewhere = small.person("officer", "今泉"), small.person("officer", "吉原")
    first, _ = issues(small, officer, "敬老会")
    after = datetime(2026, 11, 26, 18, tzinfo=JST)
    with small.database.write() as session:
        row = circulars.get(session, CITY, first)
        with pytest.raises(NotAllowedError):
            circular_items.add_item(session, row, elsewhere, item(), NOW)
        with pytest.raises(BadInputError, match="締切"):
            circular_items.add_item(session, row, officer, item(), after)
        circular_items.add_item(session, row, officer, item("急ぎの連絡"), after, late=True)
        with pytest.raises(BadInputError, match="見出しを書いて"):
            circular_items.add_item(session, row, officer, item(" "), NOW)
        entry = circulars.items_of(session, row)[0]
        circular_items.change_item(session, entry, officer, item("敬老会の案内"), 1, NOW)
        with pytest.raises(ConflictError, match="ほかの人が直しました"):
            circular_items.change_item(session, entry, officer, item("別の案内"), 1, NOW)
        with pytest.raises(NotFoundError):
            circulars.get(session, "tomioka", first)
        with pytest.raises(ConflictError):
            circulars.set_rule(session, CITY, officer, small.districts["今泉"], THURSDAYS, 0, NOW)


def test_an_empty_issue_is_never_sent_and_a_late_one_is_told_of_once(small: Office) -> None:
    officer = small.person("officer", "今泉")
    first, second = issues(small, officer)
    waiting = lambda now: [(one.circular_id, one.tag[0]) for one in circular_clock.waiting(session, CITY, officer, now)]  # noqa: E731
    with small.database.write() as session:
        assert waiting(NOW) == [(first, "回覧の締切")]
        row = circulars.get(session, CITY, first)
        with pytest.raises(BadInputError, match="1件もない"):
            circulars.compose(session, row, officer, row.version, NOW)
        day = datetime(2026, 12, 3, 9, 1, tzinfo=JST)
        circular_items.add_item(session, circulars.get(session, CITY, second), officer, item(), NOW)
        assert circular_clock.advance(session, day) == 2  # it is over, and a third one is opened
        assert row.state == "skipped"
        assert circular_clock.advance(session, day) == 0
        late = datetime(2026, 12, 17, 9, 1, tzinfo=JST)
        circular_clock.advance(session, late)
        circular_clock.advance(session, late)
        alerts = session.execute(select(Alert.kind, Alert.count).order_by(Alert.kind)).all()
        assert [tuple(one) for one in alerts] == [("circular_empty", 1), ("circular_late", 1)]
        assert waiting(late)[0] == (second, "発行日を過ぎています")
        row = circulars.get(session, CITY, second)
        with pytest.raises(BadInputError, match="発行日を変えて"):
            circulars.compose(session, row, officer, row.version, late)
        circulars.put_off(session, row, officer, date(2026, 12, 21), row.version, late)
        assert circulars.compose(session, row, officer, row.version, late).send_at == datetime(
            2026, 12, 21, 9, tzinfo=JST
        )
        assert session.scalar(select(func.count()).select_from(Announcement)) == 1


def test_a_new_rule_moves_empty_issues_and_keeps_filled_ones(small: Office) -> None:
    officer = small.person("officer", "今泉")
    issues(small, officer, "敬老会")
    with small.database.write() as session:
        tuesdays = NewRule(IssueRule(of_weekdays((2,), 1)), 3, 8)
        circulars.set_rule(session, CITY, officer, small.districts["今泉"], tuesdays, 1, NOW)
        rows = circulars.listing(session, CITY, [small.districts["今泉"]])
        assert [row.issue_on for row in rows] == [date(2026, 12, 3), date(2026, 12, 8), date(2027, 1, 12)]


def test_readers_are_counted_once_and_nobody_is_kept(office: Office) -> None:
    """On both databases: each person once; below ten no number; after 60 days neither marks nor key, only the number."""
    officer = office.person("officer", "今泉")
    office.residents(11, "今泉")
    first, _ = issues(office, officer, "敬老会")
    with office.database.read() as session:
        people, row = list(session.scalars(select(Resident).order_by(Resident.id))), circulars.get(session, CITY, first)
    key = circular_reading.key_of(office.context.keystore, row)
    assert key is not None

    def press(person: Resident) -> bool:
        with office.database.write() as session:
            return circular_reading.mark(session, key, session.get_one(Circular, first), person)

    assert [press(one) for one in people[:9]] == [True] * 9
    assert press(people[0]) is False
    told = Announcement(accepted=120)
    with office.database.read() as session:
        assert (
            circular_reading.in_words(session.get_one(Circular, first), told) == "読みました 10人未満 (届いた人 120人)"
        )
    press(people[9])
    with office.database.read() as session:
        assert circular_reading.in_words(session.get_one(Circular, first), told) == "読みました 10人 (届いた人 120人)"
        kept = session.execute(select(CircularReading.reader)).scalars().all()
        assert len(kept) == 10
        assert not any(str(one.id).encode() == mark for one in people for mark in kept)
    with office.database.write() as session:
        session.get_one(Circular, first).state = "issued"
    much_later = NOW + timedelta(days=80)
    assert circular_reading.end_counting(office.context, much_later) == 1
    assert circular_reading.end_counting(office.context, much_later) == 0
    assert office.context.keystore.get(f"{CITY}/circular/{first}") is None
    assert press(people[10]) is False
    with office.database.read() as session:
        row = session.get_one(Circular, first)
        assert (row.readers, row.key_gone) == (10, True)
        assert session.scalar(select(func.count()).select_from(CircularReading)) == 0
        assert circular_reading.key_of(office.context.keystore, row) is None


def test_copies_are_kept_from_issue_to_issue_and_a_rename_goes_along(small: Office) -> None:
    officer = small.person("officer", "今泉")
    first, second = issues(small, officer, "敬老会")
    place = small.districts["今泉"]
    with small.database.write() as session:
        new = [Line(None, "本町町内会", 30), Line(None, "=HYPERLINK", 12)]
        associations.save(session, CITY, officer, place, new, NOW)
        one, other = associations.listing(session, CITY, place)
        row, later = circulars.get(session, CITY, first), circulars.get(session, CITY, second)
        associations.mark(session, row, officer, {one.id: "distributed", other.id: "none"}, NOW)
        renamed = [Line(one.id, "本町一丁目町内会", 33, was=("本町町内会", 30))]
        assert associations.save(session, CITY, officer, place, renamed, NOW) == 1
        with pytest.raises(ConflictError, match="ほかの人が変えました"):
            associations.save(session, CITY, officer, place, [Line(one.id, "元町", 1, was=("本町町内会", 30))], NOW)
        with pytest.raises(BadInputError, match="同じ名前"):
            associations.save(session, CITY, officer, place, [Line(None, "=HYPERLINK", 1)], NOW)
        assert [(p.association.name, p.copies, p.state) for p in associations.papers(session, row)] == [
            ("本町一丁目町内会", 30, "distributed"), ("=HYPERLINK", 12, "none"),
        ]  # fmt: skip
        assert [p.copies for p in associations.papers(session, later)] == [33, 12]
        text = associations.csv(session, later)
    assert text.startswith("\ufeff地区,町内会・区,部数,紙,12月17日号\r\n".encode())
    assert "今泉,'=HYPERLINK,12,," in text.decode("utf-8")
    assert "今泉,合計,45,," in text.decode("utf-8")
