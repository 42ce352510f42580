"""When something is sent: a series of announcements, and reminders of a grant's deadline."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import JsonList, Moment, MunicipalityId, RowId, one_of

SERIES_STATES = ("draft", "running", "stopped", "over")
HOLIDAYS = ("keep", "previous", "next")  # what happens on a day off: stays, working day before, working day after


class AnnouncementSeries(Base):
    """An announcement that comes again: its rule, approved once with the text of the first one.

    Every date is an announcement of its own (`Announcement.series_id`, `series_day`), made ahead by the clock.
    """

    __tablename__ = "announcement_series"
    __table_args__ = (one_of("state", SERIES_STATES), one_of("holiday", HOLIDAYS))

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    rule: Mapped[str] = mapped_column(String(200))  # content.recurrence's line: FREQ=MONTHLY;BYDAY=3SU
    at: Mapped[str] = mapped_column(String(5))  # 18:00, Japan's time
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    holiday: Mapped[str] = mapped_column(String(10), default="keep")
    breaks: Mapped[JsonList] = mapped_column(default=list)  # [["08-01", "08-31"]]: nothing in these days of a year
    exceptions: Mapped[JsonList] = mapped_column(default=list)  # ["2027-01-04"]: days the rule names and that fall out
    made_to: Mapped[date | None]  # announcements exist for every date up to this day
    approved_at: Mapped[Moment | None]
    # Stopping is asked for by one person and done by another; a changed series replaces this one when it is approved.
    stop_asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    stop_reason: Mapped[str | None] = mapped_column(String(200))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("announcement_series.id"), index=True)


class DeadlineReminder(Base):
    """Somebody wants to be reminded of a grant's last day; the row goes in the transaction that sends it."""

    __tablename__ = "deadline_reminder"
    __table_args__ = (
        UniqueConstraint(
            "municipality_id", "entry_key", "day", "resident_id", "days_before", name="uq_deadline_reminder"
        ),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    entry_key: Mapped[str] = mapped_column(String(80))
    day: Mapped[date]  # the deadline
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), index=True)
    days_before: Mapped[int]
    remind_at: Mapped[Moment] = mapped_column(index=True)
