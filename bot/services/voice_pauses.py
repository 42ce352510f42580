"""A pause of somebody's voices after several that hurt others. Nobody sees whose: staff see a number of people.

It is counted where the writer is told of the refusal (bot.services.statement_links), and only for those who wanted an
answer: of the others nobody knows who they are, and for them there is the limit of a day. The writer is told the last
day and a code; whoever names the code at the desk has the pause lifted, without saying who they are.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core import small_numbers
from bot.core.permissions import Actor
from bot.errors import NotAllowedError, NotFoundError
from bot.models import Resident, VoicePause
from bot.now import jst
from bot.services import audit, erasing

REASON: Final = "slander"  # of bot.core.statement_rules.REASONS
FROM: Final = 3  # so many refused for it ...
WITHIN: Final = timedelta(days=90)  # ... in this time, and voices pause ...
LASTS: Final = timedelta(days=30)  # ... for so long
RIGHT: Final = "voice.lift"
_SIGNS: Final = "0123456789"


@dataclass(frozen=True)
class Pause:
    """Until when, and the code that lifts it."""

    until: datetime
    code: str


def count(session: Session, resident: Resident, now: datetime) -> Pause | None:
    """One more voice of this resident was refused because it hurts somebody; the pause that begins with it, if any."""
    row = session.get(VoicePause, resident.id)
    if row is None:
        row = VoicePause(resident_id=resident.id, municipality_id=resident.municipality_id, refused=0, last_at=now)
        session.add(row)
    elif now - row.last_at > WITHIN:
        row.refused = 0
    row.refused, row.last_at = row.refused + 1, now
    if row.refused < FROM:
        return None
    row.refused, row.paused_until = 0, now + LASTS
    row.code = "".join(secrets.choice(_SIGNS) for _ in range(8))
    session.flush()
    return Pause(row.paused_until, row.code)


def of(session: Session, resident: Resident, now: datetime) -> Pause | None:
    """The pause this resident is in, if any."""
    row = session.get(VoicePause, resident.id)
    if row is None or row.paused_until is None or row.code is None or row.paused_until <= now:
        return None
    return Pause(row.paused_until, row.code)


def people(session: Session, municipality: str, now: datetime) -> int | None:
    """How many are paused; None for one to four, who could be guessed."""
    of_city = (VoicePause.municipality_id == municipality, VoicePause.paused_until > now)
    found = session.scalar(select(func.count()).select_from(VoicePause).where(*of_city)) or 0
    return found if found == 0 or found >= small_numbers.LEAST else None


def lift(session: Session, municipality: str, actor: Actor, code: str, now: datetime) -> None:
    """Let voices be given again. Raises NotAllowedError, or NotFoundError for a code that is nobody's (any more)."""
    if not actor.may(RIGHT, municipality, jst(now).date()):
        raise NotAllowedError("声の休みを解く役割がありません。")
    said = "".join(sign for sign in code if sign.isdigit())
    query = select(VoicePause).where(
        VoicePause.municipality_id == municipality, VoicePause.code == said, VoicePause.paused_until > now
    )
    row = session.scalar(query)
    if row is None:
        raise NotFoundError("その番号の休みは、ありません。もう終わったか、番号がちがいます。")
    row.paused_until = row.code = None
    audit.record(session, municipality, actor, "voice.lift", "voice", now)


def forget(session: Session, now: datetime) -> int:
    """Erase what no longer counts."""
    old = select(VoicePause).where(VoicePause.last_at < now - WITHIN)
    gone = [row for row in session.scalars(old) if row.paused_until is None or row.paused_until <= now]
    for row in gone:
        session.delete(row)
        erasing.note(session, row.municipality_id)
    return len(gone)
