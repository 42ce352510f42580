"""相談・提案: a matter a person wrote on our own form, the letters about it, to whom it was referred, its links.

Texts are sealed (AES-GCM) and never leave for LINE. An inquiry knows its resident only to push receipt number and
link; that is cut some days after closing. Links are kept as hashes: who reads the table cannot open one.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.inquiry_rules import CATEGORIES, STATES
from bot.db import Base
from bot.models.columns import Moment, MunicipalityId, RowId, one_of

DOORS = ("line", "web")
WRITERS = ("resident", "staff")
WAYS = ("page", "chat")  # how an answer went out: to be read on our page, or as a short text in LINE
LINKS = ("form", "answer")


class Inquiry(Base):
    """One matter. Its receipt number is made from `id`, which is never used twice (bot.core.receipts)."""

    __tablename__ = "inquiry"
    __table_args__ = (
        one_of("state", STATES),
        one_of("category", CATEGORIES),
        one_of("door", DOORS),
        Index("ix_inquiry_listing", "municipality_id", "state", "waiting_since"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id", ondelete="SET NULL"), index=True)
    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    category: Mapped[str] = mapped_column(String(12))
    door: Mapped[str] = mapped_column(String(5))
    language: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="new")
    version: Mapped[int] = mapped_column(default=1)  # raised by every act: two browsers never overwrite each other
    contact: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed; a telephone number or address left by wish
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed; the secret word of who came without LINE
    department: Mapped[str | None] = mapped_column(String(60))  # 担当課: to whom it is referred now
    due: Mapped[date | None]  # until when that department answers the desk
    draft: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed; an answer that waits for the desk
    drafted_by: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[Moment]
    waiting_since: Mapped[Moment]  # since when the person waits for us: sent, or written once more
    answered_at: Mapped[Moment | None]
    closed_at: Mapped[Moment | None]


class InquiryLetter(Base):
    """One text of an inquiry: what the person wrote, or an answer, under the name staff chose for it."""

    __tablename__ = "inquiry_letter"
    __table_args__ = (one_of("writer", WRITERS), one_of("way", WAYS))

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    inquiry_id: Mapped[int] = mapped_column(ForeignKey("inquiry.id", ondelete="CASCADE"), index=True)
    writer: Mapped[str] = mapped_column(String(8))
    name: Mapped[str | None] = mapped_column(String(40))  # staff's: a person or the desk, as residents read it
    way: Mapped[str] = mapped_column(String(4), default="page")
    body: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    outbox_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_message.id", ondelete="SET NULL"), index=True)
    at: Mapped[Moment]


class InquiryReferral(Base):
    """To which department the desk gave it, until when, with which note. Nothing of this is shown outside."""

    __tablename__ = "inquiry_referral"

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    inquiry_id: Mapped[int] = mapped_column(ForeignKey("inquiry.id", ondelete="CASCADE"), index=True)
    department: Mapped[str] = mapped_column(String(60))
    due: Mapped[date]
    note: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[Moment]


class InquiryLink(Base):
    """A link somebody holds: `form` writes one inquiry, once; `answer` reads one until it expires.

    `used_at` is when a form was sent; the inquiry it became is then named by `inquiry_id`.
    """

    __tablename__ = "inquiry_link"
    __table_args__ = (one_of("kind", LINKS),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    kind: Mapped[str] = mapped_column(String(6))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of 192 random bits
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), index=True)
    inquiry_id: Mapped[int | None] = mapped_column(ForeignKey("inquiry.id", ondelete="CASCADE"), index=True)
    language: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment] = mapped_column(index=True)
    used_at: Mapped[Moment | None]
    draft: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed; kept by wish until it is sent or the link ends
