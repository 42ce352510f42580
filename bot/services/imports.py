"""Reading published lists into entries: first looked at, then taken in small transactions, never doubled.

Rows are read as a stream outside any transaction; each CHUNK of them is one write. A reading that was cut short is
simply done again. What staff edited stays, with the file's version beside it (entry.pack_data), and what vanished from
a list is named, never deleted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from sys import intern
from typing import Any, BinaryIO, Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.core.known_rows import Known
from bot.db import Database
from bot.errors import NotFoundError
from bot.models import Desk, District, Entry, ImportedEntry, Municipality
from bot.now import jst
from bot.services import entry_editing, entry_versions
from bot.services.knowledge import with_later_check, without_check
from content.formats import idents, reading, standard_out
from content.formats.rows_in import PUBLISHER_CODE, City, Ident, RowRead, key_of
from content.packs_json import entry_from, entry_json
from content.packs_model import Entry as Content
from content.packs_model import Source

CHUNK: Final = 500
SAMPLES: Final = "見本の行は、デモのときだけ取り込めます。見出しの「見本」を消すか、この行を消してください"
KIND_OF: Final = {
    "activities": "activity", "calendar": "activity", "facilities": "facility", "shelters": "shelter",
    "population": "population", "news": "guide",
}  # fmt: skip
# What a list seldom says and the city may have given an entry: it stays when the list says nothing of it.
UNSAID: Final = ("districts", "questions", "keywords", "aliases", "owner", "contact", "family", "translations")
CHECK_AGAIN_DAYS: Final = 30  # a list that is read each day renews the day of checking so seldom

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


def collection_of(file_name: str) -> str:
    """The list that a file is a state of: its name without numbers and ending (events_2026-08.csv: events)."""
    plain = unicodedata.normalize("NFKC", file_name.rpartition("/")[2].rpartition("\\")[2])
    stem = re.sub(r"\.[A-Za-z]{2,7}$", "", plain)
    return re.sub(r"[\W_]*\d[\d\W_]*(?:年度?|月|日|版)?[\W_]*", "-", stem).strip("-_ .")[:100] or "list"


def city_of(session: Session, municipality: str, now: datetime, source: Source | None, collection: str) -> City:
    """For whom a file is read. Raises NotFoundError."""
    row = session.get(Municipality, municipality)
    if row is None:
        raise NotFoundError(f"There is no municipality {municipality!r}; load its pack first.")
    query = select(District.name, District.key).where(District.municipality_id == municipality)
    named = source or Source(f"{row.name}のオープンデータ「{collection}」")
    return City(row.id, row.code, row.name, named, jst(now).date(), {name: key for name, key in session.execute(query)})  # noqa: C416


def look(job: Job, stream: BinaryIO, city: City, database: Database | None) -> Report:
    """What taking the file would do, without doing it; without a database as if nothing were there."""
    reader = _Reader(job, city)
    if database is not None:
        with database.read() as session:
            reader.load(session)
    found = reading.open_file(job.kind, stream, city)
    reader.report.form = found.form
    for rows in _chunks(reader.rows(found.rows)):
        if database is not None:
            with database.read() as session:
                _Looker(session, reader).rows(rows)
        else:
            reader.report.added += len(rows)
    if database is not None:
        with database.read() as session:
            reader.report.gone = reader.gone(session)
    return reader.report


def take(job: Job, stream: BinaryIO, city: City, database: Database) -> Report:
    """Read the file into entries. `job.run` is the run's id. Raises BadInputError for a file that is none."""
    reader = _Reader(job, city)
    with database.read() as session:
        reader.load(session)
    found = reading.open_file(job.kind, stream, city)
    reader.report.form = found.form
    for rows in _chunks(reader.rows(found.rows)):
        with database.write() as session:
            _Taker(session, reader).rows(rows)
    with database.write() as session:
        reader.report.gone = reader.gone(session)
        if reader.report.added or reader.report.changed:
            entry_editing.raise_version(session, job.municipality)
    return reader.report


@dataclass(frozen=True, slots=True)
class _Placed:
    """A row that was taken: its entry, by what it is known, and the entry's id where it is there already."""

    row: int
    content: Content
    ident: Ident
    entry: int | None


def _chunks(rows: Iterator[_Placed]) -> Iterator[list[_Placed]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


class _Reader:
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

    def rows(self, found: Iterator[RowRead]) -> Iterator[_Placed]:
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
            yield _Placed(row.row, self._checked(row.entry), row.ident, match.entry)

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


class _Looker:
    """Counts what a chunk of rows would do."""

    def __init__(self, session: Session, reader: _Reader) -> None:
        self._session, self._reader = session, reader

    def rows(self, placed: Sequence[_Placed]) -> None:
        """One chunk."""
        stored = self._stored(placed)
        for one in placed:
            row = stored.get(one.entry or 0)
            if row is None:
                self._reader.report.added += 1
                self._add(one)
            else:
                self._one(row, one, self._data(row, one))

    def _stored(self, placed: Sequence[_Placed]) -> dict[int, Entry]:
        ids = [one.entry for one in placed if one.entry is not None]
        query = select(Entry).where(Entry.municipality_id == self._reader.job.municipality, Entry.id.in_(ids))
        return {row.id: row for row in self._session.scalars(query)} if ids else {}

    def _data(self, row: Entry, one: _Placed) -> dict[str, Any]:
        """What the file says, in the form in which the entry keeps it."""
        stored = entry_from(row.pack_data or row.data)
        content = replace(one.content, id=row.key, imported=stored.imported, draft=False)
        unsaid = {name: old for name in UNSAID if (old := getattr(stored, name)) and not getattr(content, name)}
        content = replace(content, **unsaid)
        if content.extra.get("NO") == row.key:  # our own id, which an entry does not keep twice
            content = replace(content, extra={name: text for name, text in content.extra.items() if name != "NO"})
        new, old = content.activity, stored.activity
        if new and old and content.extra.get("始まりの日") and old.ends_on == new.ends_on and old.starts_on:
            content = replace(content, activity=replace(new, starts_on=old.starts_on))
        return with_later_check(entry_json(content), row.data)

    def _one(self, row: Entry, one: _Placed, data: dict[str, Any]) -> None:
        report = self._reader.report
        if without_check(row.data) == without_check(data):
            report.unchanged += 1
            self._same(row, one, data)
        elif row.edited_at is None and row.data.get("imported") and not self._is_news_out(row):
            report.changed += 1
            self._change(row, one, data)
        else:
            report.kept += 1
            report.kept_ids.append(row.id)
            self._keep(row, one, data)

    def _is_news_out(self, row: Entry) -> bool:
        """News that residents read already: what changed, a person reads first."""
        return self._reader.job.kind == "news" and row.published

    def _add(self, one: _Placed) -> None:
        """Only counted here."""

    def _same(self, row: Entry, one: _Placed, data: dict[str, Any]) -> None:
        """Only counted here."""

    def _change(self, row: Entry, one: _Placed, data: dict[str, Any]) -> None:
        """Only counted here."""

    def _keep(self, row: Entry, one: _Placed, data: dict[str, Any]) -> None:
        """Only counted here."""


class _Taker(_Looker):
    """Writes a chunk of rows."""

    def __init__(self, session: Session, reader: _Reader) -> None:
        super().__init__(session, reader)
        self._new: list[tuple[dict[str, Any], _Placed]] = []
        self._marks: list[dict[str, Any]] = []

    def rows(self, placed: Sequence[_Placed]) -> None:
        super().rows(placed)
        self._insert()
        if self._marks:
            self._session.execute(update(ImportedEntry), self._marks)

    def _add(self, one: _Placed) -> None:
        self._new.append((self._values(one), one))

    def _values(self, one: _Placed) -> dict[str, Any]:
        job = self._reader.job
        key = key_of(KIND_OF[job.kind], one.ident, one.content.extra.get(PUBLISHER_CODE, self._reader.city.code))
        extra = {name: text for name, text in one.content.extra.items() if (name, text) != ("NO", key)}
        content = replace(one.content, id=key, extra=extra)
        return {
            "municipality_id": job.municipality, "key": key, "kind": content.kind, "title": content.title,
            "data": entry_json(replace(content, draft=False)), "published": not content.draft,
            "valid_from": content.valid_from,
            "valid_to": content.valid_to, "updated_at": job.now, "useful": 0, "not_useful": 0, "version": 1,
            "pack_newer": False,
        }  # fmt: skip

    def _insert(self) -> None:
        """All new entries at once, each under a key that is free."""
        if not self._new:
            return
        self._free_keys([values for values, _ in self._new])
        self._session.execute(insert(Entry), [values for values, _ in self._new])
        keys = [values["key"] for values, _ in self._new]
        mine = Entry.municipality_id == self._reader.job.municipality
        query = select(Entry.key, Entry.id).where(mine, Entry.key.in_(keys))
        ids = {key: number for key, number in self._session.execute(query)}  # noqa: C416
        rows = [self._mark(ids[values["key"]], one) for values, one in self._new]
        self._session.execute(insert(ImportedEntry), rows)

    def _free_keys(self, values: Sequence[dict[str, Any]]) -> None:
        wanted = [one["key"] for one in values]
        mine = Entry.municipality_id == self._reader.job.municipality
        taken = set(self._session.scalars(select(Entry.key).where(mine, Entry.key.in_(wanted))))
        for one in values:
            if one["key"] in taken:
                one["key"] = self._other_key(one["key"], taken)
                one["data"] = {**one["data"], "id": one["key"]}
            taken.add(one["key"])

    def _other_key(self, key: str, taken: set[str]) -> str:
        mine = Entry.municipality_id == self._reader.job.municipality
        there = set(self._session.scalars(select(Entry.key).where(mine, Entry.key.startswith(f"{key[:70]}-"))))
        number = 2
        while (found := f"{key[:70]}-{number}") in there or found in taken:
            number += 1
        return found

    def _mark(self, entry: int, one: _Placed) -> dict[str, Any]:
        job = self._reader.job
        return {
            "entry_id": entry, "municipality_id": job.municipality, "kind": KIND_OF[job.kind],
            "collection": job.collection, "outside_id": one.ident.outside, "name_hash": one.ident.name,
            "place_hash": one.ident.where, "run_id": job.run, "row": one.row,
        }  # fmt: skip

    def _seen(self, row: Entry, one: _Placed) -> None:
        if row.id in self._reader.unlisted:
            self._session.add(ImportedEntry(**self._mark(row.id, one)))
        else:
            self._marks.append(self._mark(row.id, one))

    def _same(self, row: Entry, one: _Placed, data: dict[str, Any]) -> None:
        self._seen(row, one)
        today, checked = self._reader.city.today, entry_from(row.data).checked_on
        if row.edited_at is None and (checked is None or (today - checked).days >= CHECK_AGAIN_DAYS):
            row.data = data

    def _change(self, row: Entry, one: _Placed, data: dict[str, Any]) -> None:
        self._seen(row, one)
        entry_versions.note_first(self._session, row)
        content = entry_from(data)
        row.title, row.data, row.version = content.title, data, row.version + 1
        row.valid_from, row.valid_to, row.updated_at = content.valid_from, content.valid_to, self._reader.job.now
        entry_versions.note(self._session, row, entry_versions.PACK, entry_versions.PACK, self._reader.job.now)

    def _keep(self, row: Entry, one: _Placed, data: dict[str, Any]) -> None:
        self._seen(row, one)
        before = row.pack_data
        if before is None or without_check(before) != without_check(data):
            row.pack_newer, row.pack_data = True, data


__all__ = ["CHUNK", "KIND_OF", "Job", "Report", "city_of", "collection_of", "look", "take"]
