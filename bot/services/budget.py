"""The month's messages of a municipality: what LINE allows, what was used, what is planned, what is kept.

A push or multicast costs one message a recipient (line-platform: counted per recipient and request); replies are free.
Months are Japan's. LINE's own count is read every ten minutes (scheduler.quota); what was sent since then is added.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from bot.core import budget_rules
from bot.core.budget_rules import BLOCK_PERCENT, URGENT
from bot.core.months import Month, month_of
from bot.core.permissions import Actor
from bot.core.small_numbers import rounded_up
from bot.errors import BadInputError, NotAllowedError
from bot.models import Announcement, AnnouncementBatch, BudgetRule, Channel, Circular, OutboxMessage
from bot.now import jst
from bot.services import audit, series
from bot.services.announcement_reach import whom_of
from bot.services.budget_planned import DIGESTS, Page, Planned, forecast, going_out

__all__ = [
    "DIGESTS", "Planned", "Quota", "accepted_in", "forecast", "pushed_in", "quota", "quota_for", "refusal", "rule",
    "sends", "settle", "used_by",
]  # fmt: skip


@dataclass(frozen=True)
class Quota:
    """A month's messages at LINE. `limit` None: unlimited, or never read (then `read_at` is None too).

    `used` is LINE's own count plus what was accepted since; `scheduled` is all that is planned; `reserve`
    is kept for emergencies and called-off activities, and is part of `remaining`.
    """

    limit: int | None
    used: int
    scheduled: int
    remaining: int | None
    read_at: datetime | None = None
    reserve: int = 0
    going_out: int = 0  # of what is scheduled: being sent at this moment

    def free(self, urgency: str = "normal") -> int | None:
        """Messages that one more announcement may use; None: as many as it likes.

        An urgent one may use the reserve, and goes before what is only planned.
        """
        if self.limit is None:
            return None
        taken = self.used + (self.going_out if urgency in URGENT else self.scheduled + self.reserve)
        return max(0, self.limit - taken)

    def lacks(self, recipients: int, urgency: str = "normal") -> int:
        """How many messages are missing for this many recipients; 0 when they fit."""
        left = self.free(urgency)
        return 0 if left is None else max(0, recipients - left)


def rule(session: Session, municipality: str) -> tuple[int | None, int]:
    """What the municipality settled: the reserve (None: a tenth), and which percent of leavers is a warning."""
    row = session.get(BudgetRule, municipality)
    return (None, BLOCK_PERCENT) if row is None else (row.reserve, row.block_percent)


def settle(
    session: Session, municipality: str, actor: Actor, reserve: int | None, block_percent: int, now: datetime
) -> None:
    """Set both. Raises NotAllowedError, BadInputError."""
    if not actor.may("budget.manage", municipality, jst(now).date()):
        raise NotAllowedError("今月の通数の決まりを変えられるのは、市の担当と管理者です。")
    if not 1 <= block_percent <= budget_rules.MOST_PERCENT or not (reserve is None or 0 <= reserve <= 10**7):
        raise BadInputError(f"予備は0以上の数、割合は1から{budget_rules.MOST_PERCENT}までの数にしてください。")
    row = session.get(BudgetRule, municipality) or BudgetRule(municipality_id=municipality)
    row.reserve, row.block_percent = reserve, block_percent
    session.add(row)
    details = {"reserve": reserve, "percent": block_percent}
    audit.record(session, municipality, actor, "budget.change", "budget", now, details)


def quota(
    session: Session,
    municipality: str,
    now: datetime,
    at: datetime | None = None,
    but: Collection[Page] = (),
    *,
    plans: bool = True,
) -> Quota:
    """The quota of the month (Japan's) that `at` lies in, this month when left out; `but`: plans not counted.

    Without `plans` none is, as for what is sent now: reckoning them all costs more than the sending of many.

    An announcement being sent counts as used as far as LINE accepted it since the count was read, the rest as
    scheduled: at worst a few are counted twice until the next reading, never too few.
    """
    channel = session.get(Channel, municipality)
    month = month_of(max(at or now, now))
    read_at = channel.quota_read_at if channel else None
    used = (channel.quota_used or 0) if channel and read_at and month_of(read_at) == month else 0
    used += accepted_in(session, municipality, month, read_at)
    scheduled = sum(one.messages for one in forecast(session, municipality, month, now, but)) if plans else 0
    limit = channel.quota if channel else None
    remaining = None if limit is None else max(0, limit - used - scheduled)
    kept = budget_rules.reserve(limit, rule(session, municipality)[0])
    out = going_out(session, municipality) if month == month_of(now) else 0
    return Quota(limit, used, scheduled, remaining, read_at, kept, out)


def quota_for(session: Session, row: Announcement, now: datetime, at: datetime | None = None) -> Quota:
    """The quota of the month in which an announcement that is not approved yet is sent (`at`: were it sent then).

    What it stands for is not counted beside it: its own issue of the circular, the series that it replaces.
    """
    return quota(session, row.municipality_id, now, at or row.send_at, _itself(session, row))


def sends(session: Session, row: Announcement, now: datetime, at: datetime | None = None) -> int:
    """How often it goes out in that month: once, or on every date of its series that is approved with it."""
    again = series.of(session, row)
    if again is None or again.state != "draft":
        return 1
    month = month_of(max(at or row.send_at or now, now))
    first, last = jst(max(month.begins, now)).date(), jst(month.ends).date() - timedelta(days=1)
    moments = [series.plan_of(again).moment(one.day) for one in series.dates_in(again, first, last)]
    return max(1, sum(one > now for one in moments))


def refusal(session: Session, row: Announcement, reached: int, now: datetime) -> str | None:
    """Why an announcement may not be approved: the month has not enough messages for it. None: it fits."""
    left, times = quota_for(session, row, now), sends(session, row, now)
    if not left.lacks(reached * times, row.urgency):
        return None
    if whom_of(session, row).hidden:
        reached = rounded_up(reached)
    short = left.lacks(reached * times, row.urgency)
    kept = f"(緊急のための予備{left.reserve}通をのぞいて)" if left.reserve and row.urgency not in URGENT else ""
    needed = f"{reached}通" if times == 1 else f"{reached * times}通(1回{reached}通が、この月に{times}回)"
    return (
        f"今月送れる数が足りません。使う数は{needed}、残りは{kept}{left.free(row.urgency)}通です(あと{short}通)。"
        f"{_choices(session, row)}、予備を見直す、のどれかを選べます。"
    )


def _choices(session: Session, row: Announcement) -> str:
    """What can be done about too few messages, in words (bot.services.budget_choices)."""
    if row.kind == "circular":
        return "この号を来月にする"
    later = "来月から始める" if series.of(session, row) is not None else "来月にする"
    return f"地区をしぼる、{later}、今週まだ受け取っていない人だけにする"


def _itself(session: Session, row: Announcement) -> set[Page]:
    """The plans that an announcement takes the place of."""
    issues = select(Circular.id).where(
        Circular.announcement_id == row.id, Circular.municipality_id == row.municipality_id
    )
    found = {("announcement", row.id), *(("circular", one) for one in session.scalars(issues))}
    again = series.of(session, row)
    if again is not None and again.state == "draft" and again.replaces_id is not None:
        made = select(Announcement.id).where(
            Announcement.series_id == again.replaces_id, Announcement.state == "scheduled"
        )
        found |= {("series", again.replaces_id), *(("announcement", one) for one in session.scalars(made))}
    return found


def accepted_in(session: Session, municipality: str, month: Month, since: datetime | None = None) -> int:
    """Messages of announcements that LINE accepted in a month; `since`: of those not over before then."""
    batch = AnnouncementBatch
    query = select(func.coalesce(func.sum(batch.count), 0)).where(_accepted(municipality, month))
    if since is not None:
        recent = or_(Announcement.finished_at.is_(None), Announcement.finished_at > since)
        query = query.join(Announcement, Announcement.id == batch.announcement_id).where(recent)
    return int(session.scalar(query) or 0)


def used_by(session: Session, municipality: str, month: Month) -> list[tuple[str, int]]:
    """Messages of a month by sender (差出人), most first."""
    total = func.sum(AnnouncementBatch.count)
    query = (
        select(Announcement.sender, total)
        .join(AnnouncementBatch, AnnouncementBatch.announcement_id == Announcement.id)
        .where(_accepted(municipality, month))
        .group_by(Announcement.sender)
        .order_by(total.desc(), Announcement.sender)
    )
    return [(sender, int(number)) for sender, number in session.execute(query)]


def pushed_in(session: Session, municipality: str, month: Month) -> int:
    """Messages of a month to single residents that were no replies: reminders, answers, receipts."""
    row = OutboxMessage
    within = (row.created_at >= month.begins, row.created_at < month.ends)
    pushed = select(func.count()).where(row.municipality_id == municipality, row.via == "push", row.state == "settled")
    return session.scalar(pushed.where(*within)) or 0


def _accepted(municipality: str, month: Month) -> ColumnElement[bool]:
    """Batches counted to a month by their first try, so that a send over midnight falls into both."""
    batch = AnnouncementBatch
    within = and_(batch.first_try_at >= month.begins, batch.first_try_at < month.ends)
    return and_(batch.municipality_id == municipality, batch.state == "accepted", within)
