"""Statements (意見・声・ひとこと): what people said, whom to tell what became of it, and others' votes on it.

A statement says nothing of its writer: its id is random, it has no time beyond the hour by which it is to be looked at
(erased once it was), and whoever wants no answer leaves no link. Where a link is wanted it stands in a table of its
own, sealed, and is erased after the last follow-up. Votes are kept as ballots are (bot.models.poll). Why it is so:
docs/decisions/0013-statements.md.
"""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.statement_rules import DOORS, MODERATION_ACTS, STATES
from bot.db import Base
from bot.models.columns import Moment, MunicipalityId, RowId, one_of
from bot.models.poll import random_id

# none -> open (votes are taken) -> closing (no more) -> closed; lost = the key is gone (restored backup).
VOTES_STATES = ("none", "open", "closing", "closed", "lost")


def random_number() -> int:
    """An id that says nothing: 53 random bits, which every spreadsheet can hold."""
    return secrets.randbelow(2**53 - 1) + 1


class Statement(Base):
    """One voice, 140 characters at most. `number` (per municipality) is given when it is approved, in that order."""

    __tablename__ = "statement"
    __table_args__ = (
        one_of("state", STATES),
        one_of("door", DOORS),
        UniqueConstraint("municipality_id", "number"),
        Index("ix_statement_list", "municipality_id", "state", "round_table_id"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False, default=random_number
    )
    municipality_id: Mapped[MunicipalityId]
    number: Mapped[int | None]
    # None: given on any day, without a theme.
    round_table_id: Mapped[int | None] = mapped_column(ForeignKey("round_table.id", ondelete="CASCADE"), index=True)
    matter_id: Mapped[int | None] = mapped_column(ForeignKey("matter.id", ondelete="SET NULL"), index=True)
    # The round's, else the writer's own; None: the whole city. Decides who moderates.
    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    door: Mapped[str] = mapped_column(String(10), default="line")
    seed: Mapped[bool] = mapped_column(default=False)  # written by staff to begin with; marked wherever it is shown
    held_for: Mapped[str | None] = mapped_column(String(10))  # `election`: the city decides, nobody else
    text: Mapped[str] = mapped_column(String(140))  # "" when withdrawn, hidden or erased
    voices: Mapped[int] = mapped_column(default=1)  # how many said this, with those merged into it
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("statement.id", ondelete="SET NULL"), index=True)
    reason: Mapped[str | None] = mapped_column(String(12))  # why it was refused
    due_at: Mapped[Moment | None]  # to be looked at by then (full six hours); erased once it was
    reworded: Mapped[bool] = mapped_column(default=False)
    # The final tally of others' votes, stored once at close and only when it may be shown.
    agree: Mapped[int | None]
    disagree: Mapped[int | None]
    passed: Mapped[int | None]


class StatementLink(Base):
    """Whom to tell what became of a statement: a resident's id under AES-GCM, opened by the sender only."""

    __tablename__ = "statement_link"
    __table_args__ = ({"sqlite_with_rowid": False},)

    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id", ondelete="CASCADE"), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class StatementUnsend(Base):
    """How `unsend` finds a statement: HMAC of LINE's message id under the day's key, for two days."""

    __tablename__ = "statement_unsend"
    __table_args__ = ({"sqlite_with_rowid": False},)

    tag: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id", ondelete="CASCADE"), index=True)
    day: Mapped[date] = mapped_column(Date)


class StatementQuota(Base):
    """How many statements a LINE account gave on a day: HMAC of its id under the day's key, for two days."""

    __tablename__ = "statement_quota"
    __table_args__ = ({"sqlite_with_rowid": False},)

    name: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    day: Mapped[date] = mapped_column(Date)
    count: Mapped[int] = mapped_column(default=1)


class Listening(Base):
    """How statements are taken in a round, or (no round) on any day: who looks at them, by when, and the votes on them.

    `board` is what the next statement is drawn from while votes are open: counts by statement, sealed under the
    round's key. `groups` is the analysis stored at close (bot.core), None when there is nothing to show.
    """

    __tablename__ = "listening"
    __table_args__ = (UniqueConstraint("municipality_id", "round_table_id"), one_of("votes_state", VOTES_STATES))

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    round_table_id: Mapped[int | None] = mapped_column(ForeignKey("round_table.id", ondelete="CASCADE"), index=True)
    moderator_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # None: chair of the district, else city
    promise_hours: Mapped[int] = mapped_column(default=48)
    votes_state: Mapped[str] = mapped_column(String(10), default="none")
    voters: Mapped[int] = mapped_column(default=0)
    board: Mapped[bytes | None] = mapped_column(LargeBinary)
    groups: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class RoundParticipation(Base):
    """That a resident took part in a round by voting or by a voice that wants an answer; never what, never when."""

    __tablename__ = "round_participation"
    __table_args__ = (UniqueConstraint("round_table_id", "resident_id"), {"sqlite_with_rowid": False})

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=random_id)
    municipality_id: Mapped[MunicipalityId]
    round_table_id: Mapped[int] = mapped_column(ForeignKey("round_table.id", ondelete="CASCADE"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), index=True)


class StatementVote(Base):
    """A vote on a statement while the round listens: `voter` an HMAC, `answer` sealed. Deleted at close."""

    __tablename__ = "statement_vote"
    __table_args__ = (UniqueConstraint("statement_id", "voter"), {"sqlite_with_rowid": False})

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=random_id)
    municipality_id: Mapped[MunicipalityId]
    round_table_id: Mapped[int] = mapped_column(ForeignKey("round_table.id", ondelete="CASCADE"), index=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id", ondelete="CASCADE"))
    voter: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    answer: Mapped[bytes] = mapped_column(LargeBinary)


class ModerationAct(Base):
    """What staff did with a statement, for the log. `before` (the words before a rewording) is erased after a month."""

    __tablename__ = "moderation_act"
    __table_args__ = (one_of("act", MODERATION_ACTS), Index("ix_moderation_act_at", "municipality_id", "at"))

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    # No foreign key: the log outlives the statement.
    statement_id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), index=True)
    at: Mapped[Moment]
    actor_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(60))
    act: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(12), default="")
    into_id: Mapped[int | None] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    before: Mapped[str | None] = mapped_column(String(140))


class ElectionPeriod(Base):
    """Days (both included) on which voices and votes pause because of an election."""

    __tablename__ = "election_period"

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    name: Mapped[str] = mapped_column(String(60))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
