"""A poll (アンケート), who took part, and the ballots (回答票), which cannot be joined after closing.

`participation` says who, `ballot` says what. Their primary keys are random, they have no time, and on
SQLite no rowid, so that no order of insertion survives. While a poll is open a ballot is found by an HMAC
of the LINE user id under the poll's own key, which lives in the key store (bot.services.keystore) and is
destroyed at close.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import Moment, MunicipalityId, RowId, one_of

# draft -> open -> closing (no more writes) -> closed; lost = its key is gone (restored backup).
STATES = ("draft", "open", "closing", "closed", "lost", "cancelled")


def random_id() -> str:
    """An id that says nothing: 128 random bits as hex."""
    return secrets.token_hex(16)


class Poll(Base):
    """One single-choice question. `tally` appears once, at close: {"total": n, "choices": [n, ...]}."""

    __tablename__ = "poll"
    __table_args__ = (one_of("state", STATES),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    question: Mapped[str] = mapped_column(String(200))
    closes_at: Mapped[Moment]
    opened_at: Mapped[Moment | None]
    closed_at: Mapped[Moment | None]
    participants: Mapped[int] = mapped_column(default=0)
    tally: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class PollChoice(Base):
    """One choice, in the order shown (position from 0)."""

    __tablename__ = "poll_choice"

    poll_id: Mapped[int] = mapped_column(ForeignKey("poll.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    label: Mapped[str] = mapped_column(String(40))


class Participation(Base):
    """That a resident took part in a poll; never what was answered, never when."""

    __tablename__ = "participation"
    __table_args__ = (UniqueConstraint("poll_id", "resident_id"), {"sqlite_with_rowid": False})

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=random_id)
    municipality_id: Mapped[MunicipalityId]
    poll_id: Mapped[int] = mapped_column(ForeignKey("poll.id", ondelete="CASCADE"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), index=True)


class Ballot(Base):
    """What was answered. Open: `voter` and sealed `answer`. Closed: new id, `choice` only."""

    __tablename__ = "ballot"
    __table_args__ = (UniqueConstraint("poll_id", "voter"), {"sqlite_with_rowid": False})

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=random_id)
    municipality_id: Mapped[MunicipalityId]
    poll_id: Mapped[int] = mapped_column(ForeignKey("poll.id", ondelete="CASCADE"))
    voter: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    choice: Mapped[int | None]
