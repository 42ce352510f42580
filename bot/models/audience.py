"""Who took part in a round, in numbers only: by day and by home district, never under five."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import MunicipalityId


class RoundAudience(Base):
    """`days`: [["2026-11-22", 12], ...], people until then, each step at least five.

    `districts`: {"3": 20, "": 7}, stored once at close; "" holds what was too small to stand alone. None: still open.
    """

    __tablename__ = "round_audience"

    round_table_id: Mapped[int] = mapped_column(ForeignKey("round_table.id", ondelete="CASCADE"), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    days: Mapped[list[list[Any]]] = mapped_column(JSON)
    districts: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
