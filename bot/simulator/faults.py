"""Faults on purpose: what LINE, or the way to LINE, does wrong when a test or a visitor asks for it."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .http import Response

ACTIONS = ("status", "delay", "drop", "half_body", "html", "empty")


@dataclass(slots=True)
class Fault:
    """One rule. Without `times` it acts until deleted; with `nth` once, at the nth matching request."""

    match: dict[str, Any]
    action: dict[str, Any]
    when: str
    times: int | None
    seen: int = 0
    done: int = 0
    rng: random.Random = field(default_factory=random.Random)

    def wants(self, method: str, path: str, channel: str) -> bool:
        """Whether the fault acts on this request; counts it as seen."""
        match = self.match
        fits = match.get("method", method).upper() == method and match.get("channel", channel) == channel
        spent = self.times is not None and self.done >= self.times
        if spent or not fits or not fnmatchcase(path, match.get("path", "*")):
            return False
        self.seen += 1
        if "nth" in match and self.seen != match["nth"]:
            return False
        if "prob" in match and self.rng.random() >= match["prob"]:
            return False
        self.done += 1
        return True


def parse_fault(body: Any) -> Fault:
    """A fault from a control call's JSON. Raises ValueError saying what is wrong."""
    if not isinstance(body, dict) or not isinstance(body.get("action"), dict):
        raise ValueError(  # noqa: TRY004 what is wrong is the JSON's shape
            'a fault needs {"match", "action": {"type"}, "when", "times"}'
        )
    action, match = body["action"], body.get("match") or {}
    kind = action.get("type")
    if kind not in ACTIONS:
        raise ValueError(f"action.type must be one of {', '.join(ACTIONS)}")
    when = body.get("when") or ("after" if kind in ("drop", "half_body", "html", "empty") else "before")
    if when not in ("before", "after"):
        raise ValueError("when must be before or after")
    times = body.get("times")
    if times is None and "nth" in match:
        times = 1
    return Fault(match, action, when, times, rng=random.Random(match.get("seed")))  # noqa: S311 repeatable on purpose


class Faults:
    """All faults in force, oldest first; the first that wants a request acts."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def listed(self) -> list[dict[str, Any]]:
        """The faults with how often each was seen and acted."""
        with self._lock:
            return [
                {"match": f.match, "action": f.action, "when": f.when, "times": f.times, "seen": f.seen, "done": f.done}
                for f in self._faults
            ]

    def take(self, when: str, method: str, path: str, channel: str) -> dict[str, Any] | None:
        """The action to apply to this request now, if any."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.when == when and fault.wants(method, path, channel):
                    return fault.action
        return None


def apply_fault(action: dict[str, Any], answer: Response | None) -> Response | None:
    """What the client gets instead of `answer` (None: no answer exists yet). None: go on as if nothing were."""
    kind = action["type"]
    if kind == "delay":
        time.sleep(float(action.get("ms", 0)) / 1000)
        return answer
    if kind == "status":
        status = int(action.get("status", 500))
        return Response.of({"message": action.get("message", "Internal server error")}, status)
    if kind == "html":
        page = b"<html><body>Bad gateway</body></html>"
        return Response(int(action.get("status", 200)), page, "text/html")
    if kind == "empty":
        return Response.of({})
    whole = answer or Response.of({"message": "Internal server error"}, 500)
    whole.cut = "drop" if kind == "drop" else "half"
    return whole
