"""Packs into the database and back: districts, desks and entries of one municipality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.errors import ConflictError, NotFoundError
from bot.models import Desk, District, Entry, Municipality
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
    """What loading a pack changed, in entries. `samples_left_out` were refused (not in demo mode)."""

    added: int
    changed: int
    removed: int
    unchanged: int
    samples_left_out: int


def load_pack(session: Session, pack: Pack, now: datetime, *, samples: bool = True) -> Loaded:
    """Make the municipality's districts, desks and entries those of the pack.

    Rows keep their ids, and entries their counts, as long as the pack's id stays. What the pack no longer
    has is removed. With `samples` False entries marked 見本 are left out (design: outside demo mode).
    Raises ConflictError when a district that people belong to would go.
    """
    _municipality(session, pack)
    session.flush()
    _districts(session, pack)
    _desks(session, pack)
    wanted = [entry for entry in pack.entries if samples or not entry.sample]
    loaded = _entries(session, pack.municipality.id, wanted, now, len(pack.entries) - len(wanted))
    session.flush()
    return loaded


def export_pack(session: Session, municipality_id: str) -> Pack:
    """The municipality's knowledge as a pack: what `load_pack` was given, with what staff changed since."""
    row = session.get(Municipality, municipality_id)
    if row is None:
        raise NotFoundError(f"There is no municipality {municipality_id!r}; load its pack first.")
    places = session.scalars(
        select(District).where(District.municipality_id == municipality_id).order_by(District.position, District.id)
    )
    districts = [district_from({**one.facts, "id": one.key, "name": one.name, "kana": one.kana}) for one in places]
    desk_rows = session.scalars(select(Desk).where(Desk.municipality_id == municipality_id))
    desks = sorted((desk_from(one.data) for one in desk_rows), key=lambda desk: desk.id)
    rows = session.scalars(select(Entry).where(Entry.municipality_id == municipality_id, Entry.kind != "desk"))
    entries = [entry_from(one.data) for one in rows] + [desk_entry(desk) for desk in desks]
    facts = {**row.facts, "id": row.id, "name": row.name, "code": row.code, "languages": row.languages}
    return Pack(municipality_from(facts), tuple(districts), tuple(desks), tuple(sorted(entries, key=order)))


def _municipality(session: Session, pack: Pack) -> None:
    values = municipality_json(pack.municipality)
    row = session.get(Municipality, pack.municipality.id)
    if row is None:
        row = Municipality(id=values["id"], content_version=0)
        session.add(row)
    row.name, row.code, row.languages = values["name"], values["code"], values["languages"]
    row.facts = {key: value for key, value in values.items() if key not in {"id", "name", "code", "languages"}}
    row.content_version = (row.content_version or 0) + 1


def _districts(session: Session, pack: Pack) -> None:
    municipality = pack.municipality.id
    rows = {row.key: row for row in session.scalars(select(District).where(District.municipality_id == municipality))}
    for key in rows.keys() - {district.id for district in pack.districts}:
        _remove_district(session, rows[key])
    for position, district in enumerate(pack.districts):
        row = rows.get(district.id) or District(municipality_id=municipality, key=district.id)
        row.name, row.kana, row.position = district.name, district.kana, position
        row.facts = {key: value for key, value in district_json(district).items() if key not in _COLUMNS}
        session.add(row)


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
        session.delete(rows[key])
    for desk in pack.desks:
        row = rows.get(desk.id) or Desk(municipality_id=municipality, key=desk.id)
        row.name, row.data = desk.name, desk_json(desk)
        session.add(row)


def _entries(session: Session, municipality: str, wanted: Sequence[PackEntry], now: datetime, left_out: int) -> Loaded:
    rows = {row.key: row for row in session.scalars(select(Entry).where(Entry.municipality_id == municipality))}
    gone = rows.keys() - {entry.id for entry in wanted}
    for key in gone:
        session.delete(rows[key])
    added = changed = 0
    for entry in wanted:
        row, data = rows.get(entry.id), entry_json(entry)
        if row is None:
            added += 1
            session.add(_fill(Entry(municipality_id=municipality, key=entry.id, published=True), entry, data, now))
        elif row.data != data:
            changed += 1
            _fill(row, entry, data, now)
    return Loaded(added, changed, len(gone), len(wanted) - added - changed, left_out)


def _fill(row: Entry, entry: PackEntry, data: dict[str, Any], now: datetime) -> Entry:
    row.kind, row.title, row.data = entry.kind, entry.title, data
    row.valid_from, row.valid_to, row.updated_at = entry.valid_from, entry.valid_to, now
    return row
