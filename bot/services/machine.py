"""What staff must know of the machine itself: room on the disk, the last backup, which processes run, what waits."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, make_url, select, text
from sqlalchemy.orm import Session

from bot.db import Database
from bot.models import Heartbeat, InboxEvent, Process
from bot.services import processes
from bot.settings import Settings

BACKUP: Final = "backup"  # the heartbeat's name
BACKUP_OLD: Final = timedelta(days=2)
SHORT_OF: Final = 1024**3  # bytes of free disk under which staff are warned


@dataclass(frozen=True)
class Machine:
    """Sizes in bytes; `waits_since`: when the oldest message that nobody has handled yet came in."""

    free: int
    least: int
    database: int
    backup_at: datetime | None
    backup_late: bool
    processes: Sequence[Process]
    waiting: int
    waits_since: datetime | None

    @property
    def short(self) -> bool:
        """Whether there is little room left."""
        return self.free < max(SHORT_OF, 2 * self.least)


def look(session: Session, settings: Settings, municipality: str, real_now: datetime) -> Machine:
    """How the machine is now. What waits is this municipality's only."""
    url = make_url(settings.database_url)
    folder = Path(url.database or ".").resolve().parent if url.get_backend_name() == "sqlite" else Path.cwd()
    beat = session.get(Heartbeat, BACKUP)
    mine = (InboxEvent.municipality_id == municipality, InboxEvent.state == "waiting")
    waiting, oldest = session.execute(select(func.count(), func.min(InboxEvent.received_at)).where(*mine)).one()
    return Machine(
        free=shutil.disk_usage(folder).free,
        least=settings.min_free_mb * 1024 * 1024,
        database=_size(session, url.database if url.get_backend_name() == "sqlite" else None),
        backup_at=beat.at if beat is not None else None,
        backup_late=beat is None or real_now - beat.at > BACKUP_OLD,
        processes=processes.alive(session, real_now),
        waiting=waiting,
        waits_since=oldest,
    )


def backed_up(database: Database, real_now: datetime) -> None:
    """A backup was written whole."""
    with database.write() as session:
        session.merge(Heartbeat(name=BACKUP, at=real_now))


def _size(session: Session, file: str | None) -> int:
    if file is None:
        return int(session.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    return sum(part.stat().st_size for part in (Path(file), Path(f"{file}-wal")) if part.exists())
