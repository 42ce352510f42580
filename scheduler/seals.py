"""Seals what the audit got, writes its head outside once a day, and checks the chain: daily and when asked."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from bot.models import Municipality
from bot.now import jst
from bot.services import alerts, audit_heads, audit_seals
from bot.services.audit_seals import BATCH, Check
from bot.services.context import Context

ALERT = "audit_broken"
EVERY = 5  # seconds between two looks
_MOST_BATCHES = 200  # in one go; what is left comes at the next

log = structlog.get_logger(__name__)


def keep(context: Context) -> None:
    """Everything that is due."""
    seal(context)
    now = context.clock()
    with context.database.read() as session:
        chain = audit_seals.chain(session)
    if chain is None:
        return
    new_day = chain.logged_day != jst(now).date()
    if new_day:
        log_head(context)
    if new_day or chain.asked_at is not None:
        check(context)


def seal(context: Context) -> int:
    """Seal what is new, BATCH rows in each transaction; returns how many."""
    done = 0
    for _ in range(_MOST_BATCHES):
        with context.database.read() as session:
            if not audit_seals.any_new(session):
                break
        with context.database.write(durable=True) as session:
            count = audit_seals.seal_new(session, context.clock())
        done += count
        if count < BATCH:
            break
    return done


def log_head(context: Context) -> None:
    """The head outside the database: a line in the program's own log, and one in the file of heads."""
    now = context.clock()
    with context.database.read() as session:
        chain = audit_seals.chain(session)
    if chain is None:
        return
    log.info("audit.head", count=chain.count, head=chain.seal.hex())
    file = audit_heads.file_of(context.settings)
    if file is not None:
        try:
            audit_heads.append(file, audit_heads.line_of(chain, now))
        except OSError as error:
            log.exception("audit.head_not_written", kind=type(error).__name__)
            return  # tried again at the next look
    with context.database.write() as session:
        audit_seals.keep_logged(session, jst(now).date())


def check(context: Context) -> Check:
    """Check the whole chain against itself and the heads outside; a break raises an alert in every municipality."""
    file, now = audit_heads.file_of(context.settings), context.clock()
    noted = audit_heads.read(file) if file else []
    with context.database.read() as session:
        found = audit_seals.check(session, noted)
        cities = list(session.scalars(select(Municipality.id)))
    words = audit_heads.words(found.broken) if found.broken else None
    with context.database.write() as session:
        audit_seals.keep_result(session, found, words, now)
        for city in cities:
            if words is None:
                alerts.clear_alert(session, city, ALERT)
            else:
                alerts.raise_alert(session, city, ALERT, f"操作の記録が合いません。{words}"[:300], now)
    if words is not None:
        log.error("audit.broken", position=found.broken.position if found.broken else None)
    return found
