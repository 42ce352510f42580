"""A rain plan: what is told of one date of an activity whatever the weather, approved before the day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.rain_rules import STATES
from bot.db import Base
from bot.models.announcement import AUDIENCES
from bot.models.columns import JsonList, Moment, MunicipalityId, RowId, one_of


class RainPlan(Base):
    """The texts of one date for 実施, 中止 and 順延, and the hour by which a named officer chooses among them."""

    __tablename__ = "rain_plan"
    __table_args__ = (
        UniqueConstraint("municipality_id", "entry_key", "day"),
        one_of("state", STATES),
        one_of("audience", AUDIENCES),
        CheckConstraint("decision IS NULL OR decision IN ('held', 'off', 'put_off')", name="decision"),
        CheckConstraint("approver_id IS NULL OR approver_id <> author_id", name="second_person"),
        Index("ix_rain_plan_due", "state", "decide_at"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    entry_key: Mapped[str] = mapped_column(String(80))
    day: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    author_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # the author, or who wrote on
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    sender: Mapped[str] = mapped_column(String(60))
    audience: Mapped[str] = mapped_column(String(20), default="home_and_interest")
    district_ids: Mapped[JsonList] = mapped_column(default=list)  # the target area; empty: the whole city
    decide_at: Mapped[Moment]
    held_text: Mapped[str] = mapped_column(String(100))
    off_text: Mapped[str] = mapped_column(String(100))
    put_off_text: Mapped[str | None] = mapped_column(String(100))  # None: it is never put off
    moved_to: Mapped[date | None]
    comment: Mapped[str | None] = mapped_column(String(400))  # why it was returned
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[Moment]
    submitted_at: Mapped[Moment | None]
    approved_at: Mapped[Moment | None]
    reminded_at: Mapped[Moment | None]  # its officers were told that nobody has decided yet
    decided_at: Mapped[Moment | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decision: Mapped[str | None] = mapped_column(String(10))
    announcement_id: Mapped[int | None] = mapped_column(ForeignKey("announcement.id"), unique=True)


class RainPlanOfficer(Base):
    """Who may choose, alone, when the hour comes."""

    __tablename__ = "rain_plan_officer"

    plan_id: Mapped[int] = mapped_column(ForeignKey("rain_plan.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True, index=True)
    municipality_id: Mapped[MunicipalityId]


class RainRecipient(Base):
    """Who had signed up or was reminded when a plan was decided: told beside the target area, then forgotten."""

    __tablename__ = "rain_recipient"

    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True)
    resident_id: Mapped[int] = mapped_column(
        ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    municipality_id: Mapped[MunicipalityId]


class Reminded(Base):
    """Somebody was reminded of a date that has a rain plan, and counts on it; forgotten after the activity."""

    __tablename__ = "reminded"
    __table_args__ = (UniqueConstraint("municipality_id", "entry_key", "day", "resident_id"),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    entry_key: Mapped[str] = mapped_column(String(80))
    day: Mapped[date]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), index=True)
    over_at: Mapped[Moment] = mapped_column(index=True)
