"""What a page needs that is the same for everybody of a city, kept as long as nothing in the database has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import current_app

from handlers.console.access import context, now

Value = TypeVar("Value")
_NAME: Final = "entaku.unchanged"


def while_unchanged(name: str, municipality: str, make: Callable[[], Value]) -> Value:
    """What `make` gave when it was last asked, unless something was committed since, or the minute is another one.

    `name` says what it is, once in the house; there is one value for each municipality.
    """
    kept: dict[tuple[str, str], tuple[Any, Value]] = current_app.extensions.setdefault(_NAME, {})
    # Before it is made: what is committed meanwhile makes it another one.
    stamp = context().database.changes(), int(now().timestamp() // 60)
    before = kept.get((name, municipality))
    if before is not None and before[0] == stamp:
        return before[1]
    kept[name, municipality] = (stamp, made := make())
    return made
