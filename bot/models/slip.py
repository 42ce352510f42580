"""Liaison slips (連絡票) to holders of a post (組長・班長・区長), their answers, and the codes that link a post."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import JsonList, Moment, MunicipalityId, RowId, one_of
from bot.models.resident import HOLDERS

DOORS = ("line", "paper", "telephone", "desk")


class HolderCode(Base):
    """A one-time code for one post, printed by the centre; only its hash is kept."""

    __tablename__ = "holder_code"
    __table_args__ = (one_of("post", HOLDERS),)

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    association_id: Mapped[int] = mapped_column(
        ForeignKey("neighbourhood_association.id", ondelete="CASCADE"), index=True
    )
    post: Mapped[str] = mapped_column(String(20))
    unit: Mapped[str | None] = mapped_column(String(20))  # 3組
    until: Mapped[date] = mapped_column(Date)  # the last day of the post
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]


class HolderLink(Base):
    """The one-time link to the form on which a holder gives a name; made when a code was sent in the chat."""

    __tablename__ = "holder_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(ForeignKey("holder_code.code_hash", ondelete="CASCADE"), index=True)
    expires_at: Mapped[Moment]


class Slip(Base):
    """What an announcement of kind `slip` has beside its text: for which posts, by when, what to pass on."""

    __tablename__ = "slip"

    announcement_id: Mapped[int] = mapped_column(
        ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    municipality_id: Mapped[MunicipalityId]
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), index=True)
    posts: Mapped[JsonList]
    reply_on: Mapped[date] = mapped_column(Date)
    forward: Mapped[str] = mapped_column(String(100), default="")  # for the group of the 組; empty: nothing to pass on
    reminded_at: Mapped[Moment | None]


class SlipAnswer(Base):
    """確認しました: by tap, or entered by hand for paper, telephone and desk.

    A tap's name is read from RoleHolder and goes with the post (`resident_id` is then NULL); `name` is only what
    staff entered by hand, and is erased with time.
    """

    __tablename__ = "slip_answer"
    __table_args__ = (
        one_of("post", HOLDERS),
        one_of("door", DOORS),
        UniqueConstraint("announcement_id", "resident_id", "post"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id", ondelete="CASCADE"), index=True)
    association_id: Mapped[int | None] = mapped_column(ForeignKey("neighbourhood_association.id", ondelete="SET NULL"))
    post: Mapped[str] = mapped_column(String(20))
    unit: Mapped[str | None] = mapped_column(String(20))
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id", ondelete="SET NULL"))
    door: Mapped[str] = mapped_column(String(10), default="line")
    name: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[Moment]
