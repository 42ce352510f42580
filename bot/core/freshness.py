"""When a fact has to be looked at again: so many days after somebody last checked it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

# Days by kind of entry; a municipality's own number goes before (docs/packs.md: [thresholds]).
USUAL_DAYS: Final = 365
DAYS: Final = {"desk": 180, "grant": 180, "volunteer": 90, "case": 1095, "plan": 730}


def period(thresholds: Mapping[str, float], kind: str) -> timedelta:
    """How long a check holds: `check_after_days_<kind>`, else `check_after_days`, else the usual for the kind."""
    own = thresholds.get(f"check_after_days_{kind}", thresholds.get("check_after_days"))
    return timedelta(days=own if own is not None else DAYS.get(kind, USUAL_DAYS))


def is_old(thresholds: Mapping[str, float], kind: str, checked_on: date | None, today: date) -> bool:
    """Whether the last check is longer ago than it holds. Never checked is not old: nothing was said of it."""
    return checked_on is not None and today - checked_on > period(thresholds, kind)
