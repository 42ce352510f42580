"""The month's messages of a municipality: what LINE allows, what was used, what is planned, what is kept.

A push or multicast costs one message a recipient (line-platform: counted per recipient and request); replies are free.
Months are Japan's. LINE's own count is read every ten minutes (scheduler.quota); what was sent since then is added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, defer

from bot.core import budget_rules
from bot.core.budget_rules import BLOCK_PERCENT, URGENT
from bot.core.months import Month, month_of
from bot.core.permissions import Actor
from bot.core.small_numbers import rounded_up
from bot.errors import BadInputError, NotAllowedError
from bot.models import (
    Announcement,
    AnnouncementBatch,
    AnnouncementRecipient,
    BudgetRule,
    Channel,
    DeadlineReminder,
    OutboxMessage,
    Poll,
    Reminder,
)
from bot.now import jst
from bot.services import audit, groups
from bot.services.announcement_reach import count, whom_of, whoms_of


@dataclass(frozen=True)
class Quota:
    """A month's messages at LINE. `limit` None: unlimited, or never read (then `read_at` is None too).

    `used` is LINE's own count plus what was accepted since; `scheduled` is approved and not yet accepted; `reserve`
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


@dataclass(frozen=True)
class Planned:
    """Something that will use messages this month. `kind` says what; `at` None: as soon as it may."""

    kind: str  # announcement | digest | poll_reminder | reminder | series ...
    title: str
    messages: int
    at: datetime | None = None
    announcement_id: int | None = None
    rough: bool = False


Forecaster = Callable[[Session, str, Month, datetime], Iterable[Planned]]


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


def quota(session: Session, municipality: str, now: datetime, at: datetime | None = None) -> Quota:
    """The quota of the month (Japan's) that `at` lies in, this month when left out.

    An announcement being sent counts as used as far as LINE accepted it since the count was read, the rest as
    scheduled: at worst a few are counted twice until the next reading, never too few.
    """
    channel = session.get(Channel, municipality)
    month = month_of(max(at or now, now))
    read_at = channel.quota_read_at if channel else None
    used = (channel.quota_used or 0) if channel and read_at and month_of(read_at) == month else 0
    used += accepted_in(session, municipality, month, read_at)
    going_out = _going_out(session, municipality) if month == month_of(now) else 0
    scheduled = going_out + sum(one.messages for one in announced(session, municipality, month, now))
    if month == month_of(now):
        scheduled += sum(one.messages for one in _digests(session, municipality, month, now))
    limit = channel.quota if channel else None
    remaining = None if limit is None else max(0, limit - used - scheduled)
    kept = budget_rules.reserve(limit, rule(session, municipality)[0])
    return Quota(limit, used, scheduled, remaining, read_at, kept, going_out)


def refusal(session: Session, row: Announcement, reached: int, now: datetime) -> str | None:
    """Why an announcement may not be approved: the month has not enough messages for it. None: it fits."""
    left = quota(session, row.municipality_id, now, row.send_at)
    if not left.lacks(reached, row.urgency):
        return None
    if whom_of(session, row).hidden:
        reached = rounded_up(reached)
    short = left.lacks(reached, row.urgency)
    kept = f"(緊急のための予備{left.reserve}通をのぞいて)" if left.reserve and row.urgency not in URGENT else ""
    return (
        f"今月送れる数が足りません。使う数は{reached}通、残りは{kept}{left.free(row.urgency)}通です(あと{short}通)。"
        "地区をしぼる、来月にする、今週まだ受け取っていない人だけにする、予備を見直す、のどれかを選べます。"
    )


def announced(session: Session, municipality: str, month: Month, now: datetime) -> list[Planned]:
    """What is approved and goes out in this month, soonest first."""
    query = select(Announcement).where(Announcement.municipality_id == municipality, Announcement.state == "scheduled")
    ordered = query.order_by(Announcement.send_at, Announcement.id).options(defer(Announcement.messages))
    rows = [row for row in session.scalars(ordered) if month_of(max(row.send_at or now, now)) == month]
    whoms = whoms_of(session, rows)
    # Many go to the same people: each audience is counted once.
    reaches = {whom: count(session, whom, now, apart=False) for whom in set(whoms.values())}
    found = []
    for row in rows:
        reach = reaches[whoms[row.id]]
        messages = reach.recipients + groups.cost_of(session, row)
        found.append(Planned("announcement", row.title, messages, row.send_at, row.id, reach.rough))
    return found


def forecast(session: Session, municipality: str, month: Month, now: datetime) -> list[Planned]:
    """All that is known to use messages in the rest of this month, soonest first."""
    found = [one for source in FORECASTERS for one in source(session, municipality, month, now) if one.messages]
    return sorted(found, key=lambda one: one.at or now)


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


def _going_out(session: Session, municipality: str) -> int:
    """Messages of announcements being sent that LINE has not accepted yet."""
    left = func.sum(Announcement.recipients - Announcement.accepted)
    sending = and_(Announcement.municipality_id == municipality, Announcement.state == "sending")
    return max(0, int(session.scalar(select(left).where(sending)) or 0))


def _sending(session: Session, municipality: str, month: Month, now: datetime) -> Iterable[Planned]:
    if month == month_of(now) and (left := _going_out(session, municipality)):
        yield Planned("sending", "いま送っているお知らせ", left)


def _digests(session: Session, municipality: str, month: Month, now: datetime) -> Iterable[Planned]:
    """Whoever waits for a digest gets one message, whatever is in it."""
    if month != month_of(now):
        return
    got = AnnouncementRecipient
    people = select(got.lane, func.count(got.resident_id.distinct())).where(
        got.municipality_id == municipality, got.lane != "now", got.told_at.is_(None)
    )
    for lane, number in session.execute(people.group_by(got.lane)):
        yield Planned("digest", DIGESTS.get(lane, lane), number)


def _reminders(session: Session, municipality: str, month: Month, now: datetime) -> Iterable[Planned]:
    """Reminders that residents asked for: of activities they go to, and of grants' last days."""
    for table, title in ((Reminder, "行事の前の日のお知らせ"), (DeadlineReminder, "補助金の締切のお知らせ")):
        due = (table.remind_at >= max(now, month.begins), table.remind_at < month.ends)
        number = session.scalar(select(func.count()).where(table.municipality_id == municipality, *due)) or 0
        yield Planned("reminder", title, number)


def _poll_reminders(session: Session, municipality: str, month: Month, now: datetime) -> Iterable[Planned]:
    """At most as many as got the poll and have not answered."""
    due = and_(Poll.remind_at >= now, Poll.remind_at >= month.begins, Poll.remind_at < month.ends)
    query = (
        select(Poll, Announcement)
        .join(Announcement, Announcement.poll_id == Poll.id)
        .where(Poll.municipality_id == municipality, Poll.reminded_at.is_(None), due)
        .where(or_(Poll.state == "open", Announcement.state == "scheduled"))
    )
    for poll, row in session.execute(query):
        reach = count(session, whom_of(session, row), now, apart=False)
        left = max(0, reach.recipients - poll.participants)
        title = f"「{poll.question}」の締切のお知らせ"
        yield Planned("poll_reminder", title, left, poll.remind_at, row.id, rough=True)


DIGESTS: Final = {"morning": "朝のまとめ", "evening": "夕方のまとめ", "weekly": "週1回のまとめ"}
# Whoever plans sends of another kind (a series, circular issues) adds what it knows of a month.
FORECASTERS: Final[list[Forecaster]] = [_sending, announced, _digests, _reminders, _poll_reminders]
