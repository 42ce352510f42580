"""Our own columns (entaku_*) in a file that we wrote: what the standard has no column for comes back with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

from content import packs_changes
from content.formats.column_words import OURS
from content.formats.rows_in import Row
from content.packs_model import AUDIENCES, LANGUAGES, STATES, Activity, Entry, Source, Translation
from content.packs_read import Fields, Notes

Thing = TypeVar("Thing")
NONE: Final = "-"  # written where an entry has no day, and reading alone would give it one
_ENTRY = (
    "questions", "districts", "keywords", "aliases", "valid_from", "valid_to", "owner", "contact", "checked_on",
    "audience", "sample", "family",
)  # fmt: skip
_ACTIVITY = (
    "rule", "place_kana", "booked", "apply_days", "state", "state_scope", "state_note", "numbered", "sign_up",
    "changes", "dates",
)  # fmt: skip


class Ours:
    """The entaku_ cells of one row. What is wrong with one of them is a warning, and it is left out."""

    def __init__(self, row: Row, values: dict[str, str]) -> None:
        self._row = row
        self._notes = Notes()
        self._fields = Fields(row.kind, dict(values), self._notes, lambda _key: 0)
        self._values = values

    @classmethod
    def of(cls, row: Row) -> Ours:
        return cls(row, {name.removeprefix(OURS): text for name in row.header.ours if (text := row.text(name))})

    def has(self, name: str) -> bool:
        return name in self._values

    def activity(self, activity: Activity) -> Activity:
        """The activity with what our columns say more exactly."""
        if not self._values:
            return activity
        read: dict[str, Any] = {}
        cells = self._fields
        for name in _ACTIVITY:
            if self.has(name):
                read[name] = self._activity_value(name, cells)
        return self._said(replace(activity, **read))

    def _activity_value(self, name: str, cells: Fields) -> Any:
        readers: dict[str, Callable[[], Any]] = {
            "booked": lambda: cells.count(name),
            "apply_days": lambda: cells.count(name),
            "state": lambda: cells.one_of(name, STATES, "予定"),
            "state_scope": lambda: cells.one_of(name, ("all", "next"), "all"),
            "state_note": lambda: "" if cells.text(name) == NONE else cells.text(name),
            "numbered": lambda: cells.flag(name),
            "sign_up": lambda: packs_changes.sign_up(cells),
            "changes": lambda: packs_changes.read(cells),
            "dates": lambda: packs_changes.days(cells, name),
        }
        return readers.get(name, lambda: cells.text(name))()

    def entry(self, entry: Entry) -> Entry:
        """The entry with what our columns say of it."""
        if not self._values:
            return entry
        read: dict[str, Any] = {name: self._entry_value(name) for name in _ENTRY if self.has(name)}
        for name in ("title", "body"):
            if self.has(name):
                read[name] = self._values[name]
        if read.get("body") and entry.extra.get("説明") == read["body"]:  # written twice, kept once
            read["extra"] = {name: text for name, text in entry.extra.items() if name != "説明"}
        if self.has("source_title"):
            cells = self._fields
            read["source"] = Source(cells.text("source_title"), cells.maybe("source_url"), cells.day("source_date"))
        if spoken := self._translations():
            read["translations"] = spoken
        return self._said(replace(entry, **read))

    def _entry_value(self, name: str) -> Any:
        cells = self._fields
        if name in {"questions", "districts", "keywords", "aliases"}:
            return cells.words(name)
        if name in {"valid_from", "valid_to", "checked_on"}:
            return None if cells.text(name) == NONE else cells.day(name)
        if name in {"contact", "family"}:
            return cells.maybe(name)
        if name == "audience":
            return cells.one_of(name, AUDIENCES, "resident")
        return cells.flag(name) if name == "sample" else cells.text(name)

    def _translations(self) -> dict[str, Translation]:
        found = {}
        for language in sorted(LANGUAGES):
            title, body = self._values.get(f"{language}_title"), self._values.get(f"{language}_body")
            if title and body:
                by = self._fields.one_of(f"{language}_by", ("human", "machine"), "machine")
                found[language] = Translation(title, body, self._fields.words(f"{language}_questions"), by)
        return found

    def _said(self, thing: Thing) -> Thing:
        for problem in self._notes.errors:
            key = problem.why.partition(" ")[0]
            self._row.warn(f"{OURS}{key}", f"{OURS}{key}の書き方が分からないので、使いませんでした")
        self._notes.errors.clear()
        return thing
