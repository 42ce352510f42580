"""Approval of announcements: who may be the second person, whom it waits for, the hold, what went out without one.

The pool of an announcement are the people of its districts who hold `announcement.approve` for all of them, never
its author. When it has waited too long by day, or the district has nobody, the city's people are asked as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bot.core import approval_rules
from bot.core.approval_rules import Rule
from bot.core.permissions import Actor, Grant, allowed
from bot.errors import BadInputError, NotAllowedError, NotFoundError
from bot.models import Announcement, ApprovalRule, RainPlan, Staff, StaffDistrict, StaffRole
from bot.now import jst
from bot.services import announcement_checks, audit, staff
from bot.services.announcement_lists import district_ids, district_ids_of

COUNCIL = ("officer", "chair", "city")
REPORTED_FOR = timedelta(days=7)
LISTED = 100

Waiting = Announcement | RainPlan


@dataclass(frozen=True)
class Pool:
    """Who can be the second person: the district's own people, and the city's, asked after them."""

    district: tuple[Staff, ...]
    city: tuple[Staff, ...]

    def asked(self, *, escalated: bool) -> tuple[Staff, ...]:
        """Whom it waits for now."""
        return (*self.district, *self.city) if escalated else self.district or self.city

    @property
    def empty(self) -> bool:
        return not self.district and not self.city


# --- the municipality's rule ---------------------------------------------------------------------


def rule(session: Session, municipality: str) -> Rule:
    """How long it is held, how long it may wait."""
    row = session.get(ApprovalRule, municipality)
    return Rule(row.hold_minutes, row.wait_hours) if row else Rule()


def set_rule(session: Session, municipality: str, actor: Actor, new: Rule, now: datetime) -> None:
    """Change the rule; what was approved before keeps its time. Raises NotAllowedError, BadInputError."""
    if not actor.may("approval.settings", municipality, jst(now).date()):
        raise NotAllowedError("承認の決まりは、市の担当と管理者が変えます。")
    if not 0 <= new.hold_minutes <= approval_rules.MOST_HOLD:
        raise BadInputError(f"送るまでの時間は、0分から{approval_rules.MOST_HOLD}分までです。")
    if not 1 <= new.wait_hours <= approval_rules.MOST_WAIT:
        raise BadInputError(f"待つ時間は、1時間から{approval_rules.MOST_WAIT}時間までです。")
    session.merge(ApprovalRule(municipality_id=municipality, hold_minutes=new.hold_minutes, wait_hours=new.wait_hours))
    details = {"hold_minutes": new.hold_minutes, "wait_hours": new.wait_hours}
    audit.record(session, municipality, actor, "approval.settings", f"municipality:{municipality}", now, details)


# --- who ------------------------------------------------------------------------------------------


def districts_of(session: Session, waiting: Waiting) -> tuple[int, ...]:
    """The districts that an announcement or a rain plan is for; none means the whole city."""
    return tuple(waiting.district_ids) if isinstance(waiting, RainPlan) else district_ids(session, waiting)


def why_not(session: Session, waiting: Waiting, actor: Actor, now: datetime) -> str | None:
    """Why this person cannot be its second person now; None when they can."""
    return _why_not(session, waiting, actor, now, districts_of(session, waiting))


def _why_not(session: Session, waiting: Waiting, actor: Actor, now: datetime, districts: Collection[int]) -> str | None:
    if actor.id is None or not actor.may("announcement.approve", waiting.municipality_id, jst(now).date(), districts):
        return "このお知らせを承認する権限がありません。"
    if actor.id == waiting.author_id:
        return "自分が書いたお知らせは承認できません。ほかの人に頼んでください。"
    # Else whoever writes on what another began would be the only one who has seen what goes out.
    if actor.id == waiting.submitted_by_id:
        return "自分が承認に出したお知らせは承認できません。ほかの人に頼んでください。"
    # Design 6: district staff never publish alone. Two of them would be the city speaking for the council.
    if not _of_council(actor, "announcement.approve", waiting, districts, now):
        brought_by = waiting.submitted_by_id or waiting.author_id
        author = staff.actor(session, session.get_one(Staff, brought_by))
        if not _of_council(author, "announcement.write", waiting, districts, now):
            return "地区担当職員が書いたお知らせは、協議会の役員、座長、または市の担当が承認します。"
    return (
        announcement_checks.held_for_city(session, waiting, actor, now) if isinstance(waiting, Announcement) else None
    )


def _of_council(actor: Actor, right: str, waiting: Waiting, districts: Collection[int], now: datetime) -> bool:
    grants = [grant for grant in actor.grants if grant.role in COUNCIL]
    return allowed(grants, right, waiting.municipality_id, jst(now).date(), districts)


def may_approve(session: Session, waiting: Waiting, actor: Actor, now: datetime) -> bool:
    """Whether this person could be its second person now: what a page asks before it offers the button."""
    return why_not(session, waiting, actor, now) is None


def pool(session: Session, waiting: Waiting, now: datetime) -> Pool:
    """Everybody who could be its second person now, by name."""
    district: list[Staff] = []
    city: list[Staff] = []
    for person, actor in people(session, waiting.municipality_id):
        if why_not(session, waiting, actor, now) is None:
            (city if _whole_city(actor, waiting.municipality_id, now) else district).append(person)
    return Pool(tuple(district), tuple(city))


def people(session: Session, municipality: str) -> Iterable[tuple[Staff, Actor]]:
    """The municipality's staff with an open account and a role there, by name, with their rights."""
    here = select(StaffRole.staff_id).where(StaffRole.municipality_id == municipality)
    rows = select(Staff).where(Staff.active, Staff.id.in_(here)).order_by(Staff.name, Staff.id)
    found = session.scalars(rows).all()
    actors = _actors(session, found)
    return [(row, actors[row.id]) for row in found]


def _actors(session: Session, rows: Collection[Staff]) -> dict[int, Actor]:
    """What staff.actor gives, for many at once."""
    ids = [row.id for row in rows]
    roles = session.scalars(select(StaffRole).where(StaffRole.staff_id.in_(ids)).order_by(StaffRole.id)).all()
    districts: dict[int, set[int]] = {role.id: set() for role in roles}
    for link in session.scalars(select(StaffDistrict).where(StaffDistrict.role_id.in_(districts))):
        districts[link.role_id].add(link.district_id)
    grants: dict[int, list[Grant]] = {row.id: [] for row in rows}
    for role in roles:
        places = frozenset(districts[role.id])
        grants[role.staff_id].append(Grant(role.role, role.municipality_id, places, role.until, role.department))
    everywhere = (Grant("admin", None),)
    return {
        row.id: Actor(row.id, row.name, (*grants[row.id], *(everywhere if row.municipality_id is None else ())))
        for row in rows
    }


# --- waiting ---------------------------------------------------------------------------------------


def overdue_at(session: Session, waiting: Waiting) -> datetime | None:
    """When the city is asked as well; None for what was not submitted."""
    if waiting.submitted_at is None:
        return None
    return approval_rules.overdue_at(waiting.submitted_at, rule(session, waiting.municipality_id).wait_hours)


def escalated(session: Session, waiting: Waiting, now: datetime) -> bool:
    """Whether it has waited too long for its own people."""
    end = overdue_at(session, waiting)
    return end is not None and end <= now


def waits_too_long(waiting: Waiting, present: Rule, now: datetime) -> bool:
    """The same by a rule that is known."""
    since = waiting.submitted_at
    return since is not None and approval_rules.overdue_at(since, present.wait_hours) <= now


def asked(session: Session, waiting: Waiting, now: datetime) -> tuple[Staff, ...]:
    """Whom it waits for now."""
    return pool(session, waiting, now).asked(escalated=escalated(session, waiting, now))


def submitted(session: Session, municipality: str | None = None) -> list[Waiting]:
    """Everything that waits for a second person, the longest first."""
    found: list[Waiting] = []
    for table in (Announcement, RainPlan):
        query = select(table).where(table.state == "submitted")
        if municipality is not None:
            query = query.where(table.municipality_id == municipality)
        found += session.scalars(query)
    return sorted(found, key=lambda one: (one.submitted_at or one.created_at, one.id))


def get(session: Session, municipality: str, kind: str, number: int) -> Waiting:
    """An announcement (`a`) or a rain plan (`p`) of a municipality. Raises NotFoundError."""
    row: Waiting | None = session.get(RainPlan, number) if kind == "p" else session.get(Announcement, number)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("見つかりません。もう、ないかもしれません。")
    return row


def waiting_for(session: Session, municipality: str, actor: Actor, now: datetime) -> list[Waiting]:
    """What waits for this person's yes now, the longest first."""
    rows = submitted(session, municipality)
    places = district_ids_of(session, [one.id for one in rows if isinstance(one, Announcement)])
    asked = [(one, tuple(one.district_ids) if isinstance(one, RainPlan) else places[one.id]) for one in rows]
    mine = [pair for pair in asked if _why_not(session, pair[0], actor, now, pair[1]) is None]
    if mine and _whole_city(actor, municipality, now):
        others = [who for _, who in people(session, municipality) if not _whole_city(who, municipality, now)]
        present = rule(session, municipality)
        mine = [
            (one, districts) for one, districts in mine
            if waits_too_long(one, present, now)
            or not any(_why_not(session, one, who, now, districts) is None for who in others)
        ]  # fmt: skip
    return [one for one, _ in mine]


def _whole_city(actor: Actor, municipality: str, now: datetime) -> bool:
    """Whether this person is asked for the city: after the district's own."""
    grants = [grant for grant in actor.grants if grant.role == "city"]
    return allowed(grants, "announcement.approve", municipality, jst(now).date(), ())


def escalate_due(session: Session, now: datetime) -> int:
    """Note what has waited too long by day; returns how many announcements that were."""
    late = [
        one.id
        for one in submitted(session)
        if isinstance(one, Announcement) and one.escalated_at is None and escalated(session, one, now)
    ]
    marked = session.execute(
        update(Announcement)
        .where(Announcement.id.in_(late), Announcement.state == "submitted", Announcement.escalated_at.is_(None))
        .values(escalated_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(marked.rowcount)  # type: ignore[attr-defined]


# --- without a second person -----------------------------------------------------------------------


def emergencies(session: Session, municipality: str, actor: Actor, now: datetime) -> list[Announcement]:
    """What was sent without a second person, as far as this person may read it, the newest first."""
    rows = session.scalars(
        select(Announcement)
        .where(Announcement.municipality_id == municipality, Announcement.emergency_by_id.is_not(None))
        .order_by(Announcement.approved_at.desc(), Announcement.id.desc())
        .limit(LISTED)
    )
    today = jst(now).date()
    return [row for row in rows if actor.may("announcement.read", municipality, today, district_ids(session, row))]


def told_to(session: Session, municipality: str, actor: Actor, now: datetime) -> list[Announcement]:
    """Emergencies of the last days that others sent and this person is told of; whom: see `reported_to`."""
    query = select(Announcement).where(
        Announcement.municipality_id == municipality,
        Announcement.emergency_by_id.is_not(None),
        or_(Announcement.approved_at.is_(None), Announcement.approved_at > now - REPORTED_FOR),
    )
    today = jst(now).date()
    return [
        row
        for row in session.scalars(query.order_by(Announcement.approved_at.desc()))
        if row.emergency_by_id != actor.id
        and (
            actor.may("settings.manage", municipality, today)
            or actor.may("announcement.approve", municipality, today, district_ids(session, row))
        )
    ]


def reported_to(session: Session, row: Announcement, now: datetime) -> list[Staff]:
    """Whom an emergency is reported to: everybody else who could have approved it, and the municipality's admins."""
    today, districts = jst(now).date(), district_ids(session, row)
    return [
        person
        for person, actor in people(session, row.municipality_id)
        if person.id != row.emergency_by_id
        and (
            actor.may("announcement.approve", row.municipality_id, today, districts)
            or actor.may("settings.manage", row.municipality_id, today)
        )
    ]


def to_report(session: Session, now: datetime) -> list[Announcement]:
    """Emergencies of the last days that may still have to be told to somebody."""
    recent = or_(Announcement.approved_at.is_(None), Announcement.approved_at > now - REPORTED_FOR)
    return list(session.scalars(select(Announcement).where(Announcement.emergency_by_id.is_not(None), recent)))
