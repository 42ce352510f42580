"""The engine: what wakes the work. It carries ids only; the truth is in the database.

Small: threads in the same process (`ThreadEngine`). Grown: Celery on Redis (scheduler.celery_engine), the same
interface. What no engine carries (a crash, Redis emptied or away) is found by the sweeps.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)

Source = tuple[str, bytes]  # municipality, sealed source
_STOP: Source = ("", b"")


class Engine(Protocol):
    """Tells workers that there is work; neither call blocks or fails."""

    def start(self) -> None: ...

    def wake(self, sources: Iterable[Source]) -> None:
        """These sources have waiting events."""

    def wake_sending(self) -> None:
        """Batches or messages are ready to be sent."""

    def stop(self) -> None: ...


class SweepEngine:
    """Wakes nobody: in a process that does no work itself the workers' sweeps find everything."""

    def start(self) -> None:
        """Nothing to start."""

    def wake(self, sources: Iterable[Source]) -> None:
        """Leave it to the sweep."""

    def wake_sending(self) -> None:
        """Leave it to the sweep."""

    def stop(self) -> None:
        """Nothing to stop."""


class ThreadEngine:
    """Works on many sources at once, on each by one thread at a time within this process.

    A source that is woken while it is being worked on is worked on once more, so that an event stored in
    that moment is not left for the sweep.
    """

    def __init__(self, work: Callable[[Source], None], threads: int, send: Callable[[], None] = lambda: None) -> None:
        self._work, self._send = work, send
        self._queue: queue.SimpleQueue[Source] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting: set[Source] = set()
        self._running: set[Source] = set()
        self._again: set[Source] = set()
        self._threads = [
            threading.Thread(target=self._run, name=f"work-{number}", daemon=True) for number in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake(self, sources: Iterable[Source]) -> None:
        """These sources have work. Never blocks."""
        with self._lock:
            for source in sources:
                if source in self._running:
                    self._again.add(source)
                elif source not in self._waiting:
                    self._waiting.add(source)
                    self._queue.put(source)

    def wake_sending(self) -> None:
        """Look now instead of at the next tick."""
        self._send()

    def stop(self, timeout: float = 10.0) -> None:
        """Let running work end; what waits stays in the database for the next start."""
        for _ in self._threads:
            self._queue.put(_STOP)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout)

    def _run(self) -> None:
        while (source := self._queue.get()) != _STOP:
            with self._lock:
                self._waiting.discard(source)
                self._running.add(source)
            try:
                self._work(source)
            except Exception:
                log.exception("engine.failed", municipality=source[0])
            with self._lock:
                self._running.discard(source)
                if source in self._again:
                    self._again.discard(source)
                    self._waiting.add(source)
                    self._queue.put(source)
