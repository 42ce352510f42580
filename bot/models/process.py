"""The processes that run on this database now."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import Moment


class Process(Base):
    """One running process; it writes `seen_at` (real time) every few seconds. The dead are forgotten after a day.

    `kind` is its command (`all`, `serve`, `worker`, `clock`); `on_duty` says of one with a clock that it is the one
    that works.
    """

    __tablename__ = "process"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    host: Mapped[str] = mapped_column(String(100))
    pid: Mapped[int]
    version: Mapped[str] = mapped_column(String(40))
    on_duty: Mapped[bool]
    started_at: Mapped[Moment]
    seen_at: Mapped[Moment]
