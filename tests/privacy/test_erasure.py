"""A resident's own data: shown, written out and erased from every table there is; nobody else comes near it."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import JSON, Date, DateTime, LargeBinary, Table, create_engine, insert, select, text
from sqlalchemy.types import Boolean, Integer, String, TypeEngine

from bot.db import Base
from bot.models import AnnouncementBatch, AuditRow, DataLink, InboxEvent, Resident
from bot.now import real_now
from bot.services import batches, data_links, my_record, residents, retention_runs
from bot.services.context import Context
from handlers import public
from handlers.console import session as sessions
from scheduler import retention
from tests.handlers.chat.driver import NOW, Person

LINE_ID = "U" + "a" * 32
OTHER = "U" + "b" * 32


def some(kind: TypeEngine[Any], number: int) -> Any:
    """Any value of this kind."""
    kinds: list[tuple[type, Any]] = [
        (Boolean, False), (Integer, number), (String, f"x{number}"), (Date, date(2026, 11, 22)), (DateTime, NOW),
        (JSON, {}), (LargeBinary, b"x"),
    ]  # fmt: skip
    impl = getattr(kind, "impl", kind)
    return next(value for of, value in kinds if isinstance(kind, of) or isinstance(impl, of))


def fill(context: Context, resident_id: int) -> list[tuple[Table, str]]:
    """A row that names the resident in every table that can, whatever else its columns may hold."""
    found = my_record.tables()
    engine = create_engine(context.database.url)  # without our settings: nothing is enforced
    with engine.connect() as connection:
        connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        for number, (table, column) in enumerate(found, 1000):
            values = {one.name: some(one.type, number) for one in table.columns}
            connection.execute(
                insert(table)
                .prefix_with("OR REPLACE")
                .values(values | {column: resident_id, "municipality_id": "fuji"})
            )
        connection.commit()
    engine.dispose()
    return found


def test_no_table_holds_the_resident_after_erasure(cities: Context) -> None:
    me, other = Person(cities, line_id=LINE_ID).registered(), Person(cities, line_id=OTHER).registered()
    assert me.resident
    assert other.resident
    number = me.resident.id
    filled = fill(cities, number)
    assert len(filled) > 20
    sealed = cities.sealer.all_sealed_ids(LINE_ID, "fuji")
    with cities.database.write() as session:
        session.add(
            InboxEvent(
                municipality_id="fuji", event_key="e", kind="message/text", source=sealed[0], state="handled", body=b"x",
                event_at=NOW, received_at=real_now(),
            )
        )  # fmt: skip
    with cities.database.write() as session:
        resident = residents.find(session, cities.sealer, "fuji", LINE_ID)
        assert resident is not None
        my_record.erase(cities, session, resident, NOW)
    with cities.database.read() as session:
        for table, column in filled:
            left = session.execute(select(table.c[column]).where(table.c[column] == number)).all()
            assert left == [], f"{table.name}.{column} still names an erased resident: see residents.erase"
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)):
                held = {value for value in row if isinstance(value, bytes | str)}
                assert not held & {LINE_ID, *sealed}, f"{table.name} still holds an erased LINE id"
        said = session.scalars(select(AuditRow).where(AuditRow.action == "resident.erase")).one()
        assert (said.target, said.details, said.actor_id) == ("resident:", {}, None)
    assert other.resident is not None


def test_every_table_that_names_a_resident_has_a_name_in_the_file(context: Context) -> None:
    assert {table.name for table, _ in my_record.tables()} <= set(my_record.NAMES)
    del context


def test_who_is_erased_is_no_longer_in_a_send_that_stopped(cities: Context) -> None:
    people = [Person(cities, line_id=line_id).registered() for line_id in (LINE_ID, OTHER)]
    rows = [person.resident for person in people]
    engine = create_engine(cities.database.url)
    line_ids = batches.line_ids(cities.sealer, "fuji", b"".join(r.line_id for r in rows if r), len(rows))
    packed = batches.pack(cities.sealer, "fuji", ([r.id for r in rows if r], line_ids))
    values = {one.name: some(one.type, 7) for one in AnnouncementBatch.__table__.columns}
    with engine.begin() as connection:
        states = {"state": "stopped", "recipients": packed, "count": 2, "municipality_id": "fuji", "first_try_at": None}
        connection.execute(insert(AnnouncementBatch).values(values | states))
    engine.dispose()
    people[0].say("わたしのデータ")
    people[0].say("登録を消す")
    people[0].tap("消す")
    with cities.database.read() as session:
        batch = session.scalars(select(AnnouncementBatch)).one()
        assert batch.recipients
        assert batch.count == 1
        assert rows[1]
        ids, raw = batches.unpack(cities.sealer, "fuji", batch.recipients)
        assert (list(ids), "U" + raw.hex()) == ([rows[1].id], OTHER)


class Phone:
    """The telephone's own browser."""

    def __init__(self, context: Context) -> None:
        app = Flask("pages", static_folder=None)
        public.register(app, context)
        sessions.configure(app, context.settings, context.sealer)
        self.client: FlaskClient = app.test_client()

    def press(self, address: str, step: str) -> Any:
        page = self.client.get(address).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        return self.client.post(address, data={"csrf_token": token[1] if token else "", "step": step})


def known(context: Context) -> int:
    with context.database.read() as session:
        return len(session.scalars(select(Resident)).all())


def link_of(person: Person) -> str:
    """The address in the card on the screen, without the host."""
    address = next(one.uri for message in person.seen for one in getattr(message, "buttons", ()) if hasattr(one, "uri"))
    assert address.endswith("?openExternalBrowser=1")
    return str(address).partition("example")[2]


@pytest.fixture
def me(cities: Context) -> Person:
    return Person(cities, now=real_now()).registered("今泉")


def test_a_resident_sees_takes_and_erases_everything_on_their_own_page(cities: Context, me: Person) -> None:
    me.say("わたしのデータ")
    first = (me.tap("全部を見る・ファイルでもらう"), link_of(me))[1]
    phone = Phone(cities)
    page = phone.client.get(first)
    assert page.status_code == 200
    assert "今泉" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    record = json.loads(phone.press(first, "json").data)
    assert record["record"]["resident"][0]["home_district_id"] == "今泉"
    rows = list(csv.reader(io.StringIO(phone.press(first, "csv").data.decode("utf-8-sig"))))
    assert ["登録", "1", "home_district_id", "今泉"] in rows
    assert LINE_ID not in json.dumps(record)
    me.say("わたしのデータ")
    me.tap("全部を見る・ファイルでもらう")
    assert phone.client.get(first).status_code == 410  # a newer one has been made
    newest = link_of(me)
    assert phone.client.post(newest, data={"step": "erase_now"}).status_code == 400  # another site's form
    assert phone.client.get(newest.replace("/m/fuji/", "/m/tomioka/")).status_code == 410
    assert "消してよいですか" in phone.press(newest, "erase").text
    assert [known(cities), "登録を消しました" in phone.press(newest, "erase_now").text, known(cities)] == [1, True, 0]
    assert phone.client.get(newest).status_code == 410
    with cities.database.read() as session:
        assert retention_runs.wishes(session, "fuji", real_now()) == {"resident.export": 2, "resident.erase": 1}
        assert session.scalars(select(DataLink)).all() == []


def test_links_end_after_half_an_hour_and_retention_counts_what_it_erased(cities: Context, me: Person) -> None:
    token = data_links.new_token()
    with cities.database.write() as session:
        row = residents.find(session, cities.sealer, "fuji", me.line_id)
        assert row is not None
        data_links.add(session, row, token, NOW)
    with cities.database.read() as session:
        assert data_links.find(session, "fuji", token, NOW + timedelta(minutes=29))
        assert data_links.find(session, "fuji", token, NOW + timedelta(minutes=31)) is None
    days = timedelta(days=cities.settings.erase_after_days + 1)
    with cities.database.write() as session:
        row = session.scalars(select(Resident)).one()
        residents.leave(session, row, NOW)
    for later in (days, days + timedelta(hours=1)):
        retention.apply(cities, NOW + later)
    with cities.database.read() as session:
        told = retention_runs.told(session, "fuji", NOW + days)
        assert retention_runs.told(session, "tomioka", NOW + days) == {}
    assert (told["left_residents"].last, told["left_residents"].year) == (1, 1)
    assert isinstance(told["left_residents"].at, datetime)
    assert "leases" not in told
