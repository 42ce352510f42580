"""PostgreSQL killed and started again in the middle of a send: nobody missed, nobody twice."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import UnavailableError
from bot.services import batches, schema
from tests.support import postgresql
from tests.support.announcing import CITY, Office, open_office

LONG = 120.0


@pytest.mark.skipif(not postgresql.available(), reason="PostgreSQL is not installed here")
def test_postgresql_restarted_in_the_middle_of_a_send_loses_nothing(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(batches, "SIZE", 10)
    cluster = postgresql.Cluster()
    try:
        url = cluster.database()
        schema.upgrade(url)
        with open_office(url, tmp_path) as office:
            line_ids = office.residents(200, "今泉")
            announcement_id = office.scheduled(office.draft("今泉"))
            office.delivery.freeze_due(office.context.clock())
            office.fault({"type": "delay", "ms": 300}, when="before")
            sender = threading.Thread(target=_send, args=[office])
            sender.start()
            until(
                lambda: (
                    office.simulator.control("GET", f"/_sim/{CITY}/counters").get(MULTICAST, {}).get("calls", 0) >= 4
                )
            )
            cluster.restart()
            sender.join(LONG)
            office.no_faults()
            until(lambda: _finished(office, announcement_id))
            assert office.copies() == dict.fromkeys(line_ids, 1)
            row = office.read(announcement_id)
            assert (row.state, row.accepted) == ("sent", 200)
            assert office.violations() == []
    finally:
        cluster.stop()


MULTICAST = "POST /v2/bot/message/multicast"


def until(ready) -> None:
    end = time.monotonic() + LONG
    while not ready():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def _send(office: Office) -> None:
    """As a tick would: what fails comes round again."""
    with contextlib.suppress(UnavailableError, SQLAlchemyError):
        office.delivery.send_due()


def _finished(office: Office, announcement_id: int) -> bool:
    """One more tick; leases that the restart left over are given back instead of waited for."""
    try:
        office.delivery.clear_leases()
        office.again()
        return office.read(announcement_id).finished_at is not None
    except (UnavailableError, SQLAlchemyError):
        return False
