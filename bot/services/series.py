"""Series: announcements that come again. Approved once; every date is an announcement of its own, made ahead.

The first date is the announcement that was written and approved: its text, the rule and the end are approved
together. The clock makes the others from it, two weeks ahead, each exactly once (UNIQUE series and day, under a
lock on the series). Their text is the approved one, byte for byte but for the day it is sent. One that carries a poll
is rendered anew from the approved words: its poll is another one (bot.services.series_polls).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, defer

from bot.core.moments import day_of
from bot.core.permissions import SYSTEM
from bot.core.sealing import Sealer
from bot.models import Announcement, AnnouncementDistrict, AnnouncementSeries, AnnouncementText
from bot.now import jst
from bot.services import announcement_card, audit, polls, series_polls
from content import series_rules
from content.phrases import phrases
from content.series_rules import Date, Plan

AHEAD: Final = timedelta(days=14)
SHOWN: Final = 5  # dates shown before approval
NONE_LEFT: Final = "くり返しの日が、もうありません。始めと終わりの日を直してください。"
COPIED: Final = (
    "municipality_id", "author_id", "approver_id", "sender", "title", "body", "audience", "kind", "urgency", "filters",
    "particulars", "late_hours", "to_groups", "series_id", "submitted_at", "approved_at",
)  # fmt: skip


def plan_of(row: AnnouncementSeries) -> Plan:
    """The series' days as a rule."""
    return Plan(
        row.rule, time.fromisoformat(row.at), row.starts_on, row.ends_on, row.holiday,
        tuple((first, last) for first, last in row.breaks), frozenset(map(date.fromisoformat, row.exceptions)),
    )  # fmt: skip


def of(session: Session, a: Announcement) -> AnnouncementSeries | None:
    """The series an announcement belongs to."""
    return session.get(AnnouncementSeries, a.series_id) if a.series_id is not None else None


def coming(row: AnnouncementSeries, now: datetime, count: int = SHOWN) -> list[Date]:
    """The next dates."""
    return series_rules.coming(plan_of(row), now, count)


def template(session: Session, row: AnnouncementSeries) -> Announcement | None:
    """The announcement that was written: the first of the series."""
    query = select(Announcement).where(
        Announcement.series_id == row.id, Announcement.municipality_id == row.municipality_id
    )
    return session.scalar(query.order_by(Announcement.id).limit(1))


def made(session: Session, row: AnnouncementSeries) -> list[Announcement]:
    """Every announcement of the series, the latest first."""
    query = select(Announcement).where(
        Announcement.series_id == row.id, Announcement.municipality_id == row.municipality_id
    )
    return list(session.scalars(query.order_by(Announcement.send_at.desc(), Announcement.id.desc())))


def to_come(
    session: Session, municipality: str, first: date, last: date
) -> Iterator[tuple[AnnouncementSeries, Announcement, datetime]]:
    """Dates from `first` to `last` that no announcement was made for yet: the series, what was written, when."""
    running = select(AnnouncementSeries).where(
        AnnouncementSeries.municipality_id == municipality,
        AnnouncementSeries.state == "running",
        AnnouncementSeries.ends_on >= first,
    )
    rows = {row.id: row for row in session.scalars(running) if (row.made_to or date.min) < last}
    firsts = select(func.min(Announcement.id)).where(Announcement.series_id.in_(rows)).group_by(Announcement.series_id)
    written = select(Announcement).where(Announcement.id.in_(firsts), Announcement.municipality_id == municipality)
    for one in session.scalars(written.order_by(Announcement.id).options(defer(Announcement.messages))):
        row = rows[one.series_id or 0]
        plan, made_to = plan_of(row), row.made_to or date.min
        for each in _between(plan, first, last):
            if each.named > made_to:
                yield row, one, plan.moment(each.day)


def dates_in(row: AnnouncementSeries, first: date, last: date) -> list[Date]:
    """Its dates that go out from `first` to `last`."""
    return list(_between(plan_of(row), first, last))


def named_on(row: AnnouncementSeries, day: date) -> date:
    """The day that the rule names for what goes out on this day; the day itself when there is none."""
    return next((one.named for one in _between(plan_of(row), day, day)), day)


def _between(plan: Plan, first: date, last: date) -> Iterator[Date]:
    for one in series_rules.dates(plan):
        if one.named > last + AHEAD:  # one that a holiday brings forward is named for a later day
            return
        if first <= one.day <= last:
            yield one


# --- with the approval of its first date ---------------------------------------------------------


def set_first(session: Session, a: Announcement, now: datetime) -> str | None:
    """Put the first date's time into an announcement that is to be approved; why there is none, or it cannot be."""
    row = of(session, a)
    if row is None or row.state != "draft":
        return None
    found = coming(row, now, 1)
    if not found:
        return NONE_LEFT
    plan = plan_of(row)
    a.send_at, a.series_day = plan.moment(found[0].day), found[0].named
    return series_polls.too_long(session, a, (plan.moment(one.day) for one in series_rules.dates(plan)))


def begin(session: Session, a: Announcement, now: datetime) -> None:
    """Its first date was approved: the series runs, and the one it replaces stops."""
    row = of(session, a)
    if row is None or row.state != "draft":
        return
    row.state, row.approved_at, row.made_to = "running", now, a.series_day
    old = session.get(AnnouncementSeries, row.replaces_id) if row.replaces_id is not None else None
    if old is not None and old.state == "running":
        stop(session, old)


def withdraw(session: Session, a: Announcement) -> None:
    """The approval of its first date was taken back: so is that of the series, and nothing made from it is sent."""
    row = of(session, a)
    if row is None or row.state != "running" or template(session, row) is not a:
        return
    row.state, row.approved_at, row.made_to = "draft", None, None
    _drop_coming(session, row, keep=a.id)


def stop(session: Session, row: AnnouncementSeries) -> None:
    """No more dates; those that were made and not yet sent are gone with it."""
    row.state, row.stop_asked_by = "stopped", None
    first = template(session, row)
    _drop_coming(session, row, keep=first.id if first is not None and first.state != "scheduled" else None)


def _drop_coming(session: Session, row: AnnouncementSeries, keep: int | None) -> None:
    """The first date is cancelled, so that the text stays; the others were only copies."""
    first = template(session, row)
    rows = select(Announcement).where(Announcement.series_id == row.id, Announcement.state == "scheduled")
    for one in session.scalars(rows).all():
        if one.id == keep:
            continue
        if one is first:
            one.state, one.comment, one.version = "cancelled", "くり返しを終わりにしました。", one.version + 1
            if (poll := series_polls.of(session, one)) is not None:
                polls.cancel(session, poll)
            continue
        series_polls.delete(session, one)
        for table in (AnnouncementText, AnnouncementDistrict):
            session.execute(delete(table).where(table.announcement_id == one.id))
        session.delete(one)
    session.flush()


# --- the clock -----------------------------------------------------------------------------------


def due(session: Session, now: datetime) -> list[tuple[str, int]]:
    """Municipality and id of series that run and have a date to be made, or are over."""
    running = select(AnnouncementSeries).where(AnnouncementSeries.state == "running")
    return [
        (row.municipality_id, row.id) for row in session.scalars(running) if _to_make(row, now) or _is_over(row, now)
    ]


def make(session: Session, sealer: Sealer, municipality: str, series_id: int, now: datetime) -> int:
    """Make every date of the next two weeks that is not made yet, missed ones too; returns how many."""
    query = select(AnnouncementSeries).where(
        AnnouncementSeries.id == series_id,
        AnnouncementSeries.municipality_id == municipality,
        AnnouncementSeries.state == "running",
    )
    row = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    first = template(session, row) if row is not None else None
    if row is None or first is None or first.messages is None:
        return 0
    todo = _to_make(row, now)
    for one in todo:
        _copy(session, sealer, first, one, now)
        row.made_to = one.named
    if _is_over(row, now):
        row.state = "over"
    if todo:
        details = {"days": [str(one.day) for one in todo]}
        audit.record(session, municipality, SYSTEM, "series.make", f"series:{row.id}", now, details)
    return len(todo)


def _to_make(row: AnnouncementSeries, now: datetime) -> list[Date]:
    """By the day named; one that a holiday brings forward is made with its own two weeks."""
    until = jst(now).date() + AHEAD
    made_to = row.made_to or row.starts_on - timedelta(days=1)
    todo = []
    for one in series_rules.dates(plan_of(row)):
        if one.named <= made_to:
            continue
        if min(one.day, one.named) > until:
            break
        todo.append(one)
    return todo


def _is_over(row: AnnouncementSeries, now: datetime) -> bool:
    return jst(now).date() > row.ends_on


def _copy(session: Session, sealer: Sealer, first: Announcement, one: Date, now: datetime) -> None:
    """An announcement as approved, for another date."""
    values: dict[str, Any] = {name: getattr(first, name) for name in COPIED}
    again = session.get_one(AnnouncementSeries, first.series_id)
    send_at = plan_of(again).moment(one.day)
    poll = series_polls.again(session, first, send_at)
    row = Announcement(
        **values, state="scheduled", series_day=one.named, send_at=send_at, created_at=now,
        poll_id=poll.id if poll is not None else None, buttons=series_polls.buttons(first, poll),
        messages=_redated(first.messages, first.send_at, send_at, "ja"),
    )  # fmt: skip
    session.add(row)
    session.flush()
    districts = select(AnnouncementDistrict.district_id).where(AnnouncementDistrict.announcement_id == first.id)
    session.add_all(
        AnnouncementDistrict(announcement_id=row.id, district_id=district, municipality_id=row.municipality_id)
        for district in session.scalars(districts).all()
    )
    for text in session.scalars(select(AnnouncementText).where(AnnouncementText.announcement_id == first.id)).all():
        session.add(
            AnnouncementText(
                announcement_id=row.id, language=text.language, municipality_id=row.municipality_id, title=text.title,
                body=text.body, machine=text.machine, basis=text.basis,
                messages=_redated(text.messages, first.send_at, send_at, text.language),
            )
        )  # fmt: skip
    session.flush()
    if poll is not None:
        row.messages = announcement_card.print_messages(session, sealer, row, send_at)
        session.flush()


def _redated(messages: bytes | None, before: datetime | None, after: datetime, language: str) -> bytes | None:
    """The approved bytes with the day it is sent: 「…のお知らせです。」 is all that a card says of its date."""
    if messages is None or before is None:
        return messages
    say = phrases(language).say
    old, new = (say("announce.sent", date=day_of(when, language)) for when in (before, after))
    return messages.replace(old.encode(), new.encode())
