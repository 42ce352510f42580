"""The pace of calls: evenly spaced, and never more than a limit's worth of starts in any second."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

MULTICAST_A_SECOND = 200  # LINE's limit for POST /v2/bot/message/multicast, per channel
# LINE counts arrivals, we count starts: what the way there bunches together must still be below the limit. With 198 in
# a second, 201 once arrived in one (2,000 calls); with 195, once 200.
SPACED_A_SECOND, MOST_A_SECOND = 193, 194
CATCH_UP = 3  # starts
SPARE = 1.2 / SPACED_A_SECOND  # seconds


class Pace:
    """Starts, spaced; asked by one thread, held by any. A second here is any second, not one of the clock."""

    spare = SPARE  # two starts, one after the other, are caught up at no loss

    def __init__(
        self,
        spaced: float = SPACED_A_SECOND,
        most: int = MOST_A_SECOND,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gap, self._clock = 1.0 / spaced, clock
        self._lock = threading.Lock()
        self._next = clock()
        self._starts: deque[float] = deque(maxlen=most)

    def due(self) -> float:
        """The moment (of the clock) from which the next call may start."""
        if len(self._starts) == self._starts.maxlen:
            return max(self._next, self._starts[0] + 1.0)
        return self._next

    def start(self) -> bool:
        """One call starts now, if it may: False before it is due."""
        with self._lock:
            now, due = self._clock(), self.due()
            if now < due:
                return False
            self._starts.append(now)
            # A pause is caught up only by a little: not in a burst.
            self._next = max(due, now - CATCH_UP * self._gap) + self._gap
            return True

    def hold(self, seconds: float) -> None:
        """Start nothing for this long: LINE said that it was too fast."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
