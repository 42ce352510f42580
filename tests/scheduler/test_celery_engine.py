"""Telling Redis of work: never in the way of who tells, never in need of what Redis remembers."""

import threading

import pytest
from celery.contrib.testing.worker import start_worker

from scheduler import celery_engine
from scheduler.celery_engine import SEND, WORK, CeleryEngine, make_app


@pytest.fixture
def told(redis):
    """What a worker of ours is told, in order."""
    app, seen, more = make_app(redis.url), [], threading.Condition()

    def note(*arguments):
        with more:
            seen.append(arguments)
            more.notify_all()

    def wait_for(count):
        with more:
            assert more.wait_for(lambda: len(seen) >= count, 30), seen
            return list(seen)

    @app.task(name=WORK)
    def work(municipality, source):
        note(municipality, bytes.fromhex(source))

    @app.task(name=SEND)
    def send():
        note("send")

    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="ERROR"):
        yield wait_for


@pytest.fixture
def engine(redis, monkeypatch):
    monkeypatch.setattr(celery_engine, "PAUSE_SECONDS", 0.05)
    started = CeleryEngine(redis.url)
    started.start()
    yield started
    started.stop()


def test_sources_and_sending_reach_a_worker_also_after_redis_was_emptied(engine, told, redis):
    engine.wake([("fuji", b"\x00a"), ("tomioka", b"b")])
    assert sorted(told(2)) == [("fuji", b"\x00a"), ("tomioka", b"b")]
    redis.empty()
    engine.wake_sending()
    assert told(3)[-1] == ("send",)


def test_waking_never_waits_for_a_redis_that_is_away(engine, redis):
    redis.stop()
    for number in range(2_000):  # each of them would cost a time-out
        engine.wake([("fuji", number.to_bytes(4))])
    engine.wake_sending()
    redis.start()


def test_what_does_not_fit_is_left_to_the_sweep(redis, monkeypatch):
    monkeypatch.setattr(celery_engine, "MOST_WAITING", 3)
    engine = CeleryEngine(redis.url)  # not started: nothing is taken out
    for number in range(10):
        engine.wake([("fuji", bytes([number]))])
    assert len(engine._sources) == 3
    engine.stop()


def test_tasks_are_acknowledged_late_come_back_and_leave_no_results(redis):
    conf = make_app(redis.url).conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)
    assert (conf.result_backend, conf.task_ignore_result, conf.accept_content) == (None, True, ["json"])
    assert conf.broker_transport_options["visibility_timeout"] < 60
