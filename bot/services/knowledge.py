"""Packs into the database and back: districts, desks and entries of one municipality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.errors import ConflictError, NotFoundError
from bot.models import Desk, District, Entry, ImportedEntry, Municipality
from bot.services import district_moving, districts, entry_versions
from content.packs_json import (
    desk_from,
    desk_json,
    district_from,
    district_json,
    entry_from,
    entry_json,
    municipality_from,
    municipality_json,
)
from content.packs_model import Entry as PackEntry
from content.packs_model import Pack, desk_entry, order

_COLUMNS = {"id", "name", "kana"}


@dataclass(frozen=True)
class Loaded:
    """What loading a pack changed, in entries. `samples_left_out` were refused (not in demo mode).

    `kept` were edited by staff since the last load and stayed as they are; of these, `differing` (ids) were changed
    in the pack as well or are gone from it, and somebody has to decide.
    """

    added: int
    changed: int
    removed: int
    unchanged: int
    samples_left_out: int
    kept: int = 0
    differing: tuple[str, ...] = ()


def load_pack(
    session: Session, pack: Pack, now: datetime, *, samples: bool = True, replace_edits: bool = False
) -> Loaded:
    """Make the municipality's districts, desks and entries those of the pack.

    Rows keep their ids, and entries their counts, as long as the pack's id stays. What the pack no longer
    has is removed. Entries that staff wrote or edited are kept, with what the pack says beside them, unless
    `replace_edits`; what staff changed of districts and desks, whether an entry is published, and the later of
    two days of checking are kept always (docs/decisions/0012). With `samples` False entries marked 見本 are left
    out (design: outside demo mode). Raises ConflictError when a district that people belong to would go.
    """
    _municipality(session, pack)
    session.flush()
    _districts(session, pack)
    _desks(session, pack)
    session.flush()
    moved = districts.successors(session, pack.municipality.id)
    wanted = [_where(entry, moved) for entry in pack.entries if samples or not entry.sample]
    loading = _Loading(session, pack.municipality.id, now, replace_edits)
    loading.all(wanted)
    session.flush()
    return replace(loading.done, samples_left_out=len(pack.entries) - len(wanted))


def export_pack(session: Session, municipality_id: str) -> Pack:
    """The municipality's knowledge as a pack: what `load_pack` was given, with what staff changed since."""
    row = session.get(Municipality, municipality_id)
    if row is None:
        raise NotFoundError(f"There is no municipality {municipality_id!r}; load its pack first.")
    places = session.scalars(
        select(District)
        .where(District.municipality_id == municipality_id, District.valid_to.is_(None))
        .order_by(District.position, District.id)
    )
    districts = [district_from({**one.facts, "id": one.key, "name": one.name, "kana": one.kana}) for one in places]
    desk_rows = session.scalars(select(Desk).where(Desk.municipality_id == municipality_id))
    desks = sorted((desk_from(one.data) for one in desk_rows), key=lambda desk: desk.id)
    rows = session.scalars(select(Entry).where(Entry.municipality_id == municipality_id, Entry.kind != "desk"))
    entries = [replace(entry_from(one.data), draft=not one.published) for one in rows]
    entries += [desk_entry(desk) for desk in desks]
    facts = {**row.facts, "id": row.id, "name": row.name, "code": row.code, "languages": row.languages}
    return Pack(municipality_from(facts), tuple(districts), tuple(desks), tuple(sorted(entries, key=order)))


def _municipality(session: Session, pack: Pack) -> None:
    values = municipality_json(pack.municipality)
    row = session.get(Municipality, pack.municipality.id)
    if row is None:
        row = Municipality(id=values["id"], content_version=0)
        session.add(row)
    row.name, row.code, row.languages = values["name"], values["code"], values["languages"]
    said = {key: value for key, value in values.items() if key not in {"id", "name", "code", "languages"}}
    row.facts = said | (row.edited or {})
    row.content_version = (row.content_version or 0) + 1


def _districts(session: Session, pack: Pack) -> None:
    municipality = pack.municipality.id
    rows = {row.key: row for row in session.scalars(select(District).where(District.municipality_id == municipality))}
    for key in rows.keys() - {district.id for district in pack.districts}:
        if rows[key].valid_to is None and rows[key].valid_from is None:  # neither ended nor made here
            _remove_district(session, rows[key])
    for position, district in enumerate(pack.districts):
        row = rows.get(district.id) or District(municipality_id=municipality, key=district.id)
        said = {**district_json(district), **(row.edited or {})}
        row.name, row.kana, row.position = said["name"], said["kana"], position
        row.facts = {key: value for key, value in said.items() if key not in _COLUMNS}
        session.add(row)


def _where(entry: PackEntry, moved: Mapping[str, str]) -> PackEntry:
    """An entry for the districts there are now: what a pack says of one that ended holds for its successor."""
    if entry.kind in district_moving.STAYS or not moved.keys() & set(entry.districts):
        return entry
    return replace(entry, districts=tuple(dict.fromkeys(moved.get(key, key) for key in entry.districts)))


def _remove_district(session: Session, row: District) -> None:
    try:
        with session.begin_nested():
            session.delete(row)
    except IntegrityError as error:
        raise ConflictError(
            f"The district {row.name} is not in the pack, but people or announcements belong to it; "
            "keep it in districts.csv."
        ) from error


def _desks(session: Session, pack: Pack) -> None:
    municipality = pack.municipality.id
    rows = {row.key: row for row in session.scalars(select(Desk).where(Desk.municipality_id == municipality))}
    for key in rows.keys() - {desk.id for desk in pack.desks}:
        if not rows[key].edited:
            session.delete(rows[key])
    for desk in pack.desks:
        row = rows.get(desk.id) or Desk(municipality_id=municipality, key=desk.id)
        data = {**desk_json(desk), **(row.edited or {})}
        row.name, row.data = data["name"], with_later_check(data, row.data) if row.data else data
        session.add(row)


class _Loading:
    """Brings one municipality's entries to those of a pack, and counts."""

    def __init__(self, session: Session, municipality: str, now: datetime, replace_edits: bool) -> None:
        self._session, self._municipality, self._now = session, municipality, now
        self._replace = replace_edits
        self._listed: frozenset[int] = frozenset()
        self.done = Loaded(0, 0, 0, 0, 0)

    def all(self, wanted: Sequence[PackEntry]) -> None:
        """Every entry of the pack, then those that are in the database only."""
        query = select(Entry).where(Entry.municipality_id == self._municipality)
        rows = {row.key: row for row in self._session.scalars(query)}
        mine = ImportedEntry.municipality_id == self._municipality
        self._listed = frozenset(self._session.scalars(select(ImportedEntry.entry_id).where(mine)))
        for entry in wanted:
            self._one(rows.pop(entry.id, None), entry)
        for row in rows.values():
            if not row.data.get("imported"):  # what comes from a published list does not come from a pack
                self._gone(row)

    def _one(self, row: Entry | None, entry: PackEntry) -> None:
        data = entry_json(replace(entry, draft=False))
        if row is None:
            new = Entry(municipality_id=self._municipality, key=entry.id, published=not entry.draft)
            self._session.add(_fill(new, entry, data, self._now))
            self._count(added=1)
            return
        if entry.imported and row.id in self._listed and not self._replace:
            self._count(unchanged=1)  # its published list is newer than the pack
            return
        data = with_later_check(data, row.data)
        if row.data == data:
            row.edited_at = row.pack_data = None
            row.pack_newer = False
            self._count(unchanged=1)
        elif row.edited_at is None or self._replace:
            entry_versions.note_pack(self._session, row, data, self._now)
            _fill(row, entry_from(data), data, self._now)
            self._count(changed=1)
        else:
            self._keep(row, data)

    def _keep(self, row: Entry, data: dict[str, Any]) -> None:
        newer = row.pack_newer or (row.pack_data is not None and without_check(row.pack_data) != without_check(data))
        row.pack_data, row.pack_newer = data, newer
        self._count(kept=1, differing=(row.key,) if newer else ())

    def _gone(self, row: Entry) -> None:
        if row.edited_at is None or self._replace:
            self._session.delete(row)
            self._count(removed=1)
        else:
            self._count(kept=1, differing=(row.key,) if row.pack_data is not None else ())

    def _count(self, **more: Any) -> None:
        self.done = replace(self.done, **{name: getattr(self.done, name) + more[name] for name in more})


def with_later_check(data: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    """An entry's or desk's data with the later of both days of checking: a check says nothing but that it is so."""
    days = [day for one in (data, stored) if (day := one.get("checked_on"))]
    return {**data, "checked_on": max(days, key=date.fromisoformat)} if days else data


def without_check(data: dict[str, Any]) -> dict[str, Any]:
    """The same without the day of checking."""
    return {name: value for name, value in data.items() if name != "checked_on"}


def _fill(row: Entry, entry: PackEntry, data: dict[str, Any], now: datetime) -> Entry:
    row.kind, row.title, row.data = entry.kind, entry.title, data
    row.valid_from, row.valid_to, row.updated_at = entry.valid_from, entry.valid_to, now
    row.edited_at = row.pack_data = None
    row.pack_newer = False
    return row
