"""What staff must look at, and signs of life of what runs by the clock."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import Moment, RowId


class Alert(Base):
    """One open matter of a kind (`wrong_destination`, `quota`, `token`...); repeated ones raise `count`."""

    __tablename__ = "alert"
    __table_args__ = (UniqueConstraint("municipality_id", "kind", "subject"),)

    id: Mapped[RowId]
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    subject: Mapped[str] = mapped_column(String(60), default="")
    text: Mapped[str] = mapped_column(String(300))
    count: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[Moment]
    last_at: Mapped[Moment]


class Heartbeat(Base):
    """When a recurring job last ran to its end (`clock`, `delivery`, `retention`...)."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    at: Mapped[Moment]
