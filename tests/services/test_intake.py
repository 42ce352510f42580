import shutil
import sqlite3
import threading
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from sqlalchemy import func, select

from bot.core.sealing import Sealer, new_key
from bot.errors import UnavailableError
from bot.models import InboxEvent, Municipality
from bot.services import intake as module
from bot.services.intake import EVENT_CONTEXT, Intake

NOW = datetime(2026, 11, 22, 1, 2, 3, 456789, UTC)
SEALER = Sealer.parse(f"1:{new_key()}")
USER = "U" + "1" * 32


class Event(NamedTuple):
    event_key: str
    kind: str
    source: str | None
    event_at: datetime
    body: bytes


def event(key, source=USER, body=b'{"type":"follow"}'):
    return Event(key, "follow", source, NOW, body)


@pytest.fixture
def intake(database):
    with database.write() as session:
        session.add(Municipality(id="fuji", name="富士市", code="222101"))
    opened = Intake(database, SEALER)
    yield opened
    opened.close()


def stored(database):
    with database.read() as session:
        return session.scalars(select(InboxEvent).order_by(InboxEvent.id)).all()


def test_what_is_stored_is_sealed_and_opens_again(database, intake):
    sources = intake.store("fuji", [event("a")], NOW)
    (row,) = stored(database)
    assert sources == [row.source]
    assert SEALER.open(row.body, EVENT_CONTEXT + "fuji") == b'{"type":"follow"}'
    assert SEALER.open_id(row.source, "fuji") == USER
    assert (row.event_at, row.received_at, row.state, row.attempts) == (NOW, NOW, "waiting", 0)


def test_the_same_event_again_has_no_effect(database, intake):
    intake.store("fuji", [event("a"), event("b")], NOW)
    intake.store("fuji", [event("a"), event("c"), event("c")], NOW)
    assert [row.event_key for row in stored(database)] == ["a", "b", "c"]


def test_an_event_that_names_nobody_is_kept_too(database, intake):
    assert intake.store("fuji", [event("a", source=None)], NOW) == []
    assert len(stored(database)) == 1


def test_many_at_once_are_all_kept(database, intake):
    threads = [
        threading.Thread(target=lambda n=n: [intake.store("fuji", [event(f"{n}-{i}")], NOW) for i in range(20)])
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.scalar(select(func.count(InboxEvent.id))) == 160


def test_one_that_cannot_be_stored_says_so_and_the_next_one_is_stored(database, intake):
    with pytest.raises(UnavailableError):
        intake.store("no-such-city", [event("a")], NOW)  # breaks the foreign key
    intake.store("fuji", [event("b")], NOW)
    assert [row.event_key for row in stored(database)] == ["b"]


def test_a_locked_database_is_said_to_be_unavailable(context, monkeypatch):
    monkeypatch.setattr("bot.db.BUSY_TIMEOUT_MS", 50)
    other = sqlite3.connect(context.database.url.database)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(UnavailableError):
            Intake(context.database, SEALER).store("fuji", [event("a")], NOW)
    finally:
        other.rollback()


def test_with_a_nearly_full_disk_nothing_is_taken(context, monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage._replace(free=10 * 1024 * 1024))
    with pytest.raises(UnavailableError, match="disk"):
        Intake(context.database, SEALER, min_free_mb=50).store("fuji", [event("a")], NOW)
