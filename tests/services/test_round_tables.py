"""Round tables as time goes on: closing killed at every step, a lost key, who took part and for how long it is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.models import Announcement, Participation, RoundParticipation, RoundTable
from bot.now import jst
from bot.services import announcement_reach, closing, round_tables
from bot.services.announcement_reach import Whom
from bot.services.ballots import name_of
from bot.services.context import open_context
from scheduler import round_tables as ticks
from tests.conftest import make_settings
from tests.support.polling import CITY, NOW, Polling

LATER = NOW + timedelta(days=3)


class Killed(BaseException):
    """What `kill -9` looks like from inside: nothing after it runs."""


class Series:
    """A round that listens until LATER, with a poll that five residents answered."""

    def __init__(self, polling: Polling) -> None:
        self.polling, self.context = polling, polling.context
        self.now = NOW
        object.__setattr__(self.context, "clock", lambda: self.now)
        self.poll = polling.opened()
        for number in range(5):
            polling.vote(self.poll, number, number % 2)
        with self.context.database.write() as session:
            carrier = session.scalars(select(Announcement).where(Announcement.poll_id == self.poll)).one()
            assert polling.officer.id is not None
            row = RoundTable(
                municipality_id=CITY, district_id=polling.district, number=1, state="listening", theme="夜道",
                opens_at=NOW, closes_at=LATER, meets_at=LATER + timedelta(days=2), place="公民館", answerer="協議会",
                answer_on=jst(LATER + timedelta(days=20)).date(), author_id=polling.officer.id,
                announcement_id=carrier.id, created_at=NOW,
            )  # fmt: skip
            session.add(row)
            session.flush()
            self.id = row.id

    def tick(self) -> str:
        ticks.advance(self.context)
        return self.row.state

    @property
    def row(self) -> RoundTable:
        with self.context.database.read() as session:
            return session.get_one(RoundTable, self.id)

    def count(self, table: Any) -> int:
        with self.context.database.read() as session:
            return len(session.scalars(select(table)).all())


@pytest.fixture
def series(database_url: str, tmp_path: Any) -> Iterator[Series]:
    context = open_context(make_settings(tmp_path, database_url))
    yield Series(Polling(context))
    context.database.close()
    context.keystore.database.close()


@pytest.mark.parametrize("step", ["closing", "tallied", "destroyed", "wiped", "closed"])
def test_closing_killed_at_each_step_moves_the_round_once(series: Series, step: str) -> None:
    series.now = LATER

    def kill(done: str) -> None:
        if done == step:
            raise Killed

    with pytest.raises(Killed):
        closing.close_due(series.context, LATER, kill)
    assert series.tick() == ("meeting" if step == "closed" else "listening")
    closing.close_due(series.context, LATER)
    assert [series.tick(), series.tick()] == ["meeting", "meeting"]
    assert series.count(RoundParticipation) == 5


def test_a_round_waits_for_its_poll_to_be_counted_and_for_its_time(series: Series) -> None:
    assert series.tick() == "listening"
    series.now = LATER
    assert series.tick() == "listening"
    closing.close_due(series.context, LATER)
    assert series.tick() == "meeting"


def test_a_round_goes_on_when_the_key_of_its_poll_is_lost(series: Series) -> None:
    series.now = LATER
    series.context.keystore.destroy(name_of(series.polling.poll(series.poll)))
    closing.close_due(series.context, LATER)
    assert series.polling.poll(series.poll).state == "lost"
    assert series.tick() == "meeting"


def test_who_took_part_outlives_the_poll_and_is_forgotten_in_the_end(series: Series) -> None:
    series.now = LATER
    closing.close_due(series.context, LATER)
    series.tick()
    month = LATER + timedelta(days=31)
    closing.erase_old(series.context, month)
    assert (series.count(Participation), series.count(RoundParticipation)) == (0, 5)
    with series.context.database.read() as session:
        assert announcement_reach.count(session, Whom(CITY, "home", round_table_id=series.id), month).recipients == 5
    with series.context.database.write() as session:
        assert round_tables.forget_old(session, month) == 0
        assert round_tables.forget_old(session, LATER + timedelta(days=250)) == 1
    assert series.count(RoundParticipation) == 0


def test_a_round_called_off_forgets_who_took_part(series: Series) -> None:
    series.now = LATER
    closing.close_due(series.context, LATER)
    series.tick()
    with series.context.database.write() as session:
        row = round_tables.get(session, CITY, series.id)
        round_tables.cancel(session, row, series.polling.officer, row.version, LATER)
        assert round_tables.forget_old(session, LATER) == 1
    assert series.count(RoundParticipation) == 0


def test_kinds_and_districts_count_for_themselves(series: Series) -> None:
    with series.context.database.read() as session:
        assert round_tables.next_number(session, CITY, series.polling.district, "round_table") == 2
        assert round_tables.next_number(session, CITY, series.polling.district, "board") == 1
        assert round_tables.next_number(session, CITY, series.polling.elsewhere, "round_table") == 1
