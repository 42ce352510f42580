"""What is known to use messages in a month: every source says what it will send, when, and to how many.

A page is named, not addressed, as in bot.services.agenda: `page` is ("circular", 12).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, defer

from bot.core.months import Month, month_of
from bot.models import (
    Announcement,
    AnnouncementBatch,
    Circular,
    CircularItem,
    DeadlineReminder,
    DigestRecipient,
    District,
    Poll,
    RainPlan,
    Reminder,
)
from bot.now import jst
from bot.services import circular_days, groups, rain_deciding, rain_plans, series, series_polls
from bot.services.announcement_reach import Reach, Whom, count, whom_of, whoms_of

Page = tuple[str, int]


@dataclass(frozen=True)
class Planned:
    """Something that will use messages this month. `kind` says what; `at` None: as soon as it may.

    `rough`: at most so many; only a multiple of five may be shown.
    """

    kind: str  # announcement | series | circular | digest | poll_reminder | rain_plan | reminder | sending | resumed
    title: str
    messages: int
    at: datetime | None = None
    page: Page | None = None
    rough: bool = False


@dataclass(frozen=True)
class Look:
    """A municipality and a month, seen from now. Many things go to the same people: each audience is counted once."""

    session: Session
    municipality: str
    month: Month
    now: datetime
    _counted: dict[Whom, Reach] = field(default_factory=dict)

    @property
    def begins(self) -> datetime:
        """The later of the month's beginning and now."""
        return max(self.month.begins, self.now)

    def holds(self, at: datetime | None) -> bool:
        """Whether what is sent then (None or before now: at once) falls into the month."""
        return month_of(max(at or self.now, self.now)) == self.month

    def reach(self, whom: Whom) -> Reach:
        """How many get it."""
        if whom not in self._counted:
            self._counted[whom] = count(self.session, whom, self.now, apart=False)
        return self._counted[whom]

    def name_of(self, district_id: int) -> str:
        """A district's name."""
        return self.session.get_one(District, district_id).name


Forecaster = Callable[[Look], Iterable[Planned]]


def forecast(
    session: Session, municipality: str, month: Month, now: datetime, but: Collection[Page] = ()
) -> list[Planned]:
    """All that is known to use messages in the rest of this month, soonest first; `but`: what is left out, by page."""
    look = Look(session, municipality, month, now)
    found = [one for source in FORECASTERS for one in source(look) if one.messages and one.page not in but]
    return sorted(found, key=lambda one: one.at or now)


def going_out(session: Session, municipality: str) -> int:
    """Messages of announcements being sent that LINE has not accepted yet."""
    left = func.sum(Announcement.recipients - Announcement.accepted)
    sending = and_(Announcement.municipality_id == municipality, Announcement.state == "sending")
    return max(0, int(session.scalar(select(left).where(sending)) or 0))


def _sending(look: Look) -> Iterator[Planned]:
    if look.month == month_of(look.now):
        yield Planned("sending", "いま送っているお知らせ", going_out(look.session, look.municipality))


def _resumed(look: Look) -> Iterator[Planned]:
    """The rest of what stopped and goes on in the morning."""
    batch = AnnouncementBatch
    query = (
        select(Announcement.id, Announcement.title, Announcement.resumes_at, func.sum(batch.count))
        .join(batch, batch.announcement_id == Announcement.id)
        .where(Announcement.municipality_id == look.municipality, Announcement.state == "stopped")
        .where(Announcement.resumes_at.is_not(None), batch.state.in_(("stopped", "dead")), batch.unsure == 0)
        .where(batch.recipients.is_not(None))
    )
    for number, title, at, left in look.session.execute(query.group_by(Announcement.id)):
        if look.holds(at):
            yield Planned("resumed", title, int(left), at, ("announcement", number))


def _announced(look: Look) -> Iterator[Planned]:
    """What is approved and waits for its time."""
    query = select(Announcement).where(
        Announcement.municipality_id == look.municipality, Announcement.state == "scheduled"
    )
    ordered = query.order_by(Announcement.send_at, Announcement.id).options(defer(Announcement.messages))
    rows = [row for row in look.session.scalars(ordered) if look.holds(row.send_at)]
    whoms = whoms_of(look.session, rows)
    for row in rows:
        reach = look.reach(whoms[row.id])
        messages = reach.recipients + groups.cost_of(look.session, row)
        yield Planned("announcement", row.title, messages, row.send_at, ("announcement", row.id), reach.rough)


def _series(look: Look) -> Iterator[Planned]:
    """Every date of the running series that is no announcement yet."""
    first, last = jst(look.begins).date(), jst(look.month.ends).date() - timedelta(days=1)
    for row, written, at in series.to_come(look.session, look.municipality, first, last):
        if at >= look.now:
            reach = look.reach(whom_of(look.session, written))
            messages = reach.recipients + groups.cost_of(look.session, written)
            yield Planned("series", written.title, messages, at, ("series", row.id), reach.rough)
            poll = series_polls.of(look.session, written)
            if poll is not None and poll.remind_at is not None and written.send_at is not None:
                remind_at = poll.remind_at + (at - written.send_at)
                if remind_at < look.month.ends:
                    title = f"「{poll.question}」の締切のお知らせ"
                    yield Planned("poll_reminder", title, messages, remind_at, ("series", row.id), rough=True)


def _circulars(look: Look) -> Iterator[Planned]:
    """Issues that are open, and those that the rules name; one that stayed empty after its deadline does not come."""
    row = Circular
    filled = select(CircularItem.id).where(CircularItem.circular_id == row.id).exists()
    # An approved issue is an announcement, and one that was called off comes only when it is composed anew.
    waits = or_(row.announcement_id.is_(None), Announcement.state.in_(("draft", "submitted", "returned", "refused")))
    query = (
        select(row)
        .outerjoin(Announcement, Announcement.id == row.announcement_id)
        .where(row.municipality_id == look.municipality, row.state == "open", waits)
        .where(row.send_at >= look.begins, row.send_at < look.month.ends)
        .where(or_(filled, row.closes_at >= look.now))
    )
    for one in look.session.scalars(query.order_by(row.send_at, row.id)):
        title = f"{look.name_of(one.district_id)}の{circular_days.issue_name(one.issue_on)}"
        yield _issue(look, title, one.district_id, one.send_at, ("circular", one.id))
    first, last = jst(look.begins).date(), jst(look.month.ends).date() - timedelta(days=1)
    for later in circular_days.later(look.session, look.municipality, first, last):
        if later.send_at >= look.now:
            title = f"{look.name_of(later.district_id)}の{later.name}"
            yield _issue(look, title, later.district_id, later.send_at, ("circulars", later.district_id))


def _issue(look: Look, title: str, district_id: int, at: datetime, page: Page) -> Planned:
    whom = Whom(look.municipality, "home_and_interest", (district_id,))
    return Planned("circular", title, look.reach(whom).recipients, at, page)


def _digests(look: Look) -> Iterator[Planned]:
    """Whoever waits for a digest gets one message, whatever is in it."""
    if look.month != month_of(look.now):
        return
    got = DigestRecipient
    people = select(got.lane, func.count(got.resident_id.distinct())).where(
        got.municipality_id == look.municipality, got.told_at.is_(None)
    )
    for lane, number in look.session.execute(people.group_by(got.lane)):
        yield Planned("digest", DIGESTS.get(lane, lane), number)


def _reminders(look: Look) -> Iterator[Planned]:
    """Reminders that residents asked for: of activities they go to, and of grants' last days."""
    for table, title in ((Reminder, "行事の前の日のお知らせ"), (DeadlineReminder, "補助金の締切のお知らせ")):
        due = (table.remind_at >= look.begins, table.remind_at < look.month.ends)
        query = select(func.count()).where(table.municipality_id == look.municipality, *due)
        yield Planned("reminder", title, look.session.scalar(query) or 0)


def _poll_reminders(look: Look) -> Iterator[Planned]:
    """At most as many as got the poll and have not answered."""
    due = and_(Poll.remind_at >= look.begins, Poll.remind_at < look.month.ends)
    query = (
        select(Poll, Announcement)
        .join(Announcement, Announcement.poll_id == Poll.id)
        .where(Poll.municipality_id == look.municipality, Poll.reminded_at.is_(None), due)
        .where(or_(Poll.state == "open", Announcement.state == "scheduled"))
    )
    for poll, row in look.session.execute(query):
        left = max(0, look.reach(whom_of(look.session, row)).recipients - poll.participants)
        title = f"「{poll.question}」の締切のお知らせ"
        yield Planned("poll_reminder", title, left, poll.remind_at, ("poll", poll.id), rough=True)


def _rain_plans(look: Look) -> Iterator[Planned]:
    """What is approved and waits for a choice: each of them tells the same people."""
    same = (RainPlan.municipality_id == look.municipality, RainPlan.state == "approved")
    for plan in look.session.scalars(select(RainPlan).where(*same).order_by(RainPlan.decide_at, RainPlan.id)):
        if not look.holds(plan.decide_at) or (dated := rain_plans.ahead(look.session, plan, look.now)) is None:
            continue
        messages = rain_deciding.most_messages(look.session, plan, look.now)
        title, at = f"「{dated.occurrence.title}」の雨の日の用意", max(plan.decide_at, look.now)
        yield Planned("rain_plan", title, messages, at, ("rain_plan", plan.id), rough=True)


DIGESTS: Final = {"morning": "朝のまとめ", "evening": "夕方のまとめ", "weekly": "週1回のまとめ"}
# Whoever plans sends of another kind adds what it knows of a month.
FORECASTERS: Final[tuple[Forecaster, ...]] = (
    _sending, _resumed, _announced, _series, _circulars, _digests, _reminders, _poll_reminders, _rain_plans,
)  # fmt: skip
