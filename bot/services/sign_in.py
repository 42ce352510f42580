"""Signing in: password, then a code where the account has one; failures are counted and lock the account.

The steps are split so that hashing (tens of milliseconds by design) never runs inside a transaction:
`find` (read), `matches` (no session), `settle` (write). `now` is real time here, in the demo too.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import pyotp
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.core.sealing import Sealer
from bot.models import Staff
from bot.services import audit, recovery_codes, staff_sessions
from bot.services.staff import HASHER, TOTP_CONTEXT, fold_email

FREE_FAILURES = 5
FIRST_LOCK, LONGEST_LOCK = timedelta(minutes=15), timedelta(hours=24)
STEP_SECONDS = 30  # RFC 6238's time step


@dataclass(frozen=True)
class Found:
    """What a sign-in needs of an account, read before the password is checked."""

    id: int
    password_hash: str


@dataclass(frozen=True)
class Verdict:
    """Whether the password was right, and the hash to keep from now on (None: the present one is fine)."""

    right: bool
    new_hash: str | None = None


def find(session: Session, email: str) -> Found | None:
    """The open account of this address, or None."""
    staff = session.scalar(select(Staff).where(Staff.email == fold_email(email), Staff.active))
    return None if staff is None else Found(staff.id, staff.password_hash)


def matches(found: Found | None, password: str) -> Verdict:
    """Check the password in constant effort, known account or not."""
    try:
        HASHER.verify(found.password_hash if found else _nobody(), password)
    except (VerificationError, InvalidHashError):
        return Verdict(right=False)
    if found is None:
        return Verdict(right=False)
    stale = HASHER.check_needs_rehash(found.password_hash)
    return Verdict(right=True, new_hash=HASHER.hash(password) if stale else None)


def settle(session: Session, found: Found | None, verdict: Verdict, now: datetime) -> Staff | None:
    """Count a failure, or give the person whose password was right and whose account is not locked.

    The sign-in is complete only after `complete` (at once, or after `code_is_right`).
    """
    staff = None if found is None else _locked_row(session, found.id)
    if staff is None or not staff.active or is_locked(staff, now):
        return None
    # The row was read before the slow check: a password changed meanwhile makes the old one wrong.
    if not verdict.right or found is None or staff.password_hash != found.password_hash:
        _count_failure(session, staff, now)
        return None
    if verdict.new_hash is not None:
        staff.password_hash = verdict.new_hash
    return staff


def code_is_right(session: Session, sealer: Sealer, staff_id: int, code: str, now: datetime) -> bool:
    """Whether the code belongs to this moment (one step of 30 s either way) and was not used before."""
    staff = _locked_row(session, staff_id)
    if staff is None or not staff.active or staff.totp_secret is None or is_locked(staff, now):
        return False
    secret = sealer.open(staff.totp_secret, f"{TOTP_CONTEXT}{staff.id}").decode()
    step = matching_step(secret, code, now)
    if step is None or step <= staff.totp_step:
        _count_failure(session, staff, now)
        return False
    staff.totp_step = step
    return True


def recovery_is_right(session: Session, staff_id: int, code: str, now: datetime) -> bool:
    """Whether this is an unused recovery code of the person; it is used up. Wrong ones count as wrong codes do."""
    staff = _locked_row(session, staff_id)
    if staff is None or not staff.active or is_locked(staff, now):
        return False
    if not recovery_codes.use(session, staff, code, now):
        _count_failure(session, staff, now)
        return False
    return True


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The 30-second step around `now` whose code this is, or None."""
    digits = "".join(character for character in code if character.isdecimal())
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    for step in (present, present - 1, present + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode()):
            return step
    return None


def complete(session: Session, staff: Staff, now: datetime) -> None:
    """The sign-in succeeded: forget the failures and note the time."""
    staff.failures, staff.locked_until, staff.signed_in_at = 0, None, now
    audit.record(session, staff.municipality_id, Actor(staff.id, staff.name), "staff.sign_in", f"staff:{staff.id}", now)


def sign_out(session: Session, staff: Staff, session_id: int, now: datetime) -> None:
    """The person leaves: a copy of this browser's cookie is worth nothing afterwards."""
    if staff_sessions.end(session, staff.id, session_id):
        actor = Actor(staff.id, staff.name)
        audit.record(session, staff.municipality_id, actor, "staff.sign_out", f"staff:{staff.id}", now)


def end_session(session: Session, staff: Staff, session_id: int, now: datetime) -> bool:
    """End one of this person's sessions; False when it is not theirs or gone."""
    gone = staff_sessions.end(session, staff.id, session_id)
    if gone:
        actor = Actor(staff.id, staff.name)
        audit.record(session, staff.municipality_id, actor, "staff.end_session", f"staff:{staff.id}", now)
    return gone


def end_others(session: Session, staff: Staff, but: int, now: datetime) -> int:
    """End all of this person's sessions but one; returns how many."""
    number = staff_sessions.end_others(session, staff.id, but)
    if number:
        actor, details = Actor(staff.id, staff.name), {"sessions": number}
        audit.record(session, staff.municipality_id, actor, "staff.end_session", f"staff:{staff.id}", now, details)
    return number


def is_locked(staff: Staff, now: datetime) -> bool:
    """Whether the account refuses everybody for now."""
    return staff.locked_until is not None and now < staff.locked_until


@cache
def _nobody() -> str:
    """Verified when the address is unknown, so that the answer takes as long as for a known one."""
    return HASHER.hash("nobody signs in with this")


def _locked_row(session: Session, staff_id: int) -> Staff | None:
    return session.get(Staff, staff_id, with_for_update=True)


def _count_failure(session: Session, staff: Staff, now: datetime) -> None:
    staff.failures += 1
    rounds, rest = divmod(staff.failures, FREE_FAILURES)
    if rest == 0:
        wait = min(FIRST_LOCK * 2 ** min(rounds - 1, 10), LONGEST_LOCK)
        staff.locked_until = now + wait
        actor, details = Actor(staff.id, staff.name), {"minutes": int(wait.total_seconds() // 60)}
        audit.record(session, staff.municipality_id, actor, "staff.lock", f"staff:{staff.id}", now, details)
