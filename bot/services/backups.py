"""Backup and restore: SQLite by its own backup API (safe while running), PostgreSQL by pg_dump and pg_restore.

The key store is never part of a backup: a ballot of an open poll cannot be linked from a backup alone.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, func, make_url, update
from sqlalchemy.exc import SQLAlchemyError

from bot.db import Database
from bot.errors import BadInputError, ConflictError, UnavailableError
from bot.models import Announcement
from bot.now import real_now
from bot.services import processes
from bot.services.exclusive import Lock

SQLITE_MARK = b"SQLite format 3\x00"
PG_MARK = b"PGDMP"
CALLED_OFF = "バックアップから戻したとき、送る時刻を過ぎていました。送ったあとかもしれないので、取り消しました。"


def backup(database_url: str, file: Path) -> int:
    """Write a copy of the database; returns its size in bytes. The file appears only when it is whole."""
    url = make_url(database_url)
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    if url.get_backend_name() == "sqlite":
        _backup_sqlite(url, part)
    else:
        _pg("pg_dump", url, "--format=custom", f"--file={part}")
    part.replace(file)
    return file.stat().st_size


def restore(database_url: str, file: Path, *, replace: bool) -> None:
    """Put a backup in place. Raises BadInputError for a file that is none, ConflictError when data would be lost."""
    url = make_url(database_url)
    with file.open("rb") as handle:
        start = handle.read(16)
    if url.get_backend_name() == "sqlite":
        if start != SQLITE_MARK:
            raise BadInputError(f"{file} is not a backup of an SQLite installation of Entaku.")
        _restore_sqlite(database_url, url, file, replace=replace)
    else:
        if not start.startswith(PG_MARK):
            raise BadInputError(f"{file} is not a backup of a PostgreSQL installation of Entaku.")
        if not replace:
            raise ConflictError("Restoring replaces all tables of this database; say --replace when that is meant.")
        _restore_postgresql(database_url, url, file)


def call_off_overdue(database: Database, now: datetime) -> int:
    """After a restore: what was to be sent by now may have been sent since the backup. Returns how many.

    Batches that were frozen before the backup keep their retry keys: LINE knows those itself, for a day.
    """
    row = Announcement
    overdue = (row.state == "scheduled", func.coalesce(row.send_at, row.approved_at, row.created_at) <= now)
    with database.write(durable=True) as session:
        done = session.execute(
            update(row).where(*overdue).values(state="cancelled", comment=CALLED_OFF, version=row.version + 1)
        )
        return int(done.rowcount)  # type: ignore[attr-defined]


def _backup_sqlite(url: URL, target: Path) -> None:
    source = Path(url.database or "")
    if not source.is_file():
        raise BadInputError(f"There is no database at {source} yet.")
    with closing(sqlite3.connect(source)) as have, closing(sqlite3.connect(target)) as copy:
        have.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _restore_sqlite(database_url: str, url: URL, file: Path, *, replace: bool) -> None:
    target = Path(url.database or "")
    _examine(file)
    if target.exists() and not replace:
        raise ConflictError(f"{target} holds a database; say --replace when it is to be replaced.")
    lock = Lock(Database(database_url), "entaku-clock")
    if not lock.take(wait=False):
        raise ConflictError("Entaku is running on this database; stop it first.")
    try:
        part = target.with_name(target.name + ".part")
        shutil.copyfile(file, part)
        for suffix in ("-wal", "-shm"):
            Path(f"{target}{suffix}").unlink(missing_ok=True)
        part.replace(target)
    finally:
        lock.release()


def _restore_postgresql(database_url: str, url: URL, file: Path) -> None:
    database = Database(database_url)
    lock = Lock(database, "entaku-clock")
    try:
        if not lock.take(wait=False) or _somebody_runs(database):
            raise ConflictError("Entaku is running on this database; stop all its processes first.")
        _pg("pg_restore", url, "--clean", "--if-exists", "--no-owner", f"--dbname={url.database}", str(file))
    finally:
        lock.release()
        database.close()


def _somebody_runs(database: Database) -> bool:
    """Whether a process was seen in the last three quarters of a minute; an empty database has none."""
    try:
        with database.read() as session:
            return bool(processes.alive(session, real_now()))
    except SQLAlchemyError:
        return False


def _examine(file: Path) -> None:
    try:
        with closing(sqlite3.connect(file)) as connection:
            whole = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            ours = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'inbox_event'").fetchone()
    except sqlite3.DatabaseError:
        whole, ours = False, None
    if not whole:
        raise BadInputError(f"{file} is damaged; take another backup.")
    if not ours:
        raise BadInputError(f"{file} is not a backup of Entaku.")


def _pg(program: str, url: URL, *arguments: str) -> None:
    if shutil.which(program) is None:
        raise UnavailableError(f"{program} is not installed here (Debian: postgresql-client).")
    environment = {
        **os.environ,
        "PGHOST": url.host or str(url.query.get("host", "")),
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.username or "",
        "PGPASSWORD": url.password or "",
        "PGDATABASE": url.database or "",
    }
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise UnavailableError(f"{program} failed: {done.stderr.strip()[:300]}")
