"""The second factor beside a password: who has one, who owes one, from when, and taking all of a person's away.

It is owed by whoever may publish or read free text (bot.core.permissions.SECOND_FACTOR_RIGHTS): a code from an
authenticator app, or a passkey. `now` is real time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import ConflictError
from bot.models import Passkey, RecoveryCode, Staff
from bot.services import audit


@dataclass(frozen=True)
class Factors:
    """What a person has beside the password."""

    app: bool
    passkeys: int

    @property
    def any(self) -> bool:
        return self.app or self.passkeys > 0


def of(session: Session, person: Staff) -> Factors:
    """What this person has set up."""
    mine = select(func.count()).select_from(Passkey).where(Passkey.staff_id == person.id)
    return Factors(person.totp_secret is not None, session.scalar(mine) or 0)


def owed(person: Staff, actor: Actor, today: date, now: datetime) -> bool:
    """Whether this person must have one by now."""
    if not actor.needs_second_factor(today):
        return False
    return person.second_factor_due is None or person.second_factor_due <= now


def begin_grace(session: Session, person: Staff, actor: Actor, days: int, now: datetime) -> None:
    """At a sign-in of somebody who owes one and has none: let the days that the installation gives begin, once.

    An admin has none: everybody else's account hangs on theirs.
    """
    admin = any(grant.role == "admin" for grant in actor.grants)
    if days and not admin and person.second_factor_due is None and not of(session, person).any:
        person.second_factor_due = now + timedelta(days=days)


def keep_one(session: Session, person: Staff, actor: Actor, today: date) -> None:
    """Before one is removed: raise ConflictError when it is the last of somebody who owes one."""
    factors = of(session, person)
    if actor.needs_second_factor(today) and int(factors.app) + factors.passkeys <= 1:
        raise ConflictError(
            "2つめの確認が1つもなくなるので、外せません。先に、認証アプリかパスキーをもう1つ設定してください。"
        )


def reset(session: Session, person: Staff, now: datetime, by: Actor) -> None:
    """For a lost phone: app, passkeys and recovery codes go, every session ends; set up anew at the next sign-in."""
    person.totp_secret, person.totp_step = None, 0
    person.session_version += 1
    for table in (Passkey, RecoveryCode):
        session.execute(delete(table).where(table.staff_id == person.id))
    audit.record(session, person.municipality_id, by, "staff.disable_totp", f"staff:{person.id}", now)
