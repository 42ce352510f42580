"""Sign-ups: who comes to one date of an activity, with how many people. Numbers only, no names.

A date is named by the activity's key and the day its rule names (`day`), also when it was moved. Everything here
is forgotten after the activity (`over_at`; bot.services.retention).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import Moment, MunicipalityId, RowId, one_of

STATES = ("joined", "waiting")


class SignUp(Base):
    """A household's place, or its place in the queue. `queued_at` gives the order of the queue."""

    __tablename__ = "sign_up"
    __table_args__ = (
        UniqueConstraint("municipality_id", "entry_key", "day", "resident_id"),
        one_of("state", STATES),
        CheckConstraint("people BETWEEN 1 AND 10", name="people"),
        Index("ix_sign_up_waiting", "state", "municipality_id", "entry_key", "day"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    entry_key: Mapped[str] = mapped_column(String(80))
    day: Mapped[date]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), index=True)
    people: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    queued_at: Mapped[Moment]
    over_at: Mapped[Moment] = mapped_column(index=True)


class WebSignUp(Base):
    """A place, or a place in the queue, of people without LINE: how many, and a number they keep.

    `code_hash` is SHA-256 of the number (40 bits), which opens its page and takes it back; `shown` are its first four
    letters, which staff have on the list of the reception. Nothing else is asked.
    """

    __tablename__ = "web_sign_up"
    __table_args__ = (
        one_of("state", STATES),
        CheckConstraint("people BETWEEN 1 AND 10", name="people"),
        Index("ix_web_sign_up_date", "municipality_id", "entry_key", "day"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    entry_key: Mapped[str] = mapped_column(String(80))
    day: Mapped[date]
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    shown: Mapped[str] = mapped_column(String(4))
    people: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    queued_at: Mapped[Moment]
    over_at: Mapped[Moment] = mapped_column(index=True)


class Reminder(Base):
    """Somebody wants to be reminded of a date; the row goes in the transaction that sends it."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("municipality_id", "entry_key", "day", "resident_id"),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    entry_key: Mapped[str] = mapped_column(String(80))
    day: Mapped[date]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), index=True)
    remind_at: Mapped[Moment] = mapped_column(index=True)
    over_at: Mapped[Moment] = mapped_column(index=True)


class ChangeNotice(Base):
    """Somebody is still to be told that a date was changed; the row goes in the transaction that sends it."""

    __tablename__ = "change_notice"
    __table_args__ = (UniqueConstraint("municipality_id", "entry_key", "day", "resident_id"),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    entry_key: Mapped[str] = mapped_column(String(80))
    day: Mapped[date]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), index=True)
    over_at: Mapped[Moment] = mapped_column(index=True)
