"""A trial (試し送り): whoever types a code in the chat sees an announcement as residents will, before it is approved.

The code is shown in the console to who wrote it, works once and for half an hour; the answer is a reply, which costs
nothing. Nobody's telephone has to be linked for it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import NotAllowedError
from bot.models import Announcement, TrialCode
from bot.now import jst
from bot.services import erasing
from bot.services.announcement_lists import district_ids

WORD: Final = "ためし"
LASTS: Final = timedelta(minutes=30)
_TYPED: Final = re.compile(rf"\s*(?:{WORD}|試し|テスト)\s*-?\s*([0-9]{{3}})\s*-?\s*([0-9]{{4}})\s*")


def code(session: Session, row: Announcement, actor: Actor, now: datetime) -> str:
    """A new code for one announcement, such as `ためし 482 9137`; an earlier one of this person ends.

    Raises NotAllowedError.
    """
    districts = district_ids(session, row)
    if actor.id is None or not actor.may("announcement.write", row.municipality_id, jst(now).date(), districts):
        raise NotAllowedError("この地区のお知らせを扱う権限がありません。")
    session.execute(delete(TrialCode).where(TrialCode.staff_id == actor.id))
    digits = f"{secrets.randbelow(10**7):07}"
    session.add(
        TrialCode(
            code_hash=_hash(row.municipality_id, digits), municipality_id=row.municipality_id,
            announcement_id=row.id, staff_id=actor.id, expires_at=now + LASTS,
        )
    )  # fmt: skip
    session.flush()
    return f"{WORD} {digits[:3]} {digits[3:]}"


def typed(text: str) -> str | None:
    """The digits of a code that somebody typed; None when the text is no code."""
    match = _TYPED.fullmatch(unicodedata.normalize("NFKC", text))
    return None if match is None else match[1] + match[2]


def find(session: Session, municipality: str, digits: str, now: datetime) -> Announcement | None:
    """The announcement a code shows; None when there is none, or it is over."""
    query = (
        select(Announcement)
        .join(TrialCode, TrialCode.announcement_id == Announcement.id)
        .where(TrialCode.code_hash == _hash(municipality, digits), TrialCode.expires_at > now)
        .where(TrialCode.municipality_id == municipality)
    )
    return session.scalar(query)


def use(session: Session, municipality: str, digits: str) -> bool:
    """The code does its work; False when it was used before."""
    used = session.execute(delete(TrialCode).where(TrialCode.code_hash == _hash(municipality, digits)))
    return bool(used.rowcount)  # type: ignore[attr-defined]


def forget(session: Session, now: datetime) -> int:
    """Codes that are over; returns how many."""
    return erasing.carry_out(session, delete(TrialCode).where(TrialCode.expires_at <= now))


def _hash(municipality: str, digits: str) -> str:
    return hashlib.sha256(f"trial/{municipality}/{digits}".encode()).hexdigest()
