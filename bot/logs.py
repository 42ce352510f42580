"""Structured logs: one JSON object a line on standard error, with a request id, never with personal data.

A rule of the house: events name ids of rows, kinds and numbers. As a second net, whatever looks like a LINE
user id or an access token is blotted out before it is written.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_LINE_ID = re.compile(r"\b[UCR][0-9a-f]{32}\b")
_BEARER = re.compile(r"Bearer\s+\S+")


def set_up(level: str = "info") -> None:
    """Configure structlog and the standard library's logging for this process."""
    number = getattr(logging, level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _error_without_text,
            blot,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=max(number, logging.WARNING), stream=sys.stderr, format="%(name)s %(levelname)s %(message)s"
    )
    # A tick that finds its last run still going says so each time; that is how ticks are meant.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def blot(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blot out ids and tokens in every text of a log line."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _BEARER.sub("Bearer …", _LINE_ID.sub("U…", value))
    return event


def _error_without_text(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception becomes its type and the place it came from: its text may quote what a resident wrote."""
    if event.pop("exc_info", None):
        kind, _, trace = sys.exc_info()
        places = []
        while trace is not None:
            places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}")
            trace = trace.tb_next
        event["error"] = kind.__name__ if kind else "?"
        event["at"] = places[-4:]
    return event
