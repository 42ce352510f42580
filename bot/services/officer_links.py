"""Staff accounts linked with their owner's LINE: made by a one-time code, cut by one press, dead with the role.

A link gives nothing by itself: every press looks up account, roles and state anew (`officer`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.core import officer_rules
from bot.core.permissions import SYSTEM, Actor
from bot.errors import BadInputError
from bot.models import LinkCode, OfficerLink, Resident, Staff, StaffNotice
from bot.now import jst
from bot.services import audit, staff

WRONG_CODE = (
    "この番号では、つなげませんでした。番号は10分のあいだ、1回だけ使えます。管理画面で、新しい番号を出してください。"
)
TAKEN = "このLINEは、もう別の人のアカウントとつながっています。先に、そちらの連携を切ってください。"


@dataclass(frozen=True)
class Officer:
    """Who is behind a linked telephone, with today's roles."""

    staff: Staff
    actor: Actor
    municipality: str


def new_code(session: Session, person: Staff, municipality: str, real_now: datetime) -> str:
    """A new code for this account; an older one is void. Only its digest is kept."""
    if person.municipality_id != municipality:
        raise BadInputError("市町村の中のアカウントだけを、LINEとつなげられます。")
    code = officer_rules.new_code()
    session.merge(
        LinkCode(
            staff_id=person.id, municipality_id=municipality, digest=_digest(municipality, code),
            expires_at=real_now + officer_rules.CODE_KEEPS,
        )
    )  # fmt: skip
    session.flush()
    return code


def link(session: Session, resident: Resident, code: str, now: datetime, real_now: datetime) -> Officer:
    """Use a code up: this resident is that account's owner. Raises BadInputError, and then nothing has changed."""
    municipality = resident.municipality_id
    same = (LinkCode.municipality_id == municipality, LinkCode.digest == _digest(municipality, code))
    staff_id = session.scalar(select(LinkCode.staff_id).where(*same, LinkCode.expires_at > real_now))
    person = session.get(Staff, staff_id) if staff_id is not None else None
    found = _serving(session, person, municipality, now)
    if found is None:
        raise BadInputError(WRONG_CODE)
    other = session.scalar(select(OfficerLink).where(OfficerLink.resident_id == resident.id))
    if other is not None and other.staff_id != found.staff.id:
        raise BadInputError(TAKEN)
    used = session.execute(delete(LinkCode).where(*same, LinkCode.expires_at > real_now))
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise BadInputError(WRONG_CODE)
    session.merge(
        OfficerLink(
            staff_id=found.staff.id, municipality_id=municipality, resident_id=resident.id, linked_at=now
        )
    )  # fmt: skip
    session.flush()
    audit.record(session, municipality, found.actor, "officer.link", f"staff:{found.staff.id}", now)
    return found


def officer(session: Session, resident: Resident | None, now: datetime) -> Officer | None:
    """Who this resident is on the staff, if their account is open and holds a role today."""
    if resident is None:
        return None
    row = session.scalar(select(OfficerLink).where(OfficerLink.resident_id == resident.id))
    person = session.get(Staff, row.staff_id) if row is not None else None
    return _serving(session, person, resident.municipality_id, now)


def of_staff(session: Session, municipality: str, staff_id: int) -> OfficerLink | None:
    """The link of an account."""
    row = session.get(OfficerLink, staff_id)
    return row if row is not None and row.municipality_id == municipality else None


def phones(session: Session, municipality: str) -> dict[int, int]:
    """Linked accounts whose LINE can be written to: staff id -> resident id."""
    query = (
        select(OfficerLink.staff_id, OfficerLink.resident_id)
        .join(Resident, Resident.id == OfficerLink.resident_id)
        .where(OfficerLink.municipality_id == municipality, Resident.state == "active")
    )
    return {row.staff_id: row.resident_id for row in session.execute(query)}


def municipalities(session: Session) -> list[str]:
    """Where anybody is linked."""
    return sorted(session.scalars(select(OfficerLink.municipality_id).distinct()))


def told(session: Session, municipality: str) -> set[tuple[int, str, str]]:
    """Of what staff were told in LINE: staff id, kind, subject."""
    query = select(StaffNotice.staff_id, StaffNotice.kind, StaffNotice.subject)
    rows = session.execute(query.where(StaffNotice.municipality_id == municipality))
    return {(row.staff_id, row.kind, row.subject) for row in rows}


def cut(session: Session, municipality: str, staff_id: int, by: Actor, now: datetime, why: str = "") -> bool:
    """End a link, and a code not used yet; False when there was none."""
    session.execute(delete(LinkCode).where(LinkCode.staff_id == staff_id, LinkCode.municipality_id == municipality))
    gone = session.execute(
        delete(OfficerLink).where(OfficerLink.staff_id == staff_id, OfficerLink.municipality_id == municipality)
    )
    if gone.rowcount != 1:  # type: ignore[attr-defined]
        return False
    audit.record(session, municipality, by, "officer.cut", f"staff:{staff_id}", now, {"why": why} if why else None)
    return True


def cut_ended(session: Session, now: datetime) -> int:
    """Cut the links of closed accounts and of people whose last role has ended; returns how many."""
    rows = session.execute(select(OfficerLink, Staff).join(Staff, Staff.id == OfficerLink.staff_id)).all()
    ended = [row for row, person in rows if _serving(session, person, row.municipality_id, now) is None]
    return sum(cut(session, row.municipality_id, row.staff_id, SYSTEM, now, "役割が終わりました") for row in ended)


def _serving(session: Session, person: Staff | None, municipality: str, now: datetime) -> Officer | None:
    if person is None or not person.active or person.municipality_id != municipality:
        return None
    actor = staff.actor(session, person)
    if not officer_rules.serves(actor, municipality, jst(now).date()):
        return None
    return Officer(person, actor, municipality)


def _digest(municipality: str, code: str) -> bytes:
    return hashlib.sha256(f"{municipality}/{code}".encode()).digest()
