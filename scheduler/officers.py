"""The clock's part for officers: who is asked for a yes, told of an emergency, reminded of a choice, and of the day.

Each is told once in LINE, if their account is linked: the row that says so and the message are one transaction. What
can wait is told between 7 and 21 o'clock. Everything here also stands on the console's first page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from bot.core import officer_rules, quiet_hours
from bot.line.render import Card, Open
from bot.models import Announcement, Staff, StaffNotice
from bot.now import jst, real_now
from bot.services import approval, officer_cards, officer_links, officer_notes, officer_summary, outbox, rain_plans
from bot.services import staff as staff_service
from bot.services.context import Context
from bot.services.officer_cards import Desk

log = structlog.get_logger(__name__)

Build = Callable[[Session, Desk], list[Card]]


@dataclass(frozen=True)
class _News:
    """Something to tell one person once: what makes it once (`kind`, `subject`), and its cards."""

    municipality: str
    staff_id: int
    kind: str
    subject: str
    build: Build
    urgency: str = "normal"  # at which hours it may ring (bot.core.quiet_hours)


def run(context: Context) -> None:
    """One tick. What is due is a row compared with the time; running it twice, or on two clocks, tells nobody twice."""
    now = context.clock()
    with context.database.read() as session:
        if not (officer_links.municipalities(session) or approval.submitted(session) or rain_plans.late(session, now)):
            return
    with context.database.write() as session:
        ended = officer_links.cut_ended(session, now)
        late = approval.escalate_due(session, now)
        rain_plans.lapse_over(session, now)
    with context.database.read() as session:
        news = list(_all_news(context, session, now))
    told = sum(_tell(context, one, now) for one in news)
    if ended or late or told:
        log.info("officers.told", told=told, escalated=late, links_cut=ended)


def _all_news(context: Context, session: Session, now: datetime) -> Iterable[_News]:
    for municipality, phones in _phones(session).items():
        told = officer_links.told(session, municipality)
        for one in (
            *_emergencies(session, municipality, phones, now),
            *_approvals(session, municipality, phones, now),
            *_choices(session, municipality, phones, now),
            *_summaries(context, session, municipality, phones, now),
            *_notes(session, municipality, phones, now),
        ):
            if (one.staff_id, one.kind, one.subject) not in told:
                yield one


def _phones(session: Session) -> dict[str, dict[int, int]]:
    return {one: officer_links.phones(session, one) for one in officer_links.municipalities(session)}


def _emergencies(session: Session, municipality: str, phones: dict[int, int], now: datetime) -> Iterable[_News]:
    for row in approval.to_report(session, now):
        if row.municipality_id != municipality:
            continue
        for person in approval.reported_to(session, row, now):
            if person.id in phones:
                yield _News(
                    municipality, person.id, "emergency", f"announcement:{row.id}", _emergency(row.id), "emergency"
                )


def _approvals(session: Session, municipality: str, phones: dict[int, int], now: datetime) -> Iterable[_News]:
    for waiting in approval.submitted(session, municipality):
        urgency = waiting.urgency if isinstance(waiting, Announcement) else "normal"
        if not quiet_hours.decent(now, urgency):
            continue
        kind = officer_cards.kind_of(waiting)
        for person in approval.asked(session, waiting, now):
            if person.id in phones:
                subject = f"{kind}{waiting.id}:{waiting.version}"  # asked for anew: told anew
                yield _News(municipality, person.id, "approval", subject, _approval(kind, waiting.id), urgency)


def _choices(session: Session, municipality: str, phones: dict[int, int], now: datetime) -> Iterable[_News]:
    if not quiet_hours.decent(now, "cancellation"):
        return
    for plan in rain_plans.late(session, now):
        if plan.municipality_id != municipality:
            continue
        for person in rain_plans.officers(session, plan):
            actor = staff_service.actor(session, person)
            if person.id in phones and rain_plans.may_decide(session, plan, actor, now):
                subject = f"p{plan.id}:{int(plan.decide_at.timestamp())}"
                yield _News(municipality, person.id, "rain", subject, _choice(plan.id), "cancellation")


def _summaries(
    context: Context, session: Session, municipality: str, phones: dict[int, int], now: datetime
) -> Iterable[_News]:
    if not officer_rules.summary_time(now):
        return
    day, days = jst(now).date().isoformat(), context.settings.inquiry_promise_days
    told = officer_links.told(session, municipality)
    for staff_id in phones:
        person = session.get(Staff, staff_id)
        if person is None or (staff_id, "summary", day) in told:
            continue
        summary = officer_summary.of(session, municipality, staff_service.actor(session, person), now, days)
        if not summary.nothing:
            yield _News(municipality, staff_id, "summary", day, _summary(summary))


def _notes(session: Session, municipality: str, phones: dict[int, int], now: datetime) -> Iterable[_News]:
    """Deadlines of the circular and ends of roles."""
    for note in officer_notes.due(session, municipality, phones, now):
        yield _News(municipality, note.staff_id, note.kind, note.subject, _note(note))


def _tell(context: Context, one: _News, now: datetime) -> bool:
    """Row and message in one transaction; False when another clock was first, or the link was cut meanwhile."""
    with context.database.write(durable=True) as session:
        phone = officer_links.phones(session, one.municipality).get(one.staff_id)
        key = (one.staff_id, one.kind, one.subject)
        if phone is None or session.get(StaffNotice, key) is not None:
            return False
        cards = one.build(session, Desk(context, one.municipality, one.staff_id, now))
        session.add(
            StaffNotice(
                staff_id=one.staff_id, kind=one.kind, subject=one.subject, municipality_id=one.municipality, told_at=now
            )
        )
        session.flush()
        if cards:
            to = outbox.Recipient(one.municipality, phone, urgency=one.urgency)
            outbox.add(session, context.sealer, to, cards, "receipt", outbox.At(now, real_now()))
    return True


def _emergency(announcement_id: int) -> Build:
    def build(session: Session, desk: Desk) -> list[Card]:
        return officer_cards.emergency(session, desk, session.get_one(Announcement, announcement_id))

    return build


def _approval(kind: str, number: int) -> Build:
    def build(session: Session, desk: Desk) -> list[Card]:
        waiting = approval.get(session, desk.municipality, kind, number)
        return officer_cards.asked(session, desk, waiting) if waiting.state == "submitted" else []

    return build


def _choice(plan_id: int) -> Build:
    def build(session: Session, desk: Desk) -> list[Card]:
        plan = rain_plans.get(session, desk.municipality, plan_id)
        return [officer_cards.plan_ask(session, desk, plan)] if plan.state == "approved" else []

    return build


def _note(note: officer_notes.Note) -> Build:
    def build(session: Session, desk: Desk) -> list[Card]:
        del session
        page = Open("ページを開く", desk.page(note.path))
        return [Card(note.title, (note.text,), officer_cards.HEADING, buttons=(page,))]

    return build


def _summary(summary: officer_summary.Summary) -> Build:
    def build(session: Session, desk: Desk) -> list[Card]:
        del session
        return [officer_summary.card(summary, desk)]

    return build
