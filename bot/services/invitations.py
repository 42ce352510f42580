"""Invitations: a link, handed over by whoever invites, with which a colleague opens their own account.

We send no mail. The link holds for seven days and once; its digest is what is kept. An account exists only from the
moment the invited person has opened it. `now` is real time.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from bot.core.permissions import SYSTEM, Actor
from bot.errors import ConflictError, NotFoundError
from bot.models import Invitation, Staff
from bot.services import audit, erasing, staff

KEEPS: Final = timedelta(days=7)
FORGOTTEN: Final = timedelta(days=30)  # after its end
TOKEN_BYTES: Final = 24
GONE: Final = (
    "この招待は使えません。期限(7日)が過ぎたか、もう使われたか、取り消されています。"
    "招待した人に、新しいリンクを頼んでください。"
)
ELSEWHERE: Final = (
    "このメールアドレスでは、もうほかの所でサインインできます。1つのアドレスは、1つの市町村で使います。"
    "別のメールアドレスで招待してもらってください。"
)


@dataclass(frozen=True)
class Wanted:
    """Whom to invite, and to what. `municipality` None: an admin of the whole installation."""

    email: str
    name: str
    municipality: str | None
    role: str
    district_ids: tuple[int, ...] = ()
    until: date | None = None
    department: str | None = None


def invite(session: Session, wanted: Wanted, by: Actor, inviter: str, now: datetime) -> tuple[Invitation, str]:
    """A new invitation and the secret of its link; an open one of this municipality to the same address is withdrawn.

    Whether an address has an account elsewhere is said to nobody but who opens the link (`accept`).
    Raises BadInputError (what to mend) and ConflictError (the address has an account here).
    """
    email, name = staff.check_person(wanted.email, wanted.name)
    role = staff.Role(wanted.role, wanted.district_ids, wanted.until, wanted.department)
    staff.check_first_role(session, wanted.municipality, role)
    here = Staff.municipality_id == wanted.municipality
    if session.scalar(select(Staff.id).where(Staff.email == email, here)) is not None:
        raise ConflictError("このメールアドレスの人は、もう登録されています。")
    ours = Invitation.municipality_id == wanted.municipality
    for row in session.scalars(_open(now).where(Invitation.email == email, ours)):
        row.withdrawn_at = now
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = Invitation(
        municipality_id=wanted.municipality, email=email, name=name, role=role.role,
        district_ids=list(role.district_ids), department=role.department, until=role.until, token_hash=_hash(token),
        inviter=inviter[:60], created_at=now, expires_at=now + KEEPS,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, row.municipality_id, by, "staff.invite", _target(row), now, {"role": row.role})
    return row, token


def renew(session: Session, row: Invitation, by: Actor, now: datetime) -> str:
    """A new link for the same invitation; the old one is dead. Raises ConflictError when it was used meanwhile."""
    if row.used_at is not None:
        raise ConflictError("この招待は、もう使われました。")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row.token_hash, row.expires_at, row.withdrawn_at = _hash(token), now + KEEPS, None
    audit.record(session, row.municipality_id, by, "staff.renew_invitation", _target(row), now)
    return token


def withdraw(session: Session, row: Invitation, by: Actor, now: datetime) -> None:
    """Make the link worthless. Raises ConflictError when it was used meanwhile."""
    if row.used_at is not None:
        raise ConflictError("この招待は、もう使われました。人の一覧から、その人を開いてください。")
    if row.withdrawn_at is None:
        row.withdrawn_at = now
        audit.record(session, row.municipality_id, by, "staff.withdraw_invitation", _target(row), now)


def find(session: Session, token: str, now: datetime) -> Invitation | None:
    """The open invitation of this link; None for used, withdrawn, expired and made-up ones alike."""
    return session.scalar(_open(now).where(Invitation.token_hash == _hash(token)))


def of_email(session: Session, email: str, now: datetime) -> Invitation | None:
    """The open invitation to this address: for who comes through the city's own sign-in."""
    query = _open(now).where(Invitation.email == staff.fold_email(email))
    return session.scalar(query.order_by(Invitation.id.desc()).limit(1))


def accept(session: Session, row: Invitation, password: str | None, now: datetime) -> Staff:
    """Open the account with a password of the person's own, or (None) without one, for the city's own sign-in.

    Raises BadInputError (weak), ConflictError (used, or the address has an account in another municipality).
    """
    if password is not None:
        staff.check_password(password, row.email)
    used = session.execute(
        update(Invitation)
        .where(Invitation.id == row.id, Invitation.used_at.is_(None), Invitation.withdrawn_at.is_(None))
        .where(Invitation.expires_at > now)
        .values(used_at=now)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError(GONE)
    if session.scalar(select(Staff.id).where(Staff.email == row.email)) is not None:
        raise ConflictError(ELSEWHERE)
    new = staff.NewStaff(
        row.email, row.name, password, row.municipality_id, row.role, tuple(row.district_ids), row.until, row.department
    )
    person = staff.create(session, new, now, SYSTEM)
    actor = Actor(person.id, person.name)
    audit.record(session, row.municipality_id, actor, "staff.accept_invitation", f"staff:{person.id}", now)
    return person


def get(session: Session, municipality: str, invitation_id: int) -> Invitation:
    """One invitation of a municipality. Raises NotFoundError for anyone else's."""
    row = session.get(Invitation, invitation_id)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("その招待は、もうありません。")
    return row


def waiting(session: Session, municipality: str, now: datetime) -> list[Invitation]:
    """Invitations that nobody has taken up, those past their end too (they can be renewed for 30 days)."""
    query = select(Invitation).where(
        Invitation.municipality_id == municipality, Invitation.used_at.is_(None), Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > now - FORGOTTEN,
    )  # fmt: skip
    return list(session.scalars(query.order_by(Invitation.id.desc())))


def forget(session: Session, now: datetime) -> int:
    """Erase the addresses of invitations that ended 30 days ago, used or not: the account has its own."""
    old = Invitation.expires_at < now - FORGOTTEN
    return erasing.carry_out(session, delete(Invitation).where(old))


def url(public_url: str, token: str) -> str:
    """Where the invited person opens their account."""
    return f"{public_url}console/invited/{token}"


def _open(now: datetime) -> Select[Invitation]:
    return select(Invitation).where(
        Invitation.used_at.is_(None), Invitation.withdrawn_at.is_(None), Invitation.expires_at > now
    )


def _target(row: Invitation) -> str:
    return f"invitation:{row.id}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
