"""One pace for all processes: counted at the starts themselves, while Redis goes, comes back and is emptied."""

import threading
import time

import pytest

import scheduler.limiter
from bot.broker import Broker
from bot.db import Database
from bot.errors import UnavailableError
from scheduler.limiter import LocalLimiter, RedisPace, SharedLimiter, limiter_for

LIMIT = 200  # multicasts a second and channel


@pytest.fixture
def two_databases(postgres_url, monkeypatch):
    """Two processes' connections to one database; the second of silence between two ways is cut short."""
    monkeypatch.setattr(scheduler.limiter, "QUIET_SECONDS", 0.05)
    opened = [Database(postgres_url), Database(postgres_url)]
    yield opened
    for database in opened:
        database.close()


def most_in_any_second(starts):
    starts = sorted(starts)
    return max(sum(1 for other in starts if start <= other < start + 1.0) for start in starts)


def wait(pace):
    """Until a call may start, as the thread that calls does."""
    while not pace.start():
        time.sleep(max(0.0, pace.due() - time.monotonic()))


def starts_of(paces, seconds, stop=None):
    """The moments at which these paces, one thread each, let calls start for so long."""
    end, starts, lock = time.monotonic() + seconds, [], threading.Lock()

    def run(pace):
        while time.monotonic() < end and not (stop and stop.is_set()):
            try:
                wait(pace)
            except UnavailableError:
                time.sleep(0.05)
                continue
            with lock:
                starts.append(time.monotonic())

    threads = [threading.Thread(target=run, args=(pace,)) for pace in paces]
    for thread in threads:
        thread.start()
    return threads, starts


def test_three_processes_together_never_start_more_than_line_allows(redis):
    paces = [RedisPace(Broker(redis.url), "fuji") for _ in range(3)]
    threads, starts = starts_of(paces, 3.5)
    time.sleep(1.7)
    redis.empty()  # what started before is forgotten, and must not be started once more
    for thread in threads:
        thread.join()
    assert most_in_any_second(starts) <= LIMIT
    assert len(starts) > 50, "it goes on afterwards"


def test_channels_do_not_wait_for_each_other_and_a_held_one_starts_nothing(redis):
    broker = Broker(redis.url)
    for city in ("fuji", "tomioka"):
        wait(RedisPace(broker, city))
    RedisPace(broker, "fuji").hold(60)
    wait(RedisPace(broker, "tomioka"))
    held = broker.run("return redis.call('GET', KEYS[1])", ["pace:fuji"], [])
    other = broker.run("return redis.call('GET', KEYS[1])", ["pace:tomioka"], [])
    assert int(held) - int(other) > 50_000_000


def test_without_redis_nobody_says_when(redis):
    pace = RedisPace(Broker(redis.url), "fuji")
    redis.stop()
    with pytest.raises(UnavailableError):
        wait(pace)
    pace.hold(1)  # nothing to say it to; the batches wait by themselves


def test_many_share_the_lock_and_one_has_it_alone_while_redis_is_away(redis, two_databases):
    one, other = (SharedLimiter(database, Broker(redis.url)) for database in two_databases)
    assert one.enter()
    assert other.enter(), "together"
    redis.stop()
    with pytest.raises(UnavailableError):
        wait(one.of("fuji"))
    assert not one.goes_on()
    one.leave()
    assert not one.enter(), "not before the other has stopped"
    with pytest.raises(UnavailableError):
        wait(other.of("fuji"))
    other.leave()
    assert one.enter(), "alone"
    assert one.goes_on()
    assert not other.enter()
    wait(one.of("fuji"))
    redis.start()
    wait_until(lambda: not one.goes_on())
    one.leave()
    assert one.enter()
    assert other.enter(), "together again"
    for limiter in (one, other):
        limiter.leave()
        limiter.close()


def test_without_redis_one_process_sends(two_databases):
    one, other = (LocalLimiter(database) for database in two_databases)
    assert one.enter()
    assert one.enter(), "again, it keeps the lock"
    assert not other.enter()
    one.close()
    assert other.enter()
    other.close()


def test_sqlite_needs_no_redis(context, redis):
    assert isinstance(limiter_for(context.database, Broker(redis.url)), LocalLimiter)


def wait_until(ready):
    end = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.05)
