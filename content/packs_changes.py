"""How one signs up for an activity, and what staff changed of single dates, as cells of a table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time

from content.packs_model import STATES, Change
from content.packs_read import Fields

_SEPARATOR = " | "


def sign_up(fields: Fields) -> str:
    """LINE, the address of the organiser's own form, or nothing."""
    said = fields.text("sign_up")
    if said and said != "LINE" and not said.startswith("https://"):
        fields.error("sign_up", "sign_up is LINE, or the https:// address of the organiser's own form, or empty")
        return ""
    return said


def read(fields: Fields) -> tuple[Change, ...]:
    """One change a line: day | state | moved to | start | place | why."""
    found = []
    for line in fields.text("changes").splitlines():
        try:
            found.append(_one(line))
        except ValueError:
            fields.error("changes", f"{line[:60]!r} is no change; write day | state | moved to | start | place | why")
    return tuple(found)


def _one(line: str) -> Change:
    day, state, moved, start, place, note = (part.strip() for part in line.split("|"))
    if state not in STATES:
        raise ValueError(state)
    return Change(
        date.fromisoformat(day),
        state,
        note,
        date.fromisoformat(moved) if moved else None,
        time.fromisoformat(start) if start else None,
        place,
    )


def days(fields: Fields, key: str) -> tuple[date, ...]:
    """Days as a `;` list in a cell."""
    found = []
    for word in fields.words(key):
        try:
            found.append(date.fromisoformat(word))
        except ValueError:
            fields.error(key, f"{word[:20]!r} is no day; write 2026-12-06;2026-12-20")
    return tuple(found)


def text(changes: Iterable[Change]) -> str:
    """The cell that `read` reads; the separator in a note becomes a comma."""
    return "\n".join(
        _SEPARATOR.join(
            str(part).replace("|", "、").replace("\n", " ")
            for part in (
                one.day, one.state, one.moved_to or "", f"{one.start:%H:%M}" if one.start else "", one.place, one.note,
            )
        )
        for one in changes
    )  # fmt: skip
