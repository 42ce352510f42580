import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.db import Database
from bot.errors import BadInputError, ConflictError
from bot.models import Announcement, Municipality, Staff
from bot.now import real_now
from bot.services import backups, processes
from bot.services.exclusive import Lock
from tests.support.places import find_program


def put(url, name):
    database = Database(url)
    with database.write() as session:
        session.merge(Municipality(id="fuji", name=name, code="222101"))
    database.close()


def name_in(url):
    database = Database(url)
    with database.read() as session:
        found = session.get(Municipality, "fuji")
    database.close()
    return found.name if found else None


def test_what_was_backed_up_comes_back(database_url, tmp_path):
    if database_url.startswith("postgresql") and find_program("pg_dump") is None:
        pytest.fail("pg_dump is missing")
    put(database_url, "前")
    backups.backup(database_url, tmp_path / "copy")
    put(database_url, "後")
    backups.restore(database_url, tmp_path / "copy", replace=True)
    assert name_in(database_url) == "前"


@pytest.fixture
def sqlite_url(template, tmp_path):
    import shutil

    shutil.copyfile(template, tmp_path / "entaku.db")
    return f"sqlite:///{tmp_path / 'entaku.db'}"


def test_a_backup_while_someone_writes_is_whole(sqlite_url, tmp_path):
    put(sqlite_url, "前")
    writer = sqlite3.connect(tmp_path / "entaku.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE municipality SET name = '途中'")
    backups.backup(sqlite_url, tmp_path / "copy")
    writer.rollback()
    writer.close()
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("SELECT name FROM municipality").fetchall() == [("前",)]


def test_restoring_over_data_has_to_be_meant(sqlite_url, tmp_path):
    backups.backup(sqlite_url, tmp_path / "copy")
    with pytest.raises(ConflictError, match="--replace"):
        backups.restore(sqlite_url, tmp_path / "copy", replace=False)


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_file_that_is_no_backup_is_refused_and_nothing_is_lost(sqlite_url, tmp_path, content):
    put(sqlite_url, "大事")
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(BadInputError):
        backups.restore(sqlite_url, tmp_path / "bad", replace=True)
    assert name_in(sqlite_url) == "大事"


def test_another_programs_database_is_refused(sqlite_url, tmp_path):
    with closing(sqlite3.connect(tmp_path / "other")) as other:
        other.execute("CREATE TABLE x (y)")
    with pytest.raises(BadInputError, match="not a backup of Entaku"):
        backups.restore(sqlite_url, tmp_path / "other", replace=True)


def test_nothing_is_restored_under_a_running_entaku(sqlite_url, tmp_path):
    backups.backup(sqlite_url, tmp_path / "copy")
    lock = Lock(Database(sqlite_url), "entaku-clock")
    assert lock.take(wait=False)
    with pytest.raises(ConflictError, match="stop it"):
        backups.restore(sqlite_url, tmp_path / "copy", replace=True)
    lock.release()


def test_what_was_overdue_at_a_restore_is_called_off_because_it_may_have_been_sent(sqlite_url):
    put(sqlite_url, "富士市")
    database, now = Database(sqlite_url), real_now()
    with database.write() as session:
        author = Staff(municipality_id="fuji", email="a@example.jp", name="係", password_hash="-", created_at=now)
        session.add(author)
        session.flush()
        common = {"municipality_id": "fuji", "author_id": author.id, "title": "清掃", "body": "本文", "sender": "見本"}
        for state, hours in (("scheduled", -1), ("scheduled", 1), ("submitted", -1)):
            at = now + timedelta(hours=hours)
            session.add(Announcement(**common, audience="home", state=state, send_at=at, created_at=now))
    assert backups.call_off_overdue(database, now) == 1
    with database.read() as session:
        states = session.scalars(select(Announcement.state).order_by(Announcement.id)).all()
    database.close()
    assert states == ["cancelled", "scheduled", "submitted"]


def test_nothing_is_restored_on_postgresql_while_a_process_runs(postgres_url, tmp_path):
    (tmp_path / "copy").write_bytes(backups.PG_MARK + bytes(20))
    database = Database(postgres_url)
    with database.write() as session:
        processes.here(session, processes.Myself("worker", real_now()), real_now(), on_duty=False)
    with pytest.raises(ConflictError, match="stop all"):
        backups.restore(postgres_url, tmp_path / "copy", replace=True)
    database.close()
