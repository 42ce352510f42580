"""Months of Japan: LINE's quota begins anew at midnight of the first, 15:00 UTC the day before. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from bot.now import JST, jst


class Month(NamedTuple):
    """A month of a year. That LINE's month follows Japan's time is not confirmed in its documents."""

    year: int
    month: int

    @property
    def begins(self) -> datetime:
        """Midnight of its first day in Japan."""
        return datetime(self.year, self.month, 1, tzinfo=JST)

    @property
    def ends(self) -> datetime:
        """The moment the next month begins."""
        return self.after.begins

    @property
    def after(self) -> Month:
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def before(self) -> Month:
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


def month_of(moment: datetime) -> Month:
    """The month of Japan that a moment lies in."""
    local = jst(moment)
    return Month(local.year, local.month)


def read_month(text: str) -> Month | None:
    """`2026-11`; None for anything else."""
    year, _, month = text.partition("-")
    if not (text.isascii() and len(year) == 4 and len(month) == 2 and year.isdigit() and month.isdigit()):
        return None
    return Month(int(year), int(month)) if 1 <= int(month) <= 12 and int(year) > 0 else None
