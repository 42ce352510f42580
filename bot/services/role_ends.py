"""The end of a role: who is told when, and what the clock cuts on the day after its last one.

Rights end by themselves (bot.core.permissions compares days); here sessions end too, so that nobody goes on with a page
that was opened before. What was approved stays approved and is sent. Links with LINE: bot.services.officer_links.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.core.moments import date_of
from bot.core.permissions import DRAFTING_DAYS, RIGHTS, SYSTEM, Actor
from bot.models import District, Staff, StaffDistrict, StaffRole
from bot.now import jst
from bot.services import audit

MARKS: Final = (60, 30, 7)  # days before the last one


@dataclass(frozen=True)
class Ending:
    """A role that ends soon: whose, which, its last day, how many days are left (0: today is the last one)."""

    role_id: int
    staff_id: int
    name: str
    role: str
    districts: tuple[str, ...]
    until: date
    left: int

    @property
    def mark(self) -> int:
        """Which of the three reminders holds now."""
        return min(mark for mark in MARKS if self.left <= mark)


def ending(session: Session, municipality: str, today: date) -> list[Ending]:
    """Every role that ends within 60 days, the nearest first; accounts that are closed have none."""
    query = (
        select(StaffRole, Staff)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(
            StaffRole.municipality_id == municipality, StaffRole.until >= today,
            StaffRole.until <= today + timedelta(days=MARKS[0]), Staff.active,
        )
        .order_by(StaffRole.until, Staff.name, StaffRole.id)
    )  # fmt: skip
    found = []
    for row, person in session.execute(query):
        if row.until is None:  # the query leaves these out
            continue
        names = select(District.name).join(StaffDistrict, StaffDistrict.district_id == District.id)
        places = tuple(session.scalars(names.where(StaffDistrict.role_id == row.id).order_by(District.position)))
        found.append(Ending(row.id, person.id, person.name, row.role, places, row.until, (row.until - today).days))
    return found


def mine(actor: Actor, municipality: str, today: date) -> list[str]:
    """What this person is told on the first page: a role that ends soon, or that has ended and still drafts."""
    found = []
    for grant in actor.grants:
        if grant.municipality != municipality or grant.until is None:
            continue
        left = (grant.until - today).days
        if 0 <= left <= MARKS[0]:
            found.append(
                f"あなたの役割は {date_of(grant.until)} で終わります(あと{left}日)。"
                "引継ぎシートを確かめて、次の人に渡してください。"
            )
        last_draft = grant.until + timedelta(days=DRAFTING_DAYS)
        if left < 0 and today <= last_draft and grant.role in RIGHTS["announcement.write"]:
            found.append(
                f"あなたの役割は {date_of(grant.until)} で終わりました。"
                f"{date_of(last_draft)} までは下書きだけできます。"
                "承認と配信は、次の人がします。予約してあるものは、そのまま送られます。"
                "止めたいときは、地区の役員か座長、市の担当に頼んでください。"
            )
    return found


def to_tell(session: Session, municipality: str, now: datetime) -> list[tuple[int, Ending]]:
    """Who is told of which end: the person, and every admin of the municipality."""
    today = jst(now).date()
    rows = ending(session, municipality, today)
    if not rows:
        return []
    admins = set(
        session.scalars(
            select(StaffRole.staff_id).where(
                StaffRole.municipality_id == municipality, StaffRole.role == "admin",
                StaffRole.until.is_(None) | (StaffRole.until >= today),
            )
        )
    )  # fmt: skip
    return [(staff_id, one) for one in rows for staff_id in sorted({one.staff_id, *admins})]


def words(one: Ending, *, to_oneself: bool) -> str:
    """What is said in LINE of a role that ends soon."""
    whose = "あなた" if to_oneself else f"{one.name}さん"
    places = f"({'・'.join(one.districts)})" if one.districts else ""
    return (
        f"{whose}の役割{places}は {date_of(one.until)} で終わります(あと{one.left}日)。"
        "職員・役員のページの「引継ぎ」に、次の人に渡すシートがあります。"
    )


def any_over(session: Session, now: datetime) -> bool:
    """Whether there is anything to cut."""
    over = select(StaffRole.id).where(StaffRole.until < jst(now).date(), StaffRole.ended_at.is_(None))
    return session.scalar(over.limit(1)) is not None


def cut_ended(session: Session, now: datetime) -> int:
    """The day after its last one: end the sessions of whoever held a role. Once for each role; returns how many."""
    over = select(StaffRole).where(StaffRole.until < jst(now).date(), StaffRole.ended_at.is_(None))
    rows = session.scalars(over.order_by(StaffRole.id)).all()
    for row in rows:
        row.ended_at = now
        session.execute(update(Staff).where(Staff.id == row.staff_id).values(session_version=Staff.session_version + 1))
        details = {"role": row.role, "until": row.until.isoformat() if row.until else None}
        audit.record(session, row.municipality_id, SYSTEM, "staff.role_ended", f"staff:{row.staff_id}", now, details)
    session.flush()
    return len(rows)
