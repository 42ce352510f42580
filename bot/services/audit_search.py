"""Finding rows of the audit: by person, act, what it was about and days; everything about one decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bot.models import Announcement, AuditRow, Matter, Referral, Staff
from bot.now import JST

SYSTEM = 0  # as a person: the system and the command line


@dataclass(frozen=True)
class Wanted:
    """What is looked for; empty parts narrow nothing. `kind` is the target's (`announcement`), `targets` are whole."""

    person: int | None = None
    action: str = ""
    kind: str = ""
    targets: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None  # inclusive

    def conditions(self, municipality: str) -> list[ColumnElement[bool]]:
        """As SQL, within one municipality."""
        row = AuditRow
        found: list[ColumnElement[bool]] = [row.municipality_id == municipality]
        if self.person is not None:
            found.append(row.actor_id.is_(None) if self.person == SYSTEM else row.actor_id == self.person)
        if self.action:
            found.append(row.action == self.action)
        if self.targets:
            found.append(row.target.in_(self.targets))
        elif self.kind:
            found.append(row.target.startswith(f"{self.kind}:", autoescape=True))
        if self.since:
            found.append(row.at >= datetime.combine(self.since, time(0), JST))
        if self.until:
            found.append(row.at < datetime.combine(self.until + timedelta(days=1), time(0), JST))
        return found


def listing(
    session: Session, municipality: str, wanted: Wanted, before: int | None = None, limit: int = 100
) -> list[AuditRow]:
    """The newest rows first; `before` (an id) gives the page that follows. One decision's stand from the beginning."""
    query = select(AuditRow).where(*wanted.conditions(municipality))
    if wanted.targets:
        return list(session.scalars(query.order_by(AuditRow.at, AuditRow.id).limit(limit)))
    if before is not None:
        query = query.where(AuditRow.id < before)
    return list(session.scalars(query.order_by(AuditRow.id.desc()).limit(limit)))


def count(session: Session, municipality: str, wanted: Wanted) -> int:
    """How many there are."""
    query = select(func.count()).select_from(AuditRow).where(*wanted.conditions(municipality))
    return session.scalar(query) or 0


def people(session: Session, municipality: str) -> Sequence[tuple[int, str]]:
    """Who may stand in the record: the municipality's accounts and the installation's, by name."""
    query = select(Staff.id, Staff.name).where(
        or_(Staff.municipality_id == municipality, Staff.municipality_id.is_(None))
    )
    return [(number, name) for number, name in session.execute(query.order_by(Staff.name, Staff.id))]


def with_parts(session: Session, municipality: str, target: str) -> tuple[str, ...]:
    """A decision with what belongs to it: an announcement's poll, a round's matters, a referral's matter."""
    kind, _, number = target.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        return (target,)
    own = int(number)
    if kind == "announcement":
        row = Announcement
        poll = session.scalar(select(row.poll_id).where(row.municipality_id == municipality, row.id == own))
        return (target, f"poll:{poll}") if poll else (target,)
    if kind == "round_table":
        mine = (Matter.municipality_id == municipality, Matter.round_table_id == own)
        return (target, *(f"matter:{one}" for one in session.scalars(select(Matter.id).where(*mine))))
    if kind == "referral":
        query = select(Referral.matter_id).where(Referral.municipality_id == municipality, Referral.id == own)
        matter = session.scalar(query)
        return (f"matter:{matter}",) if matter else (target,)
    return (target,)
