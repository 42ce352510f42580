"""A LINE group of a neighbourhood association in which the bot takes part. Nothing about who is in it."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import Moment, MunicipalityId, RowId, one_of

STATES = ("active", "left")


class GroupChat(Base):
    """A group that invited the bot; until somebody chose a district it gets nothing."""

    __tablename__ = "group_chat"
    __table_args__ = (UniqueConstraint("municipality_id", "line_id"), one_of("state", STATES))

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    line_id: Mapped[bytes] = mapped_column(LargeBinary)  # AES-SIV, associated data = municipality
    state: Mapped[str] = mapped_column(String(10), default="active")
    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"), index=True)
    neighbourhood: Mapped[str | None] = mapped_column(String(40))
    joined_at: Mapped[Moment]
    # LINE's count of its members: an announcement to the group costs one message each (line-platform: counting).
    members: Mapped[int | None]
    counted_at: Mapped[Moment | None]


class GroupNotice(Base):
    """An announcement that was handed to a group, once."""

    __tablename__ = "group_notice"

    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("group_chat.id", ondelete="CASCADE"), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    members: Mapped[int]
