"""Who a person at the city's own sign-in is here: an account that exists, or an invitation. It never gives a right."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import NotAllowedError
from bot.models import Staff, StaffIdentity
from bot.services import audit, invitations, sign_in
from bot.services.staff import fold_email

NOBODY: Final = (
    "この市のアカウントの人は、まだ登録も招待もされていません。管理者に、招待を頼んでください。"
    "招待されているときは、市のアカウントのメールアドレスが、招待されたものと同じか、確かめてもらってください。"
)


def person(session: Session, issuer: str, subject: str, email: str, now: datetime) -> Staff:
    """The account of this identity; linked, or opened from an invitation, at its first visit.

    `email`: a verified one, or empty. Raises NotAllowedError for everybody else, and for a locked account.
    """
    same = (StaffIdentity.issuer == issuer, StaffIdentity.subject == subject)
    linked = session.scalar(select(StaffIdentity).where(*same))
    if linked is not None:
        return _open(session.get(Staff, linked.staff_id), now)
    if not email:
        raise NotAllowedError(NOBODY)
    staff = session.scalar(select(Staff).where(Staff.email == fold_email(email)))
    if staff is None:
        invitation = invitations.of_email(session, email, now)
        if invitation is None:
            raise NotAllowedError(NOBODY)
        staff = invitations.accept(session, invitation, None, now)
    _open(staff, now)
    if session.get(StaffIdentity, staff.id) is not None:  # somebody else there has this address now
        raise NotAllowedError(NOBODY)
    place = staff.municipality_id
    session.add(
        StaffIdentity(staff_id=staff.id, municipality_id=place, issuer=issuer, subject=subject, linked_at=now)
    )  # fmt: skip
    session.flush()
    audit.record(session, place, Actor(staff.id, staff.name), "staff.link_city", f"staff:{staff.id}", now)
    return staff


def _open(staff: Staff | None, now: datetime) -> Staff:
    if staff is None or not staff.active or sign_in.is_locked(staff, now):
        raise NotAllowedError(NOBODY)
    return staff
