"""Who may send, and how fast: one token bucket per channel for all processes of an installation.

Without Redis one process sends at a time (it holds the lock `entaku-delivery` alone) with a pace in memory. With Redis
any number send at once (they share that lock) and draw their starts from Redis. While Redis is away one process sends,
as without it: the lock cannot be had alone before everybody who shared it has stopped, nor shared before the one has.
Each change of hands waits a second, so that no second ever holds starts of both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

import structlog

from bot.broker import Broker
from bot.db import Database
from bot.errors import UnavailableError
from bot.services.exclusive import Lock
from scheduler.pace import SPACED_A_SECOND, Pace

log = structlog.get_logger(__name__)

LOCK = "entaku-delivery"
QUIET_SECONDS = 1.0  # the window of LINE's limit
LOOK_SECONDS = 0.5
# A start this late after its place in the line is given up and drawn anew: places are 1/193 s apart, so that any second
# holds at most 193 x 1.015 + 1 = 197 starts, however many processes there are.
LATE_SECONDS = 0.015
GAP = round(1_000_000 / SPACED_A_SECOND)  # microseconds between two places

# Gives out the next place (microseconds from now, negative when it is a little past). Nothing known (first use, or
# Redis was emptied): what started in the last second is unknown too, so that the first place is a second away.
_PLACE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local gap = tonumber(ARGV[1])
local at = math.max(tonumber(redis.call('GET', KEYS[1]) or (now + 1000000)), now - tonumber(ARGV[2]))
redis.call('SET', KEYS[1], string.format('%.0f', at + gap), 'EX', 600)
return string.format('%.0f', at - now)
"""
_HOLD = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now + tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%.0f', at), 'EX', 600)
return '0'
"""

Kept = TypeVar("Kept", Pace, "RedisPace")


class Starts(Protocol):
    """The starts of one channel's calls. One thread asks for them; any may hold them."""

    spare: float  # seconds that a start may come later than it is due, so that others are made together with it

    def due(self) -> float:
        """The moment (monotonic) from which the next call may start. Raises UnavailableError when nobody can say."""

    def start(self) -> bool:
        """One call starts now; False when it may not (not yet, or no longer): ask again when it is due."""

    def hold(self, seconds: float) -> None:
        """Start nothing for this long."""


class Limiter(Protocol):
    """What delivery asks before and while it sends."""

    def enter(self) -> bool:
        """Whether this process may send now; ask before each round."""

    def goes_on(self) -> bool:
        """Whether it may take more batches in this round."""

    def leave(self) -> None:
        """The round is over: every call has ended."""

    def of(self, municipality: str) -> Starts:
        """The starts of a municipality's channel."""

    def close(self) -> None:
        """The process ends."""


class LocalLimiter:
    """One process sends at a time; on SQLite it is the only one anyway."""

    def __init__(self, database: Database) -> None:
        self._sqlite, self._lock = database.sqlite, Lock(database, LOCK)
        self._paces: dict[str, Pace] = {}

    def enter(self) -> bool:
        """True for the one that has the lock; it keeps it until it ends."""
        if self._sqlite or self._lock.held():
            return True
        if not self._lock.take(wait=False):
            return False
        time.sleep(QUIET_SECONDS)  # whoever had it may have started calls until a moment ago
        return True

    def goes_on(self) -> bool:
        """Nobody else comes in."""
        return True

    def leave(self) -> None:
        """Nothing to give back."""

    def of(self, municipality: str) -> Starts:
        """A pace in memory."""
        return _kept(self._paces, municipality, Pace)

    def close(self) -> None:
        """Let another process send."""
        self._lock.release()


class SharedLimiter:
    """Many processes send at once by Redis's pace; one alone while Redis is away. PostgreSQL only."""

    def __init__(self, database: Database, broker: Broker) -> None:
        self._broker, self._lock = broker, Lock(database, LOCK)
        self._shared: bool | None = None  # how the lock is held
        self._paces: dict[str, Pace] = {}
        self._starts: dict[str, RedisPace] = {}
        self._failures = 0
        self._looked_at = 0.0

    def enter(self) -> bool:
        """True when this process may send; whether together or alone is decided by Redis's answering."""
        shared = self._broker.alive()
        if not self._lock.take(wait=False, shared=shared):
            return False
        if shared != self._shared or self._broker.failures != self._failures:
            # Others may have sent by another pace until a moment ago; and Redis may be back with an old memory.
            time.sleep(QUIET_SECONDS)
            log.info("delivery.pace", shared=shared)
        self._shared, self._failures, self._looked_at = shared, self._broker.failures, time.monotonic()
        return True

    def goes_on(self) -> bool:
        """False as soon as Redis has gone (sending together) or come back (sending alone)."""
        if self._shared:
            return self._broker.failures == self._failures
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return True
        self._looked_at = time.monotonic()
        return not self._broker.alive()

    def leave(self) -> None:
        """Give the lock back; alone, a second after the last start, so that those who share it may begin at once."""
        if not self._shared:
            time.sleep(QUIET_SECONDS)
        self._lock.release()

    def of(self, municipality: str) -> Starts:
        """Redis's pace, or the one in memory while sending alone."""
        if self._shared:
            return _kept(self._starts, municipality, lambda: RedisPace(self._broker, municipality))
        return _kept(self._paces, municipality, Pace)

    def close(self) -> None:
        """Let the lock go with the process."""
        self._lock.release()


class RedisPace:
    """The starts of one channel, drawn from Redis; this process draws one at a time."""

    spare = 0.0  # a place that has passed is lost

    def __init__(self, broker: Broker, municipality: str) -> None:
        self._broker, self._key = broker, f"pace:{municipality}"
        self._place: float | None = None
        self._catch_up = 2 * GAP  # a pause is caught up by a little; a place that came too late is not

    def due(self) -> float:
        """The place that was drawn, or is drawn now. Raises UnavailableError when Redis does not answer."""
        if self._place is None:
            # Reckoned from when we asked: what the answer took counts against us.
            asked = time.monotonic()
            self._place = asked + self._ask(_PLACE, GAP, self._catch_up) / 1_000_000
        return self._place

    def start(self) -> bool:
        """Use the place, unless it has not come yet or has passed."""
        now = time.monotonic()
        if self._place is None or now < self._place:
            return False
        in_time = now - self._place <= LATE_SECONDS
        self._place, self._catch_up = None, 2 * GAP if in_time else 0
        return in_time

    def hold(self, seconds: float) -> None:
        """Start nothing anywhere for this long: LINE said that it was too fast."""
        try:
            self._ask(_HOLD, round(seconds * 1_000_000))
        except UnavailableError:
            log.warning("delivery.not_held")

    def _ask(self, script: str, *arguments: int) -> int:
        return int(self._broker.run(script, [self._key], arguments))


def _kept(paces: dict[str, Kept], municipality: str, new: Callable[[], Kept]) -> Kept:
    """One a municipality, made when it is first asked for, by whichever thread."""
    return paces.get(municipality) or paces.setdefault(municipality, new())


def limiter_for(database: Database, broker: Broker | None) -> Limiter:
    """The limiter of this installation."""
    return LocalLimiter(database) if broker is None or database.sqlite else SharedLimiter(database, broker)
