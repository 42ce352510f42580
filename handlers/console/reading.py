"""Who looked at free text: written down before it is shown, once for each person, target and day."""

from __future__ import annotations

from bot.services import audit
from handlers.console.access import context, now, person


def note(municipality: str, action: str, target: str) -> None:
    """Write it down. Raises UnavailableError when it cannot be: then nothing is shown."""
    who = person().actor
    with context().database.read() as db:
        if audit.has_read(db, municipality, who, action, target, now()):
            return
    with context().database.write() as db:
        audit.note_reading(db, municipality, who, action, target, now())
