"""The first page: what waits for me, what goes out next, what needs a look."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.permissions import ROLES
from bot.core.practice import is_room
from bot.errors import NotFoundError
from bot.models import Announcement, Municipality, RainPlan
from bot.now import real_now
from bot.services import (
    alerts,
    announcements,
    approval,
    circular_clock,
    entries,
    entry_editing,
    freshness,
    health,
    inquiry_desk,
    moderation,
    officer_cards,
    rain_plans,
    role_ends,
    round_table_reminders,
    unanswered,
)
from handlers.console.access import context, now, person, place, public, right, signed_in

NEXT = 5


@dataclass(frozen=True)
class Asked:
    """An announcement or a rain plan that waits for this person's yes."""

    row: Announcement | RainPlan
    name: str
    late: bool  # the district took too long, and the city is asked as well

    @property
    def is_plan(self) -> bool:
        return isinstance(self.row, RainPlan)


@dataclass(frozen=True)
class Waiting:
    """What waits for this person."""

    to_approve: tuple[Asked, ...] = ()
    to_decide: tuple[tuple[RainPlan, str, bool], ...] = ()
    emergencies: tuple[Announcement, ...] = ()
    returned: tuple[Announcement, ...] = ()
    drafts: tuple[Announcement, ...] = ()
    scheduled: tuple[Announcement, ...] = ()
    questions: int | None = None
    entries_due: int = 0
    entry_drafts: int = 0

    @property
    def nothing(self) -> bool:
        of_announcements = self.to_approve or self.to_decide or self.returned
        return not (of_announcements or self.questions or self.entries_due or self.entry_drafts)


@signed_in
def choose() -> str | Response:
    """Straight to the one municipality of this person, or a choice of those that are theirs."""
    with context().database.read() as db:
        every = db.scalars(select(Municipality).order_by(Municipality.id)).all()
    mine = [row for row in every if person().may("home", row.id) and not is_room(row.id)]
    if len(mine) == 1:
        return redirect(url_for("console.home", municipality=mine[0].id))
    return render_template("console/choose.html", municipalities=mine)


@right("home")
def home(municipality: str) -> str:
    """What waits for me, what goes out next, alerts, what is left of the month's messages."""
    someone = person()
    with context().database.read() as db:
        seen = {
            "waiting": _waiting(db, municipality),
            "voices": moderation.queue(db, municipality, someone.actor, now()),
            "circulars": circular_clock.waiting(db, municipality, someone.actor, now()),
            "roles": role_ends.mine(someone.actor, municipality, someone.today),
            "ending": role_ends.ending(db, municipality, someone.today)
            if someone.may("staff.manage", municipality)
            else [],
            "rounds": round_table_reminders.waiting(db, municipality, someone.actor, now()),
            "inquiries": inquiry_desk.waiting(
                db, municipality, someone.actor, now(), context().settings.inquiry_promise_days
            ),
            "stopped": alerts.clock_dead(db, real_now()),
            "alerts": health.alerts(db, municipality) if someone.may("health.read", municipality) else [],
            "parked": len(health.parked(db, municipality)) if someone.may("health.read", municipality) else 0,
            "quota": announcements.quota(db, municipality, now())
            if someone.may("announcement.read", municipality)
            else None,
        }
    return render_template("console/home.html", now=now(), my_roles=_my_roles(municipality), **seen)


@public
def missing(anything: str) -> str:
    """Every other address under /console."""
    del anything
    raise NotFoundError("住所(URL)が変わったか、消えたページです。")


def _waiting(db: Session, municipality: str) -> Waiting:
    someone, moment = person(), now()
    questions = (
        unanswered.open_count(db, municipality, someone.actor, moment)
        if someone.may("question.read", municipality)
        else None
    )
    if not someone.may("announcement.read", municipality):
        return Waiting(questions=questions)
    entries_due, entry_drafts = _entries(db, municipality)
    rows = announcements.listing(db, municipality, someone.actor, someone.today)
    mine = [row for row in rows if row.author_id == someone.staff.id]
    due = sorted((row for row in rows if row.state == "scheduled"), key=lambda row: row.send_at or moment)
    return Waiting(
        to_approve=tuple(_asked(db, one) for one in approval.waiting_for(db, municipality, someone.actor, moment)),
        to_decide=tuple(
            (plan, officer_cards.name_of(db, plan, moment), plan.decide_at <= moment)
            for plan in rain_plans.to_decide(db, municipality, someone.actor, moment)
        ),
        emergencies=_emergencies(db, municipality),
        returned=tuple(row for row in mine if row.state == "returned"),
        drafts=tuple(row for row in mine if row.state == "draft"),
        scheduled=tuple(due[:NEXT]),
        questions=questions,
        entries_due=entries_due,
        entry_drafts=entry_drafts,
    )


def _asked(db: Session, row: Announcement | RainPlan) -> Asked:
    moment = now()
    return Asked(row, officer_cards.name_of(db, row, moment), approval.escalated(db, row, moment))


def _emergencies(db: Session, municipality: str) -> tuple[Announcement, ...]:
    """What others sent without a second person in the last days, told to those who could have been asked."""
    someone, moment = person(), now()
    return tuple(
        row
        for row in approval.to_report(db, moment)
        if row.municipality_id == municipality
        and any(one.id == someone.staff.id for one in approval.reported_to(db, row, moment))
    )


def _entries(db: Session, municipality: str) -> tuple[int, int]:
    """How many entries this person is to check again, and how many drafts wait for their publishing."""
    someone, moment = person(), now()
    if not someone.may("entry.write", municipality):
        return 0, 0
    due = freshness.due(db, municipality, moment)
    drafts = [row for row in entries.rows(db, municipality) if not row.published and row.edited_at is not None]
    return (
        sum(entry_editing.may(db, row, someone.actor, "entry.write", moment) for row in due),
        sum(entry_editing.may(db, row, someone.actor, "entry.publish", moment) for row in drafts),
    )


def _my_roles(municipality: str) -> list[tuple[str, str]]:
    """The roles of this person here, with the districts in words, in the order of the table of roles."""
    here = place()
    grants = [grant for grant in person().actor.grants if grant.municipality in (None, municipality)]
    grants.sort(key=lambda grant: ROLES.index(grant.role))
    names = {district.id: district.name for district in here.districts}
    return [(grant.role, "・".join(names[d] for d in names if d in grant.districts)) for grant in grants]
