"""Who did what, written in the transaction of the change itself; sealed into one chain afterwards, by the clock."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import JsonObject, Moment, RowId


class AuditRow(Base):
    """One change, or one reading of free text. `details` hold no personal data of residents.

    The last columns are the chain's (bot.services.audit_seals): empty until the clock has sealed the row. `position`
    is the chain's own order, from 1 without a gap: ids are given out before rows are committed.
    """

    __tablename__ = "audit_row"
    __table_args__ = (
        Index("ix_audit_row_position", "position", unique=True),
        Index("ix_audit_row_target", "municipality_id", "target"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[str | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    at: Mapped[Moment]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # None: the system, or the command line
    actor: Mapped[str] = mapped_column(String(60))  # the name then, or `system`
    action: Mapped[str] = mapped_column(String(40))  # announcement.approve
    target: Mapped[str] = mapped_column(String(60))  # announcement:12
    details: Mapped[JsonObject] = mapped_column(default=dict)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)  # None again once the details were erased
    seal: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)  # of the details, salted: stays when they are erased
    position: Mapped[int | None] = mapped_column(BigInteger)
    erased_at: Mapped[Moment | None]


class AuditChain(Base):
    """The head of the installation's chain, and what the last check found; one row."""

    __tablename__ = "audit_chain"
    __table_args__ = (CheckConstraint("id = 1", name="id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(BigInteger)
    seal: Mapped[bytes] = mapped_column(LargeBinary)
    begun_at: Mapped[Moment]
    sealed_at: Mapped[Moment]
    logged_day: Mapped[date | None]  # the last day (Japanese time) whose head stands in the log outside
    asked_at: Mapped[Moment | None]  # somebody asked for a check that has not run yet
    checked_at: Mapped[Moment | None]
    checked_count: Mapped[int | None] = mapped_column(BigInteger)
    broken: Mapped[str | None] = mapped_column(String(300))  # what the last check found broken first
