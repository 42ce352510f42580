"""What is counted: requests by operation, webhooks, and the last traffic for the phone page's side panel."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict, deque
from typing import Any

KEPT_TRAFFIC = 500
LONGEST_SHOWN = 8192
RATE_LIMITED = 429
CONFLICT = 409
NAMES = ("calls", "accepted", "rejected", "conflicts", "limited")


class Counters:
    """Counts since start (or reset). Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.changed = threading.Condition(self._lock)
        self.reset()

    def reset(self) -> None:
        """Starts from zero."""
        with self._lock:
            self.operations: dict[tuple[str, str], dict[str, int]] = {}
            self.webhooks: dict[str, dict[str, int]] = {}
            self.starts: dict[str, list[float]] = defaultdict(list)
            self.unimplemented: list[dict[str, Any]] = []
            self._traffic: deque[dict[str, Any]] = deque(maxlen=KEPT_TRAFFIC)
            # Numbers go on rising over a restart: an open phone page asks for what is newer than its last one.
            self._n = int(time.time() * 1000)

    def called(self, channel: str, operation: str) -> None:
        """A request arrived (real time is kept: the deliveries' benchmark counts starts a second)."""
        with self._lock:
            self._row(channel, operation)["calls"] += 1
            if operation.startswith("POST /v2/bot/message/"):
                self.starts[operation].append(time.time())

    def answered(self, channel: str, operation: str, status: int) -> None:
        """The pipeline decided: accepted, refused, known already, or too fast."""
        name = "rejected"
        if status < 300:
            name = "accepted"
        elif status in (CONFLICT, RATE_LIMITED):
            name = "conflicts" if status == CONFLICT else "limited"
        with self._lock:
            self._row(channel, operation)[name] += 1

    def _row(self, channel: str, operation: str) -> dict[str, int]:
        return self.operations.setdefault((channel, operation), dict.fromkeys(NAMES, 0))

    def webhook(self, channel: str, outcome: str) -> None:
        """A webhook was sent and ended ok, slow or failed."""
        with self._lock:
            row = self.webhooks.setdefault(channel, {"sent": 0, "ok": 0, "slow": 0, "failed": 0})
            row["sent"] += 1
            row[outcome] += 1

    def traffic(self, row: dict[str, Any]) -> None:
        """Keeps one line for the side panel; long bodies are kept as their size only."""
        for name in ("request", "response"):
            if len(row[name]) > LONGEST_SHOWN:
                row[name] = f"{len(row[name])} bytes".encode()
        with self.changed:
            self._n += 1
            self._traffic.append({"n": self._n, **row})
            self.changed.notify_all()

    def traffic_after(self, channel: str, after: int) -> list[dict[str, Any]]:
        """The lines of a channel numbered above `after`."""
        with self._lock:
            rows = [row for row in self._traffic if row["n"] > after and row["channel"] == channel]
        return [{**row, "request": _readable(row["request"]), "response": _readable(row["response"])} for row in rows]

    def totals(self, channel: str | None = None) -> dict[str, Any]:
        """The counters of one channel, or of all together."""
        with self._lock:
            result: dict[str, Any] = {}
            for (owner, operation), row in sorted(self.operations.items()):
                if channel in (None, owner):
                    total = result.setdefault(operation, dict.fromkeys(NAMES, 0))
                    for name in NAMES:
                        total[name] += row[name]
            webhooks = {"sent": 0, "ok": 0, "slow": 0, "failed": 0}
            for owner, row in self.webhooks.items():
                if channel in (None, owner):
                    for name in webhooks:
                        webhooks[name] += row[name]
            return {**result, "webhooks": webhooks}


def _readable(body: bytes) -> Any:
    """A body as JSON where it is, else as text."""
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
