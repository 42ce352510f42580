import sqlite3
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

import bot.models  # noqa: F401
from bot.db import Base, Database
from bot.models import Municipality
from bot.services import schema


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
