"""The city's desk at work: who looks after an inquiry, notes among staff, texts kept ready. Never shown outside."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import ID, Moment, MunicipalityId, RowId


class InquiryAssignment(Base):
    """担当: the one member of the desk's staff who looks after an inquiry; no row: nobody yet."""

    __tablename__ = "inquiry_assignment"

    inquiry_id: Mapped[int] = mapped_column(
        ID, ForeignKey("inquiry.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    municipality_id: Mapped[MunicipalityId]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    at: Mapped[Moment]


class InquiryNote(Base):
    """内部メモ: what one of us tells the others about an inquiry. Sealed like its letters; never part of an answer."""

    __tablename__ = "inquiry_note"

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    inquiry_id: Mapped[int] = mapped_column(ForeignKey("inquiry.id", ondelete="CASCADE"), index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    by: Mapped[str] = mapped_column(String(60))  # the name at the time
    at: Mapped[Moment]


class ReplyTemplate(Base):
    """定型文: a text put into the draft of an answer, {受付番号} and the like filled in; never sent by itself."""

    __tablename__ = "reply_template"

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    name: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[str] = mapped_column(String(60))
    changed_at: Mapped[Moment]
