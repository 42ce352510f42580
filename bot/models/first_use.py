"""First use: what a municipality's wizard has to remember beside the rows it makes, and the practice telephones."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import JsonList, JsonObject, Moment, MunicipalityId, RowId


class SetupProgress(Base):
    """How far first use has come. Steps that leave rows (districts, channel, menus) are read from those, not here."""

    __tablename__ = "setup_progress"

    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), primary_key=True)
    # The last check with LINE: when, the account's name, what was right and what was not. No secret.
    checked: Mapped[JsonObject] = mapped_column(default=dict)
    # What LINE neither sets nor tells by its API: the clerk says so.
    redelivery: Mapped[bool] = mapped_column(default=False)
    replies_off: Mapped[bool] = mapped_column(default=False)
    word: Mapped[str | None] = mapped_column(String(20))  # the digits whose sender becomes the tester
    word_until: Mapped[Moment | None]
    tester_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id", ondelete="SET NULL"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_message.id", ondelete="SET NULL"), index=True)
    tested_at: Mapped[Moment | None]  # LINE took the test message
    finished_at: Mapped[Moment | None]


class PracticeMessage(Base):
    """What a practice telephone shows: the messages of one send, as LINE would have got them."""

    __tablename__ = "practice_message"

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), index=True)
    at: Mapped[Moment]
    messages: Mapped[JsonList] = mapped_column(default=list)
