"""Readings of lists, kept: looked at and waiting for somebody's yes, taken, or let go."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import BinaryIO, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.core.permissions import SYSTEM, Actor
from bot.db import Database
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Feed, ImportRun
from bot.now import jst
from bot.services import audit, imports
from bot.services.context import Context
from bot.services.imports import Job, Report
from content.formats import opening
from content.formats.rows_in import City
from content.packs_model import Source

SHOWN: Final = 1000  # remarks of a kind that a run keeps
MAX_UPLOAD: Final = 20 * 1024 * 1024
KEPT: Final = timedelta(days=3)  # a file waits so long for a yes
RUNS_KEPT: Final = timedelta(days=400)


def take_file(context: Context, job: Job, stream: BinaryIO, city: City, file_name: str) -> Report:
    """Read a file at once, from the command line."""
    with context.database.write() as session:
        run = _new(session, job, file_name, SYSTEM, "failed", _digest(stream))
        number = run.id
    return _finish(context.database, replace(job, run=number), stream, city, SYSTEM)


def take_body(context: Context, job: Job, body: bytes, file_name: str, actor: Actor, feed: int | None = None) -> Report:
    """Read a file at once that a feed brought."""
    with context.database.write() as session:
        run = _new(session, job, file_name, actor, "failed", hashlib.sha256(body).hexdigest())
        run.feed_id, number = feed, run.id
        city = imports.city_of(session, job.municipality, job.now, job.source, job.collection)
    return _finish(context.database, replace(job, run=number), io.BytesIO(body), city, actor)


def look_at(context: Context, job: Job, body: bytes, file_name: str, actor: Actor, feed: int | None = None) -> int:
    """Look at a file and keep it for a yes; returns the run's id. Raises BadInputError for a file that is none."""
    stream = io.BytesIO(body)
    opening.check_size(len(body), MAX_UPLOAD)
    with context.database.read() as session:
        _allow(actor, job.municipality, job.now)
        city = imports.city_of(session, job.municipality, job.now, job.source, job.collection)
    report = imports.look(job, stream, city, context.database)
    with context.database.write() as session:
        if feed is not None:  # what waited of the same feed is out of date now
            session.execute(
                update(ImportRun)
                .where(ImportRun.municipality_id == job.municipality, ImportRun.feed_id == feed)
                .where(ImportRun.state == "checked")
                .values(state="dropped", body=None)
            )
        run = _new(session, job, file_name, actor, "checked", hashlib.sha256(body).hexdigest())
        run.report, run.body, run.feed_id = report.as_json(SHOWN), body, feed
        session.flush()
        return run.id


def take(context: Context, municipality: str, run_id: int, actor: Actor, now: datetime) -> Report:
    """Take in what was looked at. Raises NotFoundError, ConflictError when it was taken or dropped meanwhile."""
    _allow(actor, municipality, now)
    with context.database.write() as session:
        run = get(session, municipality, run_id)
        body = _waiting(session, run)
        job = Job(municipality, run.kind, run.collection, now, samples=context.settings.demo, run=run.id)
        run.state = "failed"  # until the end; a reading cut short can be done again
        session.flush()
        city = imports.city_of(session, municipality, now, _source(session, run), run.collection)
    return _finish(context.database, job, io.BytesIO(body), city, actor)


def _source(session: Session, run: ImportRun) -> Source | None:
    """What a feed brought names the feed."""
    feed = session.get(Feed, run.feed_id) if run.feed_id else None
    return Source(feed.name, feed.url) if feed else None


def drop(context: Context, municipality: str, run_id: int, actor: Actor, now: datetime) -> None:
    """Let a file go."""
    _allow(actor, municipality, now)
    with context.database.write() as session:
        run = get(session, municipality, run_id)
        _waiting(session, run)
        run.state, run.body = "dropped", None
        audit.record(session, municipality, actor, "import.drop", f"import:{run.id}", now, {"kind": run.kind})


def get(session: Session, municipality: str, run_id: int) -> ImportRun:
    """One run. Raises NotFoundError."""
    run = session.get(ImportRun, run_id)
    if run is None or run.municipality_id != municipality:
        raise NotFoundError("この取り込みは見つかりません。")
    return run


def listed(session: Session, municipality: str, limit: int = 50) -> list[ImportRun]:
    """The newest first, without the files."""
    columns = [column for column in ImportRun.__table__.columns.keys() if column != "body"]  # noqa: SIM118
    query = select(*(getattr(ImportRun, name) for name in columns)).where(ImportRun.municipality_id == municipality)
    found = session.execute(query.order_by(ImportRun.id.desc()).limit(limit))
    return [ImportRun(**row._mapping) for row in found]  # noqa: SLF001  SQLAlchemy's public name for a row as a mapping


def forget(session: Session, municipality: str, now: datetime) -> None:
    """Files that nobody took go after KEPT, runs after RUNS_KEPT."""
    mine = ImportRun.municipality_id == municipality
    session.execute(
        update(ImportRun)
        .where(mine, ImportRun.body.is_not(None), ImportRun.at < now - KEPT)
        .values(body=None, state="dropped")
    )
    session.execute(delete(ImportRun).where(mine, ImportRun.at < now - RUNS_KEPT))


def _waiting(session: Session, run: ImportRun) -> bytes:
    session.refresh(run, with_for_update=True)
    if run.body is None or run.state not in {"checked", "failed"}:
        raise ConflictError("このファイルは、もう取り込んだか、やめたものです。新しく入れてください。")
    return run.body


def _finish(database: Database, job: Job, stream: BinaryIO, city: City, actor: Actor) -> Report:
    try:
        report = imports.take(job, stream, city, database)
    except BadInputError as error:
        with database.write() as session:
            session.execute(
                update(ImportRun).where(ImportRun.id == job.run).values(report={"why": error.message}, state="failed")
            )
        raise
    with database.write() as session:
        run = get(session, job.municipality, job.run)
        run.state, run.report, run.body = "taken", report.as_json(SHOWN), None
        details = {
            "kind": job.kind, "read": report.read, "accepted": report.accepted, "refused": len(report.rejected),
            "added": report.added, "changed": report.changed,
        }  # fmt: skip
        audit.record(session, job.municipality, actor, "import.take", f"import:{run.id}", job.now, details)
    return report


def _new(session: Session, job: Job, file_name: str, actor: Actor, state: str, digest: str) -> ImportRun:
    run = ImportRun(
        municipality_id=job.municipality, kind=job.kind, collection=job.collection, file_name=file_name[:200],
        digest=digest, at=job.now, actor=actor.name[:60], state=state, report={},
    )  # fmt: skip
    session.add(run)
    session.flush()
    return run


def _digest(stream: BinaryIO) -> str:
    found = hashlib.sha256()
    stream.seek(0)
    while chunk := stream.read(1 << 20):
        found.update(chunk)
    stream.seek(0)
    return found.hexdigest()


def _allow(actor: Actor, municipality: str, now: datetime) -> None:
    if actor is not SYSTEM and not actor.may("open_data.write", municipality, jst(now).date(), ()):
        raise NotAllowedError("データを取り込む役割がありません。市の担当にお願いしてください。")
