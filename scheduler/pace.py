"""The pace of calls: evenly spaced, and never more than a limit's worth of starts in any second."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

MULTICAST_A_SECOND = 200  # LINE's limit for POST /v2/bot/message/multicast, per channel
# LINE counts arrivals, we count starts: what the way there bunches together must still be below the limit.
SPACED_A_SECOND, MOST_A_SECOND = 196, 198


class Pace:
    """Starts, spaced; safe for many threads. A second here is any second, not one of the clock."""

    def __init__(
        self,
        spaced: float = SPACED_A_SECOND,
        most: int = MOST_A_SECOND,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap, self._clock, self._sleep = 1.0 / spaced, clock, sleep
        self._lock = threading.Lock()
        self._next = clock()
        self._starts: deque[float] = deque(maxlen=most)

    def wait(self) -> None:
        """Return when the next call may start. Who waits keeps the others behind it: starts come one by one."""
        with self._lock:
            now = self._clock()
            at = max(now, self._next)
            if len(self._starts) == self._starts.maxlen:
                at = max(at, self._starts[0] + 1.0)
            if at > now:
                self._sleep(at - now)
            started = max(self._clock(), at)
            self._starts.append(started)
            # A pause is caught up only by a little: not in a burst.
            self._next = max(at + self._gap, started - 2 * self._gap)

    def hold(self, seconds: float) -> None:
        """Start nothing for this long: LINE said that it was too fast."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
