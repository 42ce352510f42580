"""One thing the doctor looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `mend` says what to do when `ok` is False."""

    what: str
    ok: bool
    mend: str = ""
