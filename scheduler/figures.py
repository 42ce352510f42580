"""Counts the day that is over."""

from __future__ import annotations

import structlog

from bot.services import day_counts
from bot.services.context import Context

log = structlog.get_logger(__name__)


def count(context: Context) -> None:
    """Write down the numbers of every day that is over and was not counted yet."""
    if counted := day_counts.keep(context, context.clock()):
        log.info("figures.counted", days=counted)
