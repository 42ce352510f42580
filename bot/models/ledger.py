"""The ledger: who was fixed as a recipient of which announcement. bot.services.ledger asks and forgets."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import ID, Moment, RowId, one_of

# Who does not get it at its time gets it with the next digest of that kind.
LANES = ("morning", "evening", "weekly")


class LedgerSheet(Base):
    """Up to 500 people who got an announcement at its time: the ledger, 500 a row (docs/decisions/0038).

    A correction goes to the same people, the weekly cap counts them; retention erases them. An erased resident's id is
    taken out (bot.services.ledger, which asks and forgets; bot.services.freezing writes).
    """

    __tablename__ = "ledger_sheet"
    __table_args__ = (
        UniqueConstraint("announcement_id", "first_id"),
        # Who stands on it lies between its first and its last id: so one person's sheets are found without reading all.
        Index("ix_ledger_sheet_between", "municipality_id", "frozen_at", "first_id", "last_id"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[str] = mapped_column(String(32), ForeignKey("municipality.id"))
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id", ondelete="CASCADE"))
    variant: Mapped[str] = mapped_column(String(10), default="ja")
    frozen_at: Mapped[Moment]
    first_id: Mapped[int] = mapped_column(ID)
    last_id: Mapped[int] = mapped_column(ID)
    resident_ids: Mapped[str] = mapped_column(Text)  # a JSON array; text, so that nothing is made of it on the way


class DigestRecipient(Base):
    """Who gets an announcement with a digest, and in which language: the ledger's other part, a row a person.

    No foreign keys: with them PostgreSQL takes twice as long to freeze; who deletes a resident or an announcement
    deletes these rows (bot.services.ledger).
    """

    __tablename__ = "digest_recipient"
    __table_args__ = (
        one_of("lane", LANES),
        Index("ix_digest_recipient_resident_id", "resident_id"),
        Index(
            "ix_digest_recipient_waiting",
            "lane",
            "resident_id",
            sqlite_where=text("told_at IS NULL"),
            postgresql_where=text("told_at IS NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    announcement_id: Mapped[int] = mapped_column(ID, primary_key=True, autoincrement=False)
    resident_id: Mapped[int] = mapped_column(ID, primary_key=True, autoincrement=False)
    municipality_id: Mapped[str] = mapped_column(String(32))
    variant: Mapped[str] = mapped_column(String(10), default="ja")
    lane: Mapped[str] = mapped_column(String(10))
    frozen_at: Mapped[Moment]
    told_at: Mapped[Moment | None]
