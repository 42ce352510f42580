"""Applies the table of retention, each rule in a transaction of its own, until nothing is left to do."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import structlog

from bot.now import real_now
from bot.services import erasing, retention_runs
from bot.services.context import Context
from bot.services.retention import ERASED_AT_ONCE, RULES, Times

log = structlog.get_logger(__name__)


def apply(context: Context, now: datetime) -> dict[str, int]:
    """Erase what is due, and make it unrecoverable (the write-ahead log is truncated). Returns how many by rule."""
    done: dict[str, int] = {}
    times = Times(now, real_now())
    for rule in RULES:
        whose: Counter[str] = Counter()
        while True:
            with context.database.write() as session:
                count = rule.act(context, session, times)
                counts = erasing.noted(session, count)
                retention_runs.note(session, rule.name, counts, whose, now)
            whose.update(counts)
            if count < ERASED_AT_ONCE:
                break
        if whose:
            done[rule.name] = whose.total()
    if done:
        context.database.checkpoint()
        log.info("retention.applied", **done)
    context.database.learn()
    return done
