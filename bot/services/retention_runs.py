"""What retention erased, in numbers: by rule and day (Japanese time), in the transaction that erased it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.models import AuditRow, RetentionRun
from bot.now import jst

KEEPS: Final = timedelta(days=396)  # thirteen months: twelve whole ones can always be told
YEAR: Final = timedelta(days=365)


@dataclass(frozen=True)
class Erased:
    """One rule: when it last erased anything, how many then, and how many in twelve months."""

    at: datetime
    last: int
    year: int


def note(session: Session, rule: str, count: int, before: int, now: datetime) -> None:
    """`count` rows went now, `before` of them earlier in the same run; nothing is written of nothing."""
    if not count:
        return
    day = jst(now).date()
    row = session.get(RetentionRun, (rule, day))
    if row is None:
        session.add(RetentionRun(rule=rule, day=day, erased=count, last=before + count, at=now))
        session.execute(delete(RetentionRun).where(RetentionRun.day < (jst(now) - KEEPS).date()))
    else:
        row.erased, row.last, row.at = row.erased + count, before + count, now


def told(session: Session, now: datetime) -> dict[str, Erased]:
    """Every rule that has erased anything in the last twelve months."""
    row = RetentionRun
    since = (jst(now) - YEAR).date()
    summed = select(row.rule, func.sum(row.erased)).where(row.day >= since).group_by(row.rule)
    years = {rule: int(number) for rule, number in session.execute(summed)}
    newest = select(row.rule, func.max(row.day).label("day")).group_by(row.rule).subquery()
    last = session.scalars(select(row).join(newest, (newest.c.rule == row.rule) & (newest.c.day == row.day)))
    return {one.rule: Erased(one.at, one.last, years.get(one.rule, 0)) for one in last}


def wishes(session: Session, municipality: str, now: datetime) -> dict[str, int]:
    """How many residents took their data or had it erased in twelve months: `resident.export`, `resident.erase`."""
    row = AuditRow
    mine = (row.municipality_id == municipality, row.target == "resident:", row.at >= now - YEAR)
    query = select(row.action, func.count()).where(*mine).group_by(row.action)
    return {action: int(number) for action, number in session.execute(query)}
