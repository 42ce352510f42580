"""Reading published lists into entries: first looked at, then taken in small transactions, never doubled.

Rows are read as a stream outside any transaction; each CHUNK of them is one write. A reading that was cut short is
simply done again. What staff edited stays, with the file's version beside it (entry.pack_data), and what vanished from
a list is named, never deleted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.db import Database
from bot.errors import NotFoundError
from bot.models import District, Entry, ImportedEntry, Municipality
from bot.now import jst
from bot.services import entry_editing, entry_versions
from bot.services.import_reading import CHUNK, KIND_OF, Job, Placed, Reader, Report, Said
from bot.services.knowledge import with_later_check, without_check
from content.formats import reading
from content.formats.rows_in import PUBLISHER_CODE, City, key_of
from content.packs_json import entry_from, entry_json
from content.packs_model import Source

# What a list seldom says and the city may have given an entry: it stays when the list says nothing of it.
UNSAID: Final = ("districts", "questions", "keywords", "aliases", "owner", "contact", "family", "translations")
CHECK_AGAIN_DAYS: Final = 30  # a list that is read each day renews the day of checking so seldom


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
    reader = Reader(job, city)
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
    reader = Reader(job, city)
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


def _chunks(rows: Iterator[Placed]) -> Iterator[list[Placed]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


class _Looker:
    """Counts what a chunk of rows would do."""

    def __init__(self, session: Session, reader: Reader) -> None:
        self._session, self._reader = session, reader

    def rows(self, placed: Sequence[Placed]) -> None:
        """One chunk."""
        stored = self._stored(placed)
        for one in placed:
            row = stored.get(one.entry or 0)
            if row is None:
                self._reader.report.added += 1
                self._add(one)
            else:
                self._one(row, one, self._data(row, one))

    def _stored(self, placed: Sequence[Placed]) -> dict[int, Entry]:
        ids = [one.entry for one in placed if one.entry is not None]
        query = select(Entry).where(Entry.municipality_id == self._reader.job.municipality, Entry.id.in_(ids))
        return {row.id: row for row in self._session.scalars(query)} if ids else {}

    def _data(self, row: Entry, one: Placed) -> dict[str, Any]:
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

    def _one(self, row: Entry, one: Placed, data: dict[str, Any]) -> None:
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

    def _add(self, one: Placed) -> None:
        """Only counted here."""

    def _same(self, row: Entry, one: Placed, data: dict[str, Any]) -> None:
        """Only counted here."""

    def _change(self, row: Entry, one: Placed, data: dict[str, Any]) -> None:
        """Only counted here."""

    def _keep(self, row: Entry, one: Placed, data: dict[str, Any]) -> None:
        """Only counted here."""


class _Taker(_Looker):
    """Writes a chunk of rows."""

    def __init__(self, session: Session, reader: Reader) -> None:
        super().__init__(session, reader)
        self._new: list[tuple[dict[str, Any], Placed]] = []
        self._marks: list[dict[str, Any]] = []

    def rows(self, placed: Sequence[Placed]) -> None:
        super().rows(placed)
        self._insert()
        if self._marks:
            self._session.execute(update(ImportedEntry), self._marks)

    def _add(self, one: Placed) -> None:
        self._new.append((self._values(one), one))

    def _values(self, one: Placed) -> dict[str, Any]:
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

    def _mark(self, entry: int, one: Placed) -> dict[str, Any]:
        job = self._reader.job
        return {
            "entry_id": entry, "municipality_id": job.municipality, "kind": KIND_OF[job.kind],
            "collection": job.collection, "outside_id": one.ident.outside, "name_hash": one.ident.name,
            "place_hash": one.ident.where, "run_id": job.run, "row": one.row,
        }  # fmt: skip

    def _seen(self, row: Entry, one: Placed) -> None:
        if row.id in self._reader.unlisted:
            self._session.add(ImportedEntry(**self._mark(row.id, one)))
        else:
            self._marks.append(self._mark(row.id, one))

    def _same(self, row: Entry, one: Placed, data: dict[str, Any]) -> None:
        self._seen(row, one)
        today, checked = self._reader.city.today, entry_from(row.data).checked_on
        if row.edited_at is None and (checked is None or (today - checked).days >= CHECK_AGAIN_DAYS):
            row.data = data

    def _change(self, row: Entry, one: Placed, data: dict[str, Any]) -> None:
        self._seen(row, one)
        entry_versions.note_first(self._session, row)
        content = entry_from(data)
        row.title, row.data, row.version = content.title, data, row.version + 1
        row.valid_from, row.valid_to, row.updated_at = content.valid_from, content.valid_to, self._reader.job.now
        entry_versions.note(self._session, row, entry_versions.PACK, entry_versions.PACK, self._reader.job.now)

    def _keep(self, row: Entry, one: Placed, data: dict[str, Any]) -> None:
        self._seen(row, one)
        before = row.pack_data
        if before is None or without_check(before) != without_check(data):
            row.pack_newer, row.pack_data = True, data


__all__ = ["Job", "Report", "Said", "city_of", "collection_of", "look", "take"]
