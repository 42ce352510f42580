"""A poll (アンケート), its items, who took part, and the ballots (回答票), which cannot be joined after closing.

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

from bot.core.round_table_rules import OTHER_DOORS
from bot.db import Base
from bot.models.columns import Moment, MunicipalityId, RowId, one_of

# draft -> open -> closing (no more writes) -> closed; lost = its key is gone (restored backup).
TEXT_STATES = ("waiting", "shown", "hidden")
STATES = ("draft", "open", "closing", "closed", "lost", "cancelled")


def random_id() -> str:
    """An id that says nothing: 128 random bits as hex."""
    return secrets.token_hex(16)


class Poll(Base):
    """One to five items, carried by an announcement.

    `items` are bot.core.poll_items' as JSON; None: a single choice whose labels are in `poll_choice`. `question` is
    the first item's, or the poll's title where there are several. `tally` appears once, at close: {"total": n,
    "choices": [n, ...] | None, "items": [ItemTally ...], "splits": {...}, "doors": {...}}.
    """

    __tablename__ = "poll"
    __table_args__ = (one_of("state", STATES),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    question: Mapped[str] = mapped_column(String(200))
    items: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    # The poll of an earlier year that this one asks again, to be shown beside it.
    repeats_id: Mapped[int | None] = mapped_column(ForeignKey("poll.id", ondelete="SET NULL"))
    closes_at: Mapped[Moment]
    # Whether who has answered is asked for their age in coarse bands (bot.core.age_bands), once; they need not say.
    asks_age: Mapped[bool] = mapped_column(default=False, server_default="0")
    # One reminder at most, to those who have not answered: when it is due, and when it was sent.
    remind_at: Mapped[Moment | None]
    reminded_at: Mapped[Moment | None]
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
    """What was answered. Open: `voter` and sealed `answer`. Closed: new id, `item` and `choice` only."""

    __tablename__ = "ballot"
    __table_args__ = (UniqueConstraint("poll_id", "voter"), {"sqlite_with_rowid": False})

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=random_id)
    municipality_id: Mapped[MunicipalityId]
    poll_id: Mapped[int] = mapped_column(ForeignKey("poll.id", ondelete="CASCADE"))
    voter: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    item: Mapped[int] = mapped_column(default=0, server_default="0")
    choice: Mapped[int | None]


class PollText(Base):
    """A free answer, kept at close under a random id: whose it was is gone. Shown to others only when staff say so."""

    __tablename__ = "poll_text"
    __table_args__ = (one_of("state", TEXT_STATES), {"sqlite_with_rowid": False})

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=random_id)
    municipality_id: Mapped[MunicipalityId]
    poll_id: Mapped[int] = mapped_column(ForeignKey("poll.id", ondelete="CASCADE"), index=True)
    item: Mapped[int]
    text: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(10), default="waiting")


class PollDoor(Base):
    """How many ballots staff entered for a poll by one door while it is open; erased at close."""

    __tablename__ = "poll_door"
    __table_args__ = (one_of("door", OTHER_DOORS),)

    poll_id: Mapped[int] = mapped_column(ForeignKey("poll.id", ondelete="CASCADE"), primary_key=True)
    door: Mapped[str] = mapped_column(String(10), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    entered: Mapped[int] = mapped_column(default=0)


class PollTicket(Base):
    """A ticket (手紙の券) that answers a poll once, without LINE. Its code is kept nowhere, nor what it answered.

    At close all tickets of the poll read as used; 30 days later they are erased.
    """

    __tablename__ = "poll_ticket"
    __table_args__ = ({"sqlite_with_rowid": False},)

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    poll_id: Mapped[int] = mapped_column(ForeignKey("poll.id", ondelete="CASCADE"), index=True)
    used: Mapped[bool] = mapped_column(default=False)
