"""Entries (記事) and desks (窓口): what the bot knows of a municipality, as staff published it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import JsonObject, Moment, MunicipalityId, RowId


class Entry(Base):
    """One entry; `data` is the whole entry in the pack's form, the columns are what queries need."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("municipality_id", "key"),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    key: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    data: Mapped[JsonObject]
    published: Mapped[bool] = mapped_column(default=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    updated_at: Mapped[Moment]
    # 「役に立った / ちがう」: numbers only.
    useful: Mapped[int] = mapped_column(default=0)
    not_useful: Mapped[int] = mapped_column(default=0)


class Desk(Base):
    """A desk that can be named to residents; `data` in the pack's form."""

    __tablename__ = "desk"
    __table_args__ = (UniqueConstraint("municipality_id", "key"),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    key: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(120))
    data: Mapped[JsonObject]
