"""Web, work and clock as processes of their own on PostgreSQL, without Redis: the workers' sweeps find everything."""

import pytest

from tests.scenarios.test_grown import Telling, asks_and_is_answered
from tests.support.processes import Apart


@pytest.fixture
def apart(postgres_url, tmp_path):
    started = Apart(postgres_url, tmp_path)
    for command in ("serve", "worker", "clock"):
        started.start(command)
    started.wait(started.healthy)
    yield started
    started.stop()


@pytest.mark.chaos
def test_registered_answered_and_told_across_processes(apart):
    one = apart.residents(4)[0]
    asks_and_is_answered(apart, one)
    before = len(apart.inbox(one))

    apart.kill("worker")  # nobody works: what arrives now waits in the table
    apart.control(f"fuji/users/{one}/say", {"text": "ありがとう"})
    telling = Telling(apart)
    telling.announce("しるしA1")
    apart.start("worker")
    apart.wait(lambda: len(apart.inbox(one)) >= before + 2)
    telling.reached_everybody_once()
    assert apart.control("violations") == []
