"""LINE's rate limits: a token bucket for each channel and operation (assumption: capacity = the limit).

Figures: https://developers.line.biz/en/reference/messaging-api/#rate-limits
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from .clock import SimulatorClock

DEFAULT = (2000, 1)
RATES: dict[str, tuple[int, int]] = {
    "POST /v2/bot/channel/webhook/test": (60, 3600),
    "PUT /v2/bot/channel/webhook/endpoint": (1000, 60),
    "GET /v2/bot/channel/webhook/endpoint": (1000, 60),
    "POST /v2/bot/richmenu": (100, 3600),
    "DELETE /v2/bot/richmenu/{richMenuId}": (100, 3600),
    "GET /v2/bot/richmenu/list": (10, 1),
    "POST /v2/bot/message/multicast": (200, 1),
    "POST /v2/bot/chat/loading/start": (100, 1),
}
"""Operation -> (requests, seconds). All others: 2000 a second."""


@dataclass(slots=True)
class _Bucket:
    level: float
    at: int


class Limiter:
    """`scale` multiplies every limit (load tests on small machines). Refills by the simulator's time."""

    def __init__(self, clock: SimulatorClock) -> None:
        self.scale = 1.0
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def allows(self, channel: str, operation: str) -> bool:
        """Takes one token; False when there is none."""
        limit, seconds = RATES.get(operation, DEFAULT)
        capacity = max(1.0, limit * self.scale)
        now = self._clock.ms()
        with self._lock:
            bucket = self._buckets.setdefault((channel, operation), _Bucket(capacity, now))
            elapsed = max(0, now - bucket.at) / 1000
            bucket.level = min(capacity, bucket.level + elapsed * capacity / seconds)
            bucket.at = now
            if bucket.level < 1:
                return False
            bucket.level -= 1
            return True

    def reset(self) -> None:
        """Fills every bucket."""
        with self._lock:
            self._buckets.clear()
