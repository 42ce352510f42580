"""Failed sign-ins per address: a small window in memory, beside the lock each account has of its own.

An office shares one address, so that the number is generous; only failures count. The public forms count with it too.
Several web processes count together in Redis; while it is away each counts for itself.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from bot.broker import Broker
from bot.errors import UnavailableError

FAILURES, WITHIN = 30, timedelta(minutes=15)
MOST_ADDRESSES = 10_000

# A set of moments (ms) by address; those outside the window are dropped on the way. ARGV: now, window, most, count it.
_COUNT = """
local now, window, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if ARGV[4] ~= '' then
  redis.call('ZADD', KEYS[1], now, ARGV[4])
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -most - 1)
  redis.call('PEXPIRE', KEYS[1], window)
end
return redis.call('ZCARD', KEYS[1])
"""


class Throttle:
    """Counts failures by address; the oldest addresses are forgotten when there are very many.

    `name` keeps what is counted for different pages apart in Redis.
    """

    def __init__(
        self, failures: int = FAILURES, within: timedelta = WITHIN, broker: Broker | None = None, name: str = "sign-in"
    ) -> None:
        self._most, self._within, self._broker, self._name = failures, within, broker, name
        self._failures: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()
        self._number = 0

    def blocked(self, address: str, now: datetime) -> bool:
        """Whether this address has failed too often lately."""
        with self._lock:
            times = self._failures.get(address, deque())
            while times and now - times[0] > self._within:
                times.popleft()
            here = len(times)
        return max(here, self._together(address, now, "")) >= self._most

    def failed(self, address: str, now: datetime) -> None:
        """Count one failure."""
        with self._lock:
            times = self._failures.setdefault(address, deque(maxlen=self._most))
            times.append(now)
            self._failures.move_to_end(address)
            while len(self._failures) > MOST_ADDRESSES:
                self._failures.popitem(last=False)
            self._number += 1
            each = f"{id(self)}-{now.timestamp()}-{self._number}"
        self._together(address, now, each)

    def _together(self, address: str, now: datetime, each: str) -> int:
        """How often all processes have counted this address; 0 without Redis. Its key says no address."""
        if self._broker is None:
            return 0
        key = f"throttle:{self._name}:{hashlib.sha256(address.encode()).hexdigest()[:16]}"
        milliseconds = round(now.timestamp() * 1000), round(self._within.total_seconds() * 1000)
        try:
            return int(self._broker.run(_COUNT, [key], [*milliseconds, self._most, each]))
        except UnavailableError:
            return 0
