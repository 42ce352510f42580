"""The inbox: webhook events as LINE sent them, until they are handled; and the leases on their sources."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import Moment, RowId, one_of

# waiting -> handled (body erased) | skipped | parked (set aside after three failures).
STATES = ("waiting", "handled", "skipped", "parked")


class InboxEvent(Base):
    """One webhook event. Body sealed (AES-GCM) until handled, then erased; the source stays sealed (AES-SIV)."""

    __tablename__ = "inbox_event"
    __table_args__ = (
        UniqueConstraint("municipality_id", "event_key"),
        one_of("state", STATES),
        Index("ix_inbox_event_work", "state", "municipality_id", "source", "event_at"),
    )

    id: Mapped[RowId]
    # No index of its own: the unique one begins with it, and each index costs the webhook time.
    municipality_id: Mapped[str] = mapped_column(String(32), ForeignKey("municipality.id"))
    event_key: Mapped[str] = mapped_column(String(64))  # webhookEventId, else the SHA-256 of its JSON
    kind: Mapped[str] = mapped_column(String(40))
    source: Mapped[bytes | None] = mapped_column(LargeBinary)
    event_at: Mapped[Moment]
    received_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[Moment | None]
    error: Mapped[str | None] = mapped_column(String(200))  # the kind of failure, never a text
    # What became of a question, for the day's count: answered | unknown | wrong. Not which question, not its answer.
    about: Mapped[str | None] = mapped_column(String(10))


class SourceLease(Base):
    """Who works on a source's events now (real time, 25 s, renewed): one worker a source."""

    __tablename__ = "source_lease"

    municipality_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    source: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    owner: Mapped[str] = mapped_column(String(40))
    until: Mapped[Moment]
