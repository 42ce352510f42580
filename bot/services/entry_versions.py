"""What an entry said before: one version for each change, with who made it, and what differs between two."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.models import Entry, EntryVersion

PACK: Final = "pack"  # who wrote what came with a pack


@dataclass(frozen=True)
class Line:
    """One line of a difference: `mark` is "+" (new), "-" (gone) or " " (as before)."""

    mark: str
    text: str


@dataclass(frozen=True)
class Difference:
    """One field that differs, with its lines; `name` is the field's (`body`, `translations.en`)."""

    name: str
    lines: tuple[Line, ...]


def note(session: Session, row: Entry, act: str, actor: str, now: datetime) -> None:
    """Keep what the row says now as its newest version. The row's own number must be raised already."""
    session.add(
        EntryVersion(
            municipality_id=row.municipality_id, entry_id=row.id, version=row.version, at=now, actor=actor[:60],
            act=act, published=row.published, data=row.data,
        )
    )  # fmt: skip


def note_first(session: Session, row: Entry) -> None:
    """Before an entry's first change: what the pack had said."""
    if not _has_any(session, row):
        note(session, row, PACK, PACK, row.updated_at)
        session.flush()


def note_pack(session: Session, row: Entry, data: dict[str, Any], now: datetime) -> None:
    """A pack replaces what is written here: kept as a version when somebody had edited it."""
    if not _has_any(session, row):
        return
    row.version += 1
    row.data = data
    note(session, row, PACK, PACK, now)


def listed(session: Session, row: Entry) -> list[EntryVersion]:
    """All versions, the newest first."""
    query = select(EntryVersion).where(
        EntryVersion.municipality_id == row.municipality_id, EntryVersion.entry_id == row.id
    )
    return list(session.scalars(query.order_by(EntryVersion.version.desc())))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What differs between two entries' data, field by field in the order of the newer one."""
    old, new = _flat(before), _flat(after)
    names = [*new, *(name for name in old if name not in new)]
    return tuple(
        Difference(name, _lines(old.get(name, ""), new.get(name, "")))
        for name in names
        if old.get(name, "") != new.get(name, "")
    )


def _has_any(session: Session, row: Entry) -> bool:
    query = select(func.count()).where(
        EntryVersion.municipality_id == row.municipality_id, EntryVersion.entry_id == row.id
    )
    return bool(session.scalar(query))


def _flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in data.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
    return found


def _lines(before: str, after: str) -> tuple[Line, ...]:
    compared = difflib.ndiff(before.splitlines(), after.splitlines())
    return tuple(Line(line[0], line[2:]) for line in compared if line[0] in "+- ")
