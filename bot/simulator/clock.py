"""The simulator's time: the real time plus an offset that only grows. Everything that expires asks it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")


class SimulatorClock:
    """`offset` is in seconds. With `file` the offset is also written there for the product's demo clock."""

    def __init__(self, file: Path | None = None) -> None:
        self.offset = 0.0
        self._file = file

    def set(self, offset: float) -> None:
        """Takes an offset (at start, from the stored state) and publishes it."""
        self.offset = offset
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft = self._file.with_name(self._file.name + ".new")
            draft.write_text(repr(offset), encoding="ascii")
            draft.replace(self._file)

    def now(self) -> datetime:
        """The simulated moment, aware, UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    def ms(self) -> int:
        """The simulated moment in milliseconds since 1970."""
        return int(self.now().timestamp() * 1000)


def iso(ms: int) -> str:
    """Milliseconds as LINE writes times: ISO 8601, UTC, with milliseconds."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def jst_month(ms: int) -> str:
    """The month a message counts in, such as 2026-11. LINE's quota rolls over in Japan time (assumption)."""
    return datetime.fromtimestamp(ms / 1000, JST).strftime("%Y-%m")
