"""What retention erased, in numbers: by rule, day (Japanese time) and municipality, in the transaction that did it."""

from __future__ import annotations

from collections.abc import Mapping
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


def note(session: Session, rule: str, counts: Mapping[str, int], before: Mapping[str, int], now: datetime) -> None:
    """So many rows of each municipality went now, `before` earlier in the same run; nothing is written of nothing."""
    day = jst(now).date()
    for municipality, count in counts.items():
        row = session.get(RetentionRun, (rule, day, municipality))
        last = before.get(municipality, 0) + count
        if row is None:
            new = RetentionRun(rule=rule, day=day, municipality_id=municipality, erased=count, last=last, at=now)
            session.add(new)
            session.execute(delete(RetentionRun).where(RetentionRun.day < (jst(now) - KEEPS).date()))
        else:
            row.erased, row.last, row.at = row.erased + count, last, now


def told(session: Session, municipality: str, now: datetime) -> dict[str, Erased]:
    """Every rule that has erased anything of this municipality in the last twelve months.

    Of what belongs to no municipality (`erasing.NOBODYS`): in the whole installation.
    """
    row = RetentionRun
    of, since = row.municipality_id == municipality, (jst(now) - YEAR).date()
    summed = select(row.rule, func.sum(row.erased)).where(of, row.day >= since).group_by(row.rule)
    years = {rule: int(number) for rule, number in session.execute(summed)}
    newest = select(row.rule, func.max(row.day).label("day")).where(of).group_by(row.rule).subquery()
    joined = (newest.c.rule == row.rule) & (newest.c.day == row.day)
    last = session.scalars(select(row).where(of).join(newest, joined))
    return {one.rule: Erased(one.at, one.last, years.get(one.rule, 0)) for one in last}


def wishes(session: Session, municipality: str, now: datetime) -> dict[str, int]:
    """How many residents took their data or had it erased in twelve months: `resident.export`, `resident.erase`."""
    row = AuditRow
    mine = (row.municipality_id == municipality, row.target == "resident:", row.at >= now - YEAR)
    query = select(row.action, func.count()).where(*mine).group_by(row.action)
    return {action: int(number) for action, number in session.execute(query)}
