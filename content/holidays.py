"""Public holidays (祝日), from `jpholiday`, which also knows 振替休日 and 国民の休日. Pure."""

from __future__ import annotations

from datetime import date


def between(first: date, last: date) -> list[tuple[date, str]]:
    """The holidays of these days, both included, with their names."""
    import jpholiday

    return [(day, name) for day, name in jpholiday.between(first, last)]
