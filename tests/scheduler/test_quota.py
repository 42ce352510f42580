"""Reading LINE's quota: stored, not polled, alerts when it is nearly used up, over real HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.line.client import LineClient
from bot.models import Alert, Channel
from bot.services.channels import ChannelBook
from scheduler import quota
from tests.support.announcing import CITY, Office, open_office


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Iterator[Office]:
    shutil.copyfile(template, tmp_path / "entaku.db")
    with open_office(f"sqlite:///{tmp_path / 'entaku.db'}", tmp_path, quota=100) as opened:
        yield opened


def read(office: Office) -> int:
    return quota.read(
        office.context, ChannelBook(office.database, office.context.sealer), LineClient(office.simulator.url)
    )


def channel(office: Office) -> Channel:
    with office.database.read() as session:
        return session.get_one(Channel, CITY)


def kinds(office: Office) -> set[str]:
    with office.database.read() as session:
        return set(session.scalars(select(Alert.kind)))


def test_limit_and_count_are_stored(office: Office):
    office.residents(3, "今泉")
    office.send(office.draft("今泉"))
    assert read(office) == 1
    row = channel(office)
    assert (row.quota, row.quota_used) == (100, 3)
    assert row.quota_read_at is not None


def test_an_unlimited_quota_has_no_limit(office: Office):
    office.simulator.add_channel(CITY, webhook="http://127.0.0.1:9/", quota=None)
    read(office)
    assert (channel(office).quota, channel(office).quota_used) == (None, 0)


def test_it_is_asked_every_ten_minutes_at_most_also_by_a_new_process(office: Office):
    assert [read(office), read(office), read(office)] == [1, 0, 0]
    office.simulator.control("POST", "/_sim/clock", {"advance_s": 601})
    assert read(office) == 1
    calls = office.simulator.control("GET", "/_sim/counters")["GET /v2/bot/message/quota"]["calls"]
    assert calls == 2


def test_no_answer_changes_nothing(office: Office):
    read(office)
    office.simulator.control("POST", "/_sim/clock", {"advance_s": 601})
    fault = {"match": {"path": "/v2/bot/message/quota*"}, "action": {"type": "status", "status": 500}}
    office.simulator.control("POST", "/_sim/faults", fault)
    before = channel(office).quota_read_at
    assert read(office) == 0
    assert channel(office).quota_read_at == before


def test_little_left_raises_an_alert_and_a_new_month_clears_it(office: Office):
    office.residents(95, "今泉")
    office.send(office.draft("今泉"))
    read(office)
    assert kinds(office) == {"quota"}
    office.simulator.control("POST", "/_sim/clock", {"advance_s": timedelta(days=40).total_seconds()})
    read(office)
    assert kinds(office) == set()
