"""Counting failures by address: alone, and together with the other web processes."""

from datetime import UTC, datetime, timedelta

from bot.broker import Broker
from handlers.console.throttle import Throttle

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def test_two_web_processes_count_together(redis):
    one, other = (Throttle(3, QUARTER, Broker(redis.url), "sign-in") for _ in range(2))
    one.failed("192.0.2.1", NOW)
    one.failed("192.0.2.1", NOW)
    assert not other.blocked("192.0.2.1", NOW)
    other.failed("192.0.2.1", NOW)
    assert one.blocked("192.0.2.1", NOW)
    assert other.blocked("192.0.2.1", NOW)
    assert not one.blocked("192.0.2.2", NOW), "another address"
    assert not Throttle(3, QUARTER, Broker(redis.url), "ballots").blocked("192.0.2.1", NOW), "another page"
    assert not other.blocked("192.0.2.1", NOW + QUARTER + timedelta(seconds=1)), "the window is over"


def test_while_redis_is_away_each_counts_for_itself(redis):
    throttle = Throttle(2, QUARTER, Broker(redis.url), "sign-in")
    throttle.failed("192.0.2.1", NOW)
    redis.stop()
    assert not throttle.blocked("192.0.2.1", NOW)
    throttle.failed("192.0.2.1", NOW)
    assert throttle.blocked("192.0.2.1", NOW)
