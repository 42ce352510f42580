"""Reads the addresses that are due: one at a time, calls outside transactions, each held by one process."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import select

from bot.core.permissions import SYSTEM
from bot.errors import EntakuError
from bot.fetching import Fetcher, FetchError
from bot.models import Feed, Municipality
from bot.now import real_now
from bot.services import feeds, import_runs, imports
from bot.services.context import Context
from bot.services.imports import Job, Report
from content.packs_model import Source

log = structlog.get_logger(__name__)

AT_ONCE: Final = 10  # feeds a tick


@dataclass(frozen=True)
class _Read:
    """What came of reading a feed: words for staff, and what to remember."""

    said: str
    headers: dict[str, str | None]


def read_due(context: Context) -> int:
    """Read what is due; returns how many were tried."""
    for tried in range(AT_ONCE):
        now = context.clock()
        with context.database.write() as session:
            feed = feeds.claim(session, now, real_now())
        if feed is None:
            return tried
        _one(context, feed, now)
    return AT_ONCE


def tidy(context: Context) -> None:
    """Forget files that nobody decided about, and old runs."""
    with context.database.read() as session:
        cities = list(session.scalars(select(Municipality.id)))
    for city in cities:
        with context.database.write() as session:
            import_runs.forget(session, city, context.clock())


def _one(context: Context, feed: Feed, now: datetime) -> None:
    why, wait = "", None
    try:
        read = _read(context, feed, now)
    except FetchError as error:
        why, wait = error.why, error.wait
    except EntakuError as error:
        why = error.message
    except Exception:  # one feed must not keep the others from being read
        log.exception("feed.fault", feed=feed.id)
        why = "読んだものを扱えませんでした。しくみの担当者に知らせてください。"
    with context.database.write() as session:
        if why:
            feeds.failed(session, feed.id, why, now, wait)
        else:
            feeds.worked(session, feed.id, read.said, now, **read.headers)
    log.info("feed.read", feed=feed.id, municipality=feed.municipality_id, failed=bool(why))


def _read(context: Context, feed: Feed, now: datetime) -> _Read:
    fetcher = Fetcher(frozenset(context.settings.feed_private_hosts.split()), import_runs.MAX_UPLOAD)
    answer = fetcher.get(feed.url, feed.hosts.split(), feed.etag, feed.last_modified)
    if answer.data is None:
        return _Read("変わりありません。", {})
    digest = hashlib.sha256(answer.data).hexdigest()
    headers = answer.headers | {"digest": digest}
    if digest == feed.digest:
        return _Read("変わりありません。", headers)
    name = f"{feed.name}({feed.url})"[:200]
    source = Source(feed.name, feed.url)
    job = Job(feed.municipality_id, feed.kind, f"feed:{feed.id}", now, context.settings.demo, 0, source)
    if feed.accept == "auto" or feed.kind == "news":  # news come as drafts: a person publishes each
        report = import_runs.take_body(context, job, answer.data, name, SYSTEM, feed.id)
        return _Read(_words(report, feed.kind), headers)
    return _Read(_waits(context, job, answer.data, name, feed.id), headers)


def _waits(context: Context, job: Job, body: bytes, name: str, feed: int) -> str:
    """Kept for somebody's yes, if it would change anything."""
    with context.database.read() as session:
        city = imports.city_of(session, job.municipality, job.now, job.source, job.collection)
    report = imports.look(job, io.BytesIO(body), city, context.database)
    if not (report.added or report.changed or report.kept or report.gone):
        return "変わりありません。"
    import_runs.look_at(context, job, body, name, SYSTEM, feed)
    return f"{_words(report, job.kind)} 職員が確かめるのを待っています。"


def _words(report: Report, kind: str) -> str:
    new = "新しい下書き" if kind == "news" else "新しい"
    return (
        f"{report.read}行を読みました({new}{report.added}、変わった{report.changed}、"
        f"使えない行{len(report.rejected)}、注意{len(report.warnings)})。"
    )
