"""A district (地区) of a municipality."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import JsonObject, MunicipalityId, RowId


class District(Base):
    """One of 26 or 11; `key` is its id in the pack (`imaizumi`)."""

    __tablename__ = "district"
    __table_args__ = (UniqueConstraint("municipality_id", "key"),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    kana: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(default=0)
    # The rest of the pack's row: council, centre, address, lat, lon, aliases, schools, neighbourhood word, check.
    facts: Mapped[JsonObject] = mapped_column(default=dict)
