"""`entaku import warnings`: one telegram of the weather agency (JMA XML) from a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import NotFoundError

if TYPE_CHECKING:
    from content.formats.jma import Telegram


def with_database(file: Path, municipality: str, now: datetime, *, dry_run: bool) -> dict[str, Any]:
    """Take a telegram in, or only look at it. Raises BadInputError, NotFoundError."""
    from bot.models import Municipality
    from bot.services import weather
    from bot.services.context import open_context
    from bot.settings import load_settings
    from content.formats import jma

    data = file.read_bytes()
    telegram = jma.telegram(data)
    context = open_context(load_settings())
    with context.database.read() if dry_run else context.database.write(durable=True) as session:
        city = session.get(Municipality, municipality)
        if city is None:
            raise NotFoundError(f"There is no municipality {municipality!r}; load its pack first.")
        if dry_run:
            taken = weather.look(session, city, telegram, now)
        else:
            taken = weather.take(session, city, telegram, weather.digest(data), now)
        return _report(telegram, city.code) | {"why": taken.why, "announcement": taken.announcement_id}


def without_database(file: Path, code: str) -> dict[str, Any]:
    """What a telegram says of the municipality with this code."""
    from content.formats import jma

    return _report(jma.telegram(file.read_bytes()), code)


def _report(telegram: Telegram, code: str) -> dict[str, Any]:
    problems = [{"row": one.row, "column": one.column, "why": one.why} for one in telegram.problems]
    return {
        "format": f"JMA XML {telegram.title}",
        "read": len(telegram.areas),
        "accepted": len(telegram.areas),
        "rejected": [],
        "warnings": problems,
        "matched": len(telegram.of(code)),
        "areas": [
            {"name": area.name, "code": area.code, "warnings": [one.name for one in area.warnings]}
            for area in telegram.of(code)
        ],
    }
