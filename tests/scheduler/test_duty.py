"""One process minds the clock; another stands by and takes over."""

import pytest
from sqlalchemy import text

from bot.db import Database
from scheduler.duty import Duty
from scheduler.ticks import Tick, Ticks


@pytest.fixture
def two(postgres_url):
    opened = [Database(postgres_url), Database(postgres_url)]
    yield [Duty(database) for database in opened], opened[1]
    for database in opened:
        database.close()


def test_the_one_standing_by_takes_over_when_the_first_has_gone(two):
    (first, second), _ = two
    assert first.take()
    assert not second.take()
    assert (first.on(), second.on()) == (True, False)
    first.release()
    assert second.take()
    assert not first.take()
    second.release()


def test_a_lock_that_the_database_forgot_is_not_held_and_is_taken_again(two):
    (first, second), other = two
    assert first.take()
    with other.engine.connect() as connection:  # as a restart would
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"))
    assert not first.on()
    assert first.take()
    assert not second.take()
    first.release()


def test_a_tick_of_the_clock_does_not_run_in_a_process_that_stands_by(context):
    ran, on = [], [False]
    ticks = Ticks(context, [], lambda: on[0])
    clock, other = Tick("a", 1, lambda: ran.append("clock"), beats=False, on_duty=True), Tick(
        "b", 1, lambda: ran.append("other"), beats=False
    )  # fmt: skip
    for _ in range(2):
        ticks._run(clock)
        ticks._run(other)
        on[0] = True
    assert ran == ["other", "clock", "other"]
