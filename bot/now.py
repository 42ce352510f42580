"""The clock. `now` is a parameter everywhere; only the edges ask this module for it.

Leases, HTTP time-outs, sign-ins and TOTP stay on real time even in the demo (`real_now`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")
Clock = Callable[[], datetime]


def real_now() -> datetime:
    """The time now, aware, UTC."""
    return datetime.now(UTC)


class OffsetClock:
    """The real time plus the seconds written in a file (the demo follows the simulator's clock).

    The file is read at each call: it holds one number and is replaced atomically. A missing or
    unreadable file means no offset.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> datetime:
        try:
            offset = float(self._path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            offset = 0.0
        return real_now() + timedelta(seconds=offset)


def jst(moment: datetime) -> datetime:
    """The same moment as people in Japan read it."""
    return moment.astimezone(JST)
