"""The month's messages: a municipality's own rule; and codes with which a writer sees an announcement on a phone."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import Moment, MunicipalityId


class BudgetRule(Base):
    """What a municipality settled for its channel; without a row the defaults of bot.core.budget_rules hold."""

    __tablename__ = "budget_rule"
    __table_args__ = (
        CheckConstraint("reserve IS NULL OR reserve >= 0", name="reserve"),
        CheckConstraint("block_percent BETWEEN 1 AND 50", name="block_percent"),
    )

    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), primary_key=True)
    reserve: Mapped[int | None]  # messages kept for emergencies; None: the default share
    block_percent: Mapped[int]  # this many of a hundred left after a send: staff are told


class TrialCode(Base):
    """A code that shows one announcement to whoever types it in the chat: once, for half an hour."""

    __tablename__ = "trial_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[Moment]
