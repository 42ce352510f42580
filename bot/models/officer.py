"""Officers in LINE: whose telephone a staff account is linked with, the codes that link, what they were told once."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import Moment, MunicipalityId


class OfficerLink(Base):
    """A staff account and the resident who is the same person in LINE; each at most once."""

    __tablename__ = "officer_link"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), unique=True)
    linked_at: Mapped[Moment]


class LinkCode(Base):
    """A code that links, shown in the console: only its digest is kept, it is used once and ends soon."""

    __tablename__ = "link_code"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[Moment]  # real time, as everything about signing in


class StaffNotice(Base):
    """A member of staff was told of something in LINE; the row is what makes it once."""

    __tablename__ = "staff_notice"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[str] = mapped_column(String(60), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    told_at: Mapped[Moment] = mapped_column(index=True)


class ApprovalRule(Base):
    """A municipality's own rule of approval; without a row the defaults of bot.core.approval_rules hold."""

    __tablename__ = "approval_rule"
    __table_args__ = (
        CheckConstraint("hold_minutes BETWEEN 0 AND 60", name="hold_minutes"),
        CheckConstraint("wait_hours BETWEEN 1 AND 28", name="wait_hours"),
    )

    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), primary_key=True)
    hold_minutes: Mapped[int]  # between an approval and the earliest sending
    wait_hours: Mapped[int]  # hours by day after which the city is asked as well
