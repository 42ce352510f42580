"""Failed sign-ins per address: a small window in memory, beside the lock each account has of its own.

An office shares one address, so that the number is generous; only failures count. The public forms count with it too.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

FAILURES, WITHIN = 30, timedelta(minutes=15)
MOST_ADDRESSES = 10_000


class Throttle:
    """Counts failures by address; the oldest addresses are forgotten when there are very many."""

    def __init__(self, failures: int = FAILURES, within: timedelta = WITHIN) -> None:
        self._most, self._within = failures, within
        self._failures: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def blocked(self, address: str, now: datetime) -> bool:
        """Whether this address has failed too often lately."""
        with self._lock:
            times = self._failures.get(address, deque())
            while times and now - times[0] > self._within:
                times.popleft()
            return len(times) >= self._most

    def failed(self, address: str, now: datetime) -> None:
        """Count one failure."""
        with self._lock:
            times = self._failures.setdefault(address, deque(maxlen=self._most))
            times.append(now)
            self._failures.move_to_end(address)
            while len(self._failures) > MOST_ADDRESSES:
                self._failures.popitem(last=False)
