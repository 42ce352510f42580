"""Districts of a municipality as conversations need them: the table's row id beside the pack's district."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import District as Row
from bot.services.by_version import ByVersion
from content.packs_json import district_from
from content.packs_model import District


@dataclass(frozen=True)
class Place:
    """A district: `id` is its row, `district` what is known of it.

    `former`: (row id, key) of those that ended and whose area is this one's now.
    """

    id: int
    district: District
    former: tuple[tuple[int, str], ...] = ()

    @property
    def name(self) -> str:
        return self.district.name

    @property
    def kana(self) -> str:
        return self.district.kana

    @property
    def key(self) -> str:
        return self.district.id


def listed(session: Session, municipality: str) -> tuple[Place, ...]:
    """The districts a municipality has now, in their own order. Those that ended are found as their successors."""
    return _known(session, municipality)


def _read(session: Session, municipality: str) -> tuple[Place, ...]:
    query = select(Row).where(Row.municipality_id == municipality).order_by(Row.position, Row.id)
    rows = session.scalars(query).all()
    ended = {row.id: row for row in rows if row.valid_to is not None}
    former: dict[int, list[tuple[int, str]]] = {}
    for row in ended.values():
        former.setdefault(_last(ended, row), []).append((row.id, row.key))
    return tuple(
        Place(
            row.id,
            district_from({**row.facts, "id": row.key, "name": row.name, "kana": row.kana}),
            tuple(former.get(row.id, ())),
        )
        for row in rows
        if row.id not in ended
    )


_known: Final = ByVersion(_read)  # asked for with nearly every message


def successors(session: Session, municipality: str) -> dict[str, str]:
    """The key of each district that ended -> the key of the district its area belongs to now."""
    return {old: place.key for place in _read(session, municipality) for _, old in place.former}


def _last(ended: Mapping[int, Row], row: Row) -> int:
    """The row id at the end of the chain of successors; 0 when it has none."""
    for _ in range(len(ended) + 1):
        if row.successor_id is None:
            return 0
        if row.successor_id not in ended:
            return row.successor_id
        row = ended[row.successor_id]
    return 0


def by_id(places: Iterable[Place], district_id: int | None) -> Place | None:
    """The place with this row id; what ended is found as its successor."""
    return next((one for one in places if one.id == district_id or district_id in [old for old, _ in one.former]), None)


def by_key(places: Iterable[Place], key: str) -> Place | None:
    """The place with this pack id (`imaizumi`); what ended is found as its successor."""
    return next((one for one in places if one.key == key or key in [old for _, old in one.former]), None)
