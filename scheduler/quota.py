"""Reads LINE's quota and this month's count now and then, so that a screen can say what is left without asking LINE."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from bot.line.client import Answer, LineClient, Outcome
from bot.models import Channel
from bot.services import alerts
from bot.services.channels import ChannelBook
from bot.services.context import Context

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=10)  # LINE asks not to be polled; its count is approximate anyway
SLACK = timedelta(seconds=5)  # a tick of ten minutes may come a moment early
LOW_SHARE = 0.1
QUOTA, CONSUMPTION = "/v2/bot/message/quota", "/v2/bot/message/quota/consumption"
TOKEN_TEXT = "LINEがアクセストークンを受け付けません。直るまで、お知らせも返事も送れません。"  # noqa: S105
LOW = "今月LINEで送れる数が、残り{left}通になりました(全部で{limit}通)。"


def read(context: Context, channels: ChannelBook, client: LineClient) -> int:
    """Read every channel whose last reading is ten minutes old, also after a restart; returns how many were read."""
    now = context.clock()
    with context.database.read() as session:
        due = [row.municipality_id for row in session.scalars(select(Channel)) if _is_due(row.quota_read_at, now)]
    return sum(_read_one(context, channels, client, municipality, now) for municipality in due)


def _is_due(read_at: datetime | None, now: datetime) -> bool:
    return read_at is None or not timedelta(0) <= now - read_at < EVERY - SLACK


def _read_one(context: Context, channels: ChannelBook, client: LineClient, municipality: str, now: datetime) -> bool:
    token = channels.get(municipality).token
    quota = client.call("GET", QUOTA, token)
    used = client.call("GET", CONSUMPTION, token) if quota.outcome is Outcome.ACCEPTED else quota
    limit, count = _number(quota, "value"), _number(used, "totalUsage")
    if used.outcome is not Outcome.ACCEPTED or count is None:
        log.warning("quota.unread", municipality=municipality, status=used.status)
        if used.outcome is Outcome.TOKEN:
            with context.database.write() as session:
                alerts.raise_alert(session, municipality, "token", TOKEN_TEXT, now)
            channels.forget()
        return False
    with context.database.write() as session:
        row = session.get(Channel, municipality)
        if row is None:
            return False
        row.quota, row.quota_used, row.quota_read_at = limit, count, now
        alerts.clear_alert(session, municipality, "token")  # LINE has just taken it
        if limit is not None and limit - count < limit * LOW_SHARE:
            alerts.raise_alert(session, municipality, "quota", LOW.format(left=max(0, limit - count), limit=limit), now)
        else:
            alerts.clear_alert(session, municipality, "quota")
    return True


def _number(answer: Answer, name: str) -> int | None:
    """A count in LINE's answer; an unlimited quota (`type` none) has no value."""
    value = answer.data.get(name) if isinstance(answer.data, dict) else None
    return value if isinstance(value, int) else None
