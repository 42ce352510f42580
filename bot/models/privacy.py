"""The privacy desk's own: what retention erased (numbers), one-time links to one's own data, texts that were seen."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import Moment, MunicipalityId, RowId, one_of

CONSENTS = ("register", "statement", "inquiry")


class RetentionRun(Base):
    """What one rule of retention erased on one day (Japanese time) of one municipality. Kept 13 months.

    `municipality_id` "": rows of none, and what was counted for the whole installation before municipalities were.
    """

    __tablename__ = "retention_run"

    rule: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    municipality_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    erased: Mapped[int]
    last: Mapped[int]  # in the day's last run that erased anything
    at: Mapped[Moment]


class DataLink(Base):
    """A link to the page with all that is held of one resident: its newest only, half an hour; the hash alone."""

    __tablename__ = "data_link"

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    language: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]


class ConsentSeen(Base):
    """Which version of a text about what is kept a resident was shown last."""

    __tablename__ = "consent_seen"
    __table_args__ = (one_of("kind", CONSENTS),)

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    version: Mapped[int]
    seen_at: Mapped[Moment]
