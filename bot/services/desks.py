"""Desks (窓口) as residents are shown them: the pack's desks, the district's own first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.knowledge import CENTRE
from bot.models import Desk as Row
from bot.models import Municipality
from content.packs_json import desk_from
from content.packs_model import Desk


def for_district(session: Session, municipality: str, district: str | None) -> list[Desk]:
    """The district's own desk (its centre) first, then the municipality's desk for everything else."""
    city = session.get(Municipality, municipality)
    general = (city.facts.get("contacts") or {}).get("desk") if city else None
    rows = session.scalars(select(Row).where(Row.municipality_id == municipality).order_by(Row.id)).all()
    own = [row for row in rows if district and row.data.get("district") == district]
    wide = [row for row in rows if row.key == general]
    return [desk_from(row.data) for row in [*own[:1], *wide]]


def find(session: Session, municipality: str, key: str | None, districts: Sequence[str] = ()) -> Desk | None:
    """The desk that an entry names; `district-centre` stands for the centre of the one district given."""
    if key == CENTRE and len(districts) == 1:
        return for_district(session, municipality, districts[0])[0]
    row = session.scalar(select(Row).where(Row.municipality_id == municipality, Row.key == key))
    return desk_from(row.data) if row is not None else None
