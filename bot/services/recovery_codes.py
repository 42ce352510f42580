"""Recovery codes: ten, written down or printed, each good once when the phone is not at hand.

A code has about 79 random bits, so that its plain digest (with the person's id) is enough to keep.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.models import RecoveryCode, Staff
from bot.services import audit, staff

NUMBER: Final = 10
FEW: Final = 3  # from here on the person is told to make new ones


def renew(session: Session, person: Staff, now: datetime, by: Actor) -> list[str]:
    """Ten new codes to be shown once; all older ones are dead."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == person.id))
    codes = [staff.one_time_password() for _ in range(NUMBER)]
    session.add_all(
        RecoveryCode(municipality_id=person.municipality_id, staff_id=person.id, code_hash=_hash(person.id, code))
        for code in codes
    )
    session.flush()
    audit.record(session, person.municipality_id, by, "staff.renew_codes", f"staff:{person.id}", now)
    return codes


def left(session: Session, staff_id: int) -> int:
    """How many have not been used."""
    unused = (RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def use(session: Session, person: Staff, code: str, now: datetime) -> bool:
    """Use a code up; False for a wrong one and for one that was used before."""
    same = (RecoveryCode.staff_id == person.id, RecoveryCode.code_hash == _hash(person.id, code))
    used = session.execute(update(RecoveryCode).where(*same, RecoveryCode.used_at.is_(None)).values(used_at=now))
    if used.rowcount != 1:  # type: ignore[attr-defined]
        return False
    by, details = Actor(person.id, person.name), {"left": left(session, person.id)}
    audit.record(session, person.municipality_id, by, "staff.use_code", f"staff:{person.id}", now, details)
    return True


def _hash(staff_id: int, code: str) -> str:
    plain = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(f"{staff_id}/{plain}".encode()).hexdigest()
