"""Going through a published list once: what is wrong with its rows, and which entry each row is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from sys import intern
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.known_rows import Known
from bot.models import Desk, Entry, ImportedEntry
from content.formats import idents, standard_out
from content.formats.rows_in import City, Ident, RowRead
from content.packs_json import entry_from
from content.packs_model import Entry as Content
from content.packs_model import Source

CHUNK: Final = 500
SAMPLES: Final = "見本の行は、デモのときだけ取り込めます。見出しの「見本」を消すか、この行を消してください"
KIND_OF: Final = {
    "activities": "activity", "calendar": "activity", "facilities": "facility", "shelters": "shelter",
    "population": "population", "news": "guide",
}  # fmt: skip

Said = tuple[int, str, str]  # row, column, why


@dataclass
class Report:
    """What a reading found. `gone`: (entry's id, title) of what the list had before and has no longer."""

    form: str = ""
    read: int = 0
    accepted: int = 0
    rejected: list[Said] = field(default_factory=list)
    warnings: list[Said] = field(default_factory=list)
    lines: dict[int, int] = field(default_factory=dict)  # row -> its row on the sheet
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    kept_ids: list[int] = field(default_factory=list)
    gone: list[tuple[int, str]] = field(default_factory=list)

    def as_json(self, most: int | None = None) -> dict[str, Any]:
        """For the command line and the console; `most` cuts the long lists."""

        def listed(said: Sequence[Said]) -> list[dict[str, Any]]:
            cut = said if most is None else said[:most]
            return [
                {"row": row, "column": column, "why": why, "line": self.lines.get(row, row)} for row, column, why in cut
            ]

        return {
            "format": self.form, "read": self.read, "accepted": self.accepted, "rejected": listed(self.rejected),
            "warnings": listed(self.warnings), "rejected_count": len(self.rejected),
            "warnings_count": len(self.warnings), "added": self.added, "changed": self.changed,
            "unchanged": self.unchanged, "kept": self.kept, "kept_ids": self.kept_ids[:200],
            "gone": [{"id": entry, "title": title} for entry, title in self.gone[:200]], "gone_count": len(self.gone),
        }  # fmt: skip


@dataclass(frozen=True)
class Job:
    """What is read: which kind, from which list, for which municipality, when. `run` 0: only looked at."""

    municipality: str
    kind: str
    collection: str
    now: datetime
    samples: bool = False
    run: int = 0
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A row that was taken: its entry, by what it is known, and the entry's id where it is there already."""

    row: int
    content: Content
    ident: Ident
    entry: int | None


class Reader:
    """Goes through the rows once, says what is wrong, and knows which entry each is."""

    def __init__(self, job: Job, city: City) -> None:
        self.job, self.city, self.report = job, city, Report()
        self.known = Known()
        self.desks: frozenset[str] = frozenset()
        self._lists: dict[int, str] = {}  # the entries of this list: id -> title
        self.unlisted: frozenset[int] = frozenset()  # entries that no list has had yet

    def load(self, session: Session) -> None:
        """By what the entries of this kind are known."""
        columns = (
            ImportedEntry.entry_id, ImportedEntry.outside_id, ImportedEntry.name_hash, ImportedEntry.place_hash,
            ImportedEntry.collection,
        )  # fmt: skip
        kind = KIND_OF[self.job.kind]
        mine = (ImportedEntry.municipality_id == self.job.municipality, ImportedEntry.kind == kind)
        for entry, outside, name, place, listed in session.execute(
            select(*columns).where(*mine).order_by(ImportedEntry.row)
        ):
            self.known.add(entry, Ident(outside, name, place))
            if listed == self.job.collection:
                self._lists[entry] = ""
        self._load_unlisted(session, kind)
        self.desks = frozenset(
            session.scalars(select(Desk.key).where(Desk.municipality_id == self.job.municipality))
        ) | {"district-centre"}

    def _load_unlisted(self, session: Session, kind: str) -> None:
        """A pack's entries, and those that staff wrote: a list that has them too must not double them."""
        listed = select(ImportedEntry.entry_id).where(ImportedEntry.municipality_id == self.job.municipality)
        query = select(Entry.id, Entry.data).where(
            Entry.municipality_id == self.job.municipality, Entry.kind == kind, Entry.id.not_in(listed)
        )
        if self.job.kind not in standard_out.KINDS:
            return
        found = session.execute(query).all()
        for entry, data in found:
            self.known.add(entry, idents.of(entry_from(data)))
        self.unlisted = frozenset(entry for entry, _ in found)

    def rows(self, found: Iterator[RowRead]) -> Iterator[Placed]:
        """The rows that are taken; the others are in the report."""
        for row in found:
            self.report.read += 1
            why = self._refused(row)
            if row.entry is None or row.ident is None or why:
                self._note(row, why)
                continue
            match = self.known.match(row.ident, row.entry, row.row)
            if match.again is not None:
                self._note(row, f"{match.again}行目と同じ内容です。2回は取り込みません。どちらかを消してください")
                continue
            self._note(row, "")
            yield Placed(row.row, self._checked(row.entry), row.ident, match.entry)

    def _refused(self, row: RowRead) -> str:
        if row.entry is not None and row.entry.sample and not self.job.samples:
            return SAMPLES
        return ""

    def _note(self, row: RowRead, refused: str) -> None:
        report = self.report
        if row.refused or refused:
            column = row.refused[0].column if row.refused else ""
            why = " / ".join(dict.fromkeys(note.why for note in row.refused)) or refused
            report.rejected.append((row.row, column, intern(why)))
        else:
            report.accepted += 1
            report.warnings += [(row.row, note.column, intern(note.why)) for note in row.warnings]
        if row.line != row.row and (row.refused or refused or row.warnings):
            report.lines[row.row] = row.line

    def _checked(self, content: Content) -> Content:
        """Only districts and desks that this city has."""
        places = set(self.city.districts.values())
        if any(one not in places for one in content.districts):
            content = replace(content, districts=tuple(one for one in content.districts if one in places))
        if content.contact and content.contact not in self.desks:
            content = replace(content, contact=None)
        return content

    def gone(self, session: Session) -> list[tuple[int, str]]:
        """What this list had before and has no longer, as far as it still counts."""
        if self.job.kind == "news":  # a feed only has the newest
            return []
        missing = [entry for entry in self._lists if not self.known.seen((entry,))]
        today, found = self.city.today, []
        for start in range(0, len(missing), CHUNK):
            query = select(Entry.id, Entry.title).where(
                Entry.municipality_id == self.job.municipality, Entry.id.in_(missing[start : start + CHUNK]),
                Entry.published.is_(True), Entry.valid_to.is_(None) | (Entry.valid_to >= today),
            )  # fmt: skip
            found += [(entry, title) for entry, title in session.execute(query.order_by(Entry.id))]
        return found
