"""Alerts and signs of life when two processes have the same one to write for the first time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.db import Database
from bot.models import Alert, Heartbeat, Municipality
from bot.services import alerts

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def at_once(database: Database, write: Callable[[Session], None]) -> list[BaseException]:
    """One has written and not committed when the other comes."""
    failed: list[BaseException] = []

    def other() -> None:
        try:
            with database.write() as session:
                session.execute(text("UPDATE municipality SET name = 'また書いた'"))
                write(session)
        except BaseException as error:  # noqa: BLE001  told to the test
            failed.append(error)

    thread = threading.Thread(target=other)
    with database.write() as session:
        write(session)
        session.flush()
        thread.start()
        thread.join(0.5)
    thread.join()
    return failed


def test_the_second_of_two_processes_loses_nothing(database: Database) -> None:
    with database.write() as session:
        session.add(Municipality(id="fuji", name="富士市", code="222101"))
    assert at_once(database, lambda session: alerts.beat(session, "index", NOW)) == []
    assert at_once(database, lambda session: alerts.raise_alert(session, "fuji", "quota", "足りません", NOW)) == []
    with database.read() as session:
        assert [row.name for row in session.scalars(select(Heartbeat))] == ["index"]
        assert [row.count for row in session.scalars(select(Alert))] == [2]
        assert session.scalars(select(Municipality.name)).all() == ["また書いた"], "what else it wrote is kept"
