"""Districts of a municipality as conversations need them: the table's row id beside the pack's district."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.models import District as Row
from bot.models import Municipality
from content.packs_json import district_from
from content.packs_model import District

_VERSION = select(Municipality.content_version).where(Municipality.id == bindparam("municipality"))


@dataclass(frozen=True)
class Place:
    """A district: `id` is its row, `district` what the pack says of it."""

    id: int
    district: District

    @property
    def name(self) -> str:
        return self.district.name

    @property
    def kana(self) -> str:
        return self.district.kana

    @property
    def key(self) -> str:
        return self.district.id


# By engine, then municipality: the content's version and its districts. They change when a pack is loaded, and
# are asked for with nearly every message.
_known: WeakKeyDictionary[Any, dict[str, tuple[int, tuple[Place, ...]]]] = WeakKeyDictionary()


def listed(session: Session, municipality: str) -> tuple[Place, ...]:
    """All districts of a municipality in the pack's order."""
    version = session.scalar(_VERSION, {"municipality": municipality}) or 0
    known = _known.setdefault(session.get_bind(), {})
    if municipality not in known or known[municipality][0] != version:
        known[municipality] = (version, _read(session, municipality))
    return known[municipality][1]


def _read(session: Session, municipality: str) -> tuple[Place, ...]:
    rows = session.scalars(select(Row).where(Row.municipality_id == municipality).order_by(Row.position, Row.id))
    return tuple(
        Place(row.id, district_from({**row.facts, "id": row.key, "name": row.name, "kana": row.kana})) for row in rows
    )


def by_id(places: Iterable[Place], district_id: int | None) -> Place | None:
    """The place with this row id."""
    return next((place for place in places if place.id == district_id), None)


def by_key(places: Iterable[Place], key: str) -> Place | None:
    """The place with this pack id (`imaizumi`)."""
    return next((place for place in places if place.key == key), None)
