"""The processes that run: each says every few seconds that it is there; the doctor and the console read it."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version as version_of
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.models import Process

EVERY: Final = 10.0  # seconds between two signs of life
ALIVE: Final = timedelta(seconds=45)  # seen no longer ago than this
FORGOTTEN: Final = timedelta(days=1)


@dataclass(frozen=True)
class Myself:
    """What a process says of itself."""

    kind: str
    started_at: datetime
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


def version() -> str:
    """The release that runs here."""
    return version_of("entaku")


def here(session: Session, me: Myself, real_now: datetime, *, on_duty: bool) -> None:
    """A sign of life; rows of those long dead are forgotten on the way."""
    host = socket.gethostname()[:100]
    row = Process(id=me.id, kind=me.kind, host=host, pid=os.getpid(), version=version(), started_at=me.started_at)
    row.on_duty, row.seen_at = on_duty, real_now
    session.merge(row)
    session.execute(delete(Process).where(Process.seen_at < real_now - FORGOTTEN))


def gone(session: Session, me: Myself) -> None:
    """The process ends in order."""
    session.execute(delete(Process).where(Process.id == me.id))


def alive(session: Session, real_now: datetime) -> Sequence[Process]:
    """Who was seen lately, by kind."""
    query = select(Process).where(Process.seen_at >= real_now - ALIVE)
    return session.scalars(query.order_by(Process.kind, Process.started_at)).all()
