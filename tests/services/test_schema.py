import json
import sqlite3
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text

import bot.models  # noqa: F401
from bot.db import Base, Database
from bot.models import Announcement, DigestRecipient, LedgerSheet, Municipality, Staff
from bot.now import real_now
from bot.services import ledger, schema


def test_the_models_are_the_schema(database):
    with database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata)
    assert found == []


def test_up_down_and_up_again(database_url):
    schema.downgrade(database_url, "base")
    database = Database(database_url)
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    database.close()
    schema.upgrade(database_url)
    database = Database(database_url)
    assert schema.revision(database) == schema.head()
    database.close()


def test_what_the_first_release_held_is_kept_by_every_migration(database_url):
    """Tables that are written anew on SQLite must not take along what refers to them."""
    schema.downgrade(database_url, "base")
    schema.upgrade(database_url, "0001")
    database = Database(database_url)
    at, no = "2026-11-22 01:00:00", "0" if database.sqlite else "false"
    with database.write() as session:
        for statement in (
            "INSERT INTO municipality VALUES ('fuji', '富士市', '222101', '{}', '[]', 0)",
            f"INSERT INTO poll (id, municipality_id, state, question, closes_at, participants) VALUES (7, 'fuji', 'open', '参加しますか', '{at}', 1)",
            "INSERT INTO poll_choice VALUES (7, 0, 'fuji', 'はい')",
            f"INSERT INTO resident (id, municipality_id, line_id, state, language, city_wide, relations, followed_at, consent_version) VALUES (3, 'fuji', 'x', 'active', 'ja', {no}, '[]', '{at}', 0)",
            "INSERT INTO participation (id, municipality_id, poll_id, resident_id) VALUES ('p', 'fuji', 7, 3)",
            "INSERT INTO ballot (id, municipality_id, poll_id, voter, answer) VALUES ('b', 'fuji', 7, 'v', 'a')",
        ):
            session.execute(text(statement))
    database.close()
    schema.upgrade(database_url)
    database = Database(database_url)
    tables = ("municipality", "poll", "poll_choice", "resident", "participation", "ballot")
    with database.read() as session:
        assert [session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables] == [1] * 6
    database.close()
    schema.downgrade(database_url, "0001")
    database = Database(database_url)
    with database.read() as session:
        assert [session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables] == [1] * 6
    database.close()


def test_upgrading_again_keeps_the_data(database, database_url):
    with database.write() as session:
        session.add(Municipality(id="fuji", name="富士市", code="222101"))
    schema.upgrade(database_url)
    with database.read() as session:
        assert session.get(Municipality, "fuji").name == "富士市"


def test_there_is_one_head():
    assert schema.head()


@pytest.mark.parametrize("table", ["ballot", "participation"])
def test_ballots_and_participations_have_no_rowid(template, table):
    with closing(sqlite3.connect(template)) as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute(f"SELECT rowid FROM {table}")


def test_the_ledger_is_carried_down_to_a_row_a_person_and_up_again(database_url):
    database = Database(database_url)
    at = real_now()
    with database.write() as session:
        session.add(Municipality(id="fuji", name="富士市", code="222101"))
        session.flush()
        session.add(Staff(id=1, municipality_id="fuji", email="a", name="", password_hash="", created_at=at))
        session.flush()
        session.add(
            Announcement(
                id=7, municipality_id="fuji", state="sent", author_id=1, sender="", title="", body="", created_at=at
            )
        )
        session.flush()
        of = {"municipality_id": "fuji", "announcement_id": 7, "frozen_at": at}
        for variant, first, last in (("ja", 1, 1201), ("pt", 1202, 1202)):
            ids = json.dumps(list(range(first, last + 1)))
            session.add(LedgerSheet(**of, variant=variant, first_id=first, last_id=last, resident_ids=ids))
        session.add(DigestRecipient(**of, resident_id=1203, variant="ja", lane="weekly", told_at=at))
    database.close()
    schema.downgrade(database_url, "0032")
    database = Database(database_url)
    with database.read() as session:
        row = "SELECT resident_id, variant, lane FROM announcement_recipient ORDER BY resident_id"
        rows = [tuple(one) for one in session.execute(text(row))]
    assert rows == [*((n, "ja", "now") for n in range(1, 1202)), (1202, "pt", "now"), (1203, "ja", "weekly")]
    database.close()
    schema.upgrade(database_url)
    database = Database(database_url)
    with database.read() as session:
        sheets = session.scalars(select(LedgerSheet).order_by(LedgerSheet.first_id)).all()
        spans = [(one.variant, one.first_id, one.last_id, len(json.loads(one.resident_ids))) for one in sheets]
        assert spans == [("ja", 1, 500, 500), ("ja", 501, 1000, 500), ("ja", 1001, 1201, 201), ("pt", 1202, 1202, 1)]
        assert {one.frozen_at for one in sheets} == {at}
        assert sorted(session.scalars(ledger.recipients("fuji", 7))) == list(range(1, 1204))
        assert [(one.resident_id, one.lane, one.told_at) for one in session.scalars(select(DigestRecipient))] == [
            (1203, "weekly", at)
        ]
    database.close()
