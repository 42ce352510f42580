"""A growing installation's move: every row arrives, numbers go on, open polls keep their key."""

import shutil

import pytest
from sqlalchemy import select

from bot.db import Base, Database
from bot.errors import ConflictError
from bot.models import Announcement, Entry, Municipality, Staff
from bot.now import real_now
from bot.services import copying
from bot.services.exclusive import Lock
from bot.services.keystore import KeyStore


@pytest.fixture
def grown_url(city_template, tmp_path):
    """An SQLite installation with two cities and an announcement that corrects a later one."""
    shutil.copyfile(city_template, tmp_path / "small.db")
    url = f"sqlite:///{tmp_path / 'small.db'}"
    database, now = Database(url), real_now()
    with database.write() as session:
        author = Staff(municipality_id="fuji", email="a@example.jp", name="係", password_hash="-", created_at=now)
        session.add(author)
        session.flush()
        rows = [announcement(author.id, title, now) for title in ("一", "二")]
        session.add_all(rows)
        session.flush()
        rows[0].corrects_id = rows[1].id
    database.close()
    return url


def announcement(author_id, title, now):
    return Announcement(
        municipality_id="fuji", author_id=author_id, title=title, body="本文", sender="見本", audience="home", created_at=now
    )  # fmt: skip


def everything(url):
    database = Database(url)
    with database.engine.connect() as connection:
        found = {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }
    database.close()
    return found


def test_every_row_arrives_on_postgresql_and_counting_goes_on(grown_url, postgres_url):
    rows = copying.copy(grown_url, postgres_url)
    assert rows["municipality"] == 2
    assert rows["entry"] > 100
    here, there = everything(grown_url), everything(postgres_url)
    assert {name for name in here if here[name] != there[name]} == set()
    database = Database(postgres_url)
    with database.write() as session:
        last = max(session.scalars(select(Announcement.id)))
        row = announcement(session.scalar(select(Staff.id).limit(1)), "三", real_now())
        session.add(row)
        session.flush()
        assert row.id > last
        assert session.scalar(select(Entry.id).limit(1)) is not None
    database.close()
    with pytest.raises(ConflictError, match="already holds"):
        copying.copy(grown_url, postgres_url)


def test_a_running_installation_is_not_copied(grown_url, tmp_path):
    database = Database(grown_url)
    lock = Lock(database, "entaku-clock")
    assert lock.take(wait=False)
    with pytest.raises(ConflictError, match="stop it"):
        copying.copy(grown_url, f"sqlite:///{tmp_path / 'new.db'}")
    lock.release()
    database.close()


def test_open_polls_keep_their_keys(tmp_path):
    old, new = (f"sqlite:///{tmp_path / name}.db" for name in ("old", "new"))
    store = KeyStore(old)
    key = store.create("fuji/1")
    store.database.close()
    assert copying.copy_keys(old, new) == 1
    assert copying.copy_keys(old, new) == 1, "twice does no harm"
    moved = KeyStore(new)
    assert moved.get("fuji/1") == key
    moved.database.close()


def test_the_municipality_is_read_back(grown_url, tmp_path):
    new = f"sqlite:///{tmp_path / 'new.db'}"
    copying.copy(grown_url, new)
    database = Database(new)
    with database.read() as session:
        assert session.get(Municipality, "fuji").name == "富士市"
    database.close()
