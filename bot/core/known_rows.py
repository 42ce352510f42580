"""Knowing rows of a published list again: by the publisher's id where it can be trusted, else by name and day or place.

A running number (1, 2, 3 ...) is no id by itself: next month's list begins with 1 again. It counts only together with
the same name or the same day. Nothing in one file is taken for the same entry twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from content.formats.rows_in import Ident
from content.packs_model import Entry

RUNNING: Final = 5  # digits of a number that may be a mere running number


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a row is: an entry that is there (`entry`), a new one (None), or a row of this file again (`again`)."""

    entry: int | None = None
    again: int | None = None


@dataclass(slots=True)
class Known:
    """What a municipality's entries of one kind are known by, and which of them this file has had."""

    outside: dict[str, int] = field(default_factory=dict)
    content: dict[str, list[int]] = field(default_factory=dict)
    names: dict[int, tuple[str, str]] = field(default_factory=dict)
    owners: dict[int, str] = field(default_factory=dict)  # entry -> its publisher's id
    _seen: set[int] = field(default_factory=set)
    _rows: dict[int, int] = field(default_factory=dict)

    def add(self, entry: int, ident: Ident) -> None:
        """An entry that is there already."""
        if ident.outside:
            self.outside[ident.outside] = entry
            self.owners[entry] = ident.outside
        self.content.setdefault(ident.content, []).append(entry)
        self.names[entry] = (ident.name, ident.where)

    def match(self, ident: Ident, entry: Entry, row: int) -> Match:
        """Whom this row is; from now on it counts as had."""
        whole = hash((entry.title, entry.body, entry.activity, entry.shelter, _texts(entry)))
        if (before := self._rows.get(whole)) is not None:
            return Match(again=before)
        self._rows[whole] = row
        found = self._find(ident)
        if found is not None:
            self._seen.add(found)
        return Match(found)

    def _find(self, ident: Ident) -> int | None:
        by_id = self.outside.get(ident.outside) if ident.outside else None
        if by_id is not None and by_id not in self._seen:
            name, where = self.names[by_id]
            if not is_running(ident.outside or "") or name == ident.name or where == ident.where:
                return by_id
        return next((one for one in self.content.get(ident.content, ()) if self._is_free(one, ident)), None)

    def _is_free(self, entry: int, ident: Ident) -> bool:
        """Not had yet, and not surely another one by its id."""
        if entry in self._seen:
            return False
        other = self.owners.get(entry)
        return not (ident.outside and other and other != ident.outside and not is_running(ident.outside))

    def seen(self, entries: Iterable[int]) -> bool:
        """Whether all of these were in the file."""
        return self._seen.issuperset(entries)


def is_running(outside: str) -> bool:
    """Whether an id is a short number, perhaps with the type of shelter behind it."""
    number = outside.partition("@")[0]
    return number.isdigit() and len(number) < RUNNING


def _texts(entry: Entry) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(entry.extra.items()))
