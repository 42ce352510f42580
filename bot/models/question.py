"""Questions the bot could not answer, masked, counted, without the person who asked."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import Moment, MunicipalityId, RowId, one_of

STATES = ("open", "done")


class UnansweredQuestion(Base):
    """One question for the staff's list; the same words asked again only raise `count`."""

    __tablename__ = "unanswered_question"
    __table_args__ = (UniqueConstraint("municipality_id", "folded"), one_of("state", STATES))

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    text: Mapped[str] = mapped_column(String(300))  # personal data masked
    folded: Mapped[str] = mapped_column(String(64))  # SHA-256 of the folded text
    language: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(10), default="unknown")  # unknown | wrong (「ちがう」)
    state: Mapped[str] = mapped_column(String(10), default="open")
    count: Mapped[int] = mapped_column(default=1)
    asked_at: Mapped[Moment]
