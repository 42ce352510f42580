"""Redis as seen from one process: asked with short time limits, and never trusted to be there.

Nothing that must not be lost is kept here (design.md 3: truth is in the database). Whoever asks gets an answer or
UnavailableError, soon: after a failure nobody asks again for a moment.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from typing import Any

from bot.errors import UnavailableError

ANSWER_SECONDS = 0.5  # Redis answers in well under a millisecond; longer means that it is away
AWAY_SECONDS = 1.0  # nobody asks again for so long after a failure
PREFIX = "entaku:"


class Broker:
    """One Redis, by its URL (redis:// or rediss://). Safe for many threads, and after a fork."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._client: Any = None
        self._pid = 0
        self._away_until = 0.0
        self._failures = 0

    @property
    def url(self) -> str:
        """Where it is; may hold a password."""
        return self._url

    @property
    def failures(self) -> int:
        """How often it did not answer: what was known from it before a failure may be gone."""
        return self._failures

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[int | str]) -> Any:
        """Run a Lua script (at once, nobody in between). Keys get our prefix. Raises UnavailableError."""
        return self._ask(lambda client: client.eval(script, len(keys), *(PREFIX + key for key in keys), *arguments))

    def alive(self) -> bool:
        """Whether it answers now."""
        try:
            return bool(self._ask(lambda client: client.ping()))
        except UnavailableError:
            return False

    def version(self) -> str:
        """Its version. Raises UnavailableError."""
        return str(self._ask(lambda client: client.info("server"))["redis_version"])

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            if self._client is not None and self._pid == os.getpid():
                self._client.close()
            self._client = None

    def _ask(self, question: Any) -> Any:
        import redis

        if time.monotonic() < self._away_until:
            raise UnavailableError("Redis does not answer (ENTAKU_BROKER_URL).")
        try:
            return question(self._opened())
        except redis.RedisError as error:
            with self._lock:
                self._failures += 1
                self._away_until = time.monotonic() + AWAY_SECONDS
            raise UnavailableError(f"Redis does not answer (ENTAKU_BROKER_URL): {type(error).__name__}.") from error

    def _opened(self) -> Any:
        """The client of this very process: a forked one must not share its parent's connections."""
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        with self._lock:
            if self._client is None or self._pid != os.getpid():
                limits = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS}
                self._client = Redis.from_url(self._url, retry=Retry(NoBackoff(), 0), decode_responses=True, **limits)
                self._pid = os.getpid()
            return self._client
