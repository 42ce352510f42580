"""Questions the bot could not answer, masked and counted; who wants to hear the answer stands in a table of its own."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import Moment, MunicipalityId, RowId, one_of

STATES = ("open", "done")


class UnansweredQuestion(Base):
    """One question for the staff's list; the same words asked again in the same district only raise `count`.

    `entry_id` is the entry that answers it or is being written for it; open with an entry = being written.
    """

    __tablename__ = "unanswered_question"
    __table_args__ = (UniqueConstraint("municipality_id", "folded", "district_id"), one_of("state", STATES))

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    text: Mapped[str] = mapped_column(String(300))  # personal data masked
    folded: Mapped[str] = mapped_column(String(64))  # SHA-256 of the masked and folded text
    language: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(10), default="unknown")  # unknown | wrong (「ちがう」)
    state: Mapped[str] = mapped_column(String(10), default="open")
    count: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[Moment | None]
    asked_at: Mapped[Moment]  # the last time
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id", ondelete="SET NULL"), index=True)
    done_reason: Mapped[str | None] = mapped_column(String(12))  # why staff took it off the list, without an entry


class QuestionAsker(Base):
    """Somebody who wants to be told when a question is answered. Read by the sender only, shown to nobody.

    Erased once they are told, when the wish is taken back, with the question, and with the resident.
    """

    __tablename__ = "question_asker"

    question_id: Mapped[int] = mapped_column(ForeignKey("unanswered_question.id", ondelete="CASCADE"), primary_key=True)
    resident_id: Mapped[int] = mapped_column(
        ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    municipality_id: Mapped[MunicipalityId]
    wished_at: Mapped[Moment]
