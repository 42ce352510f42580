"""How many residents each district has: numbers only, small ones hidden."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core.small_numbers import Cells, hide
from bot.models import Resident


def by_district(session: Session, municipality: str, districts: Sequence[int]) -> Cells[int]:
    """Active residents by home district."""
    rows = session.execute(
        select(Resident.home_district_id, func.count())
        .where(
            Resident.municipality_id == municipality,
            Resident.state == "active",
            Resident.home_district_id.in_(districts),
        )
        .group_by(Resident.home_district_id)
    )
    counts = dict.fromkeys(districts, 0)
    counts.update({district: number for district, number in rows if district is not None})
    return hide(counts)


def without_district(session: Session, municipality: str) -> int | None:
    """Active residents who chose the whole city or have not chosen yet; None when too few to be shown."""
    query = select(func.count()).where(
        Resident.municipality_id == municipality, Resident.state == "active", Resident.home_district_id.is_(None)
    )
    return hide({0: session.scalar(query) or 0}).counts[0]
