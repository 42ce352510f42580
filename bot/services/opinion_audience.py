"""Who took part in a round's votes and voices, in numbers: by day while it listens, by home district at close.

What is stored may be shown to everybody: a step of fewer than five people waits for the next day, a district with
fewer joins others. What it is compared with: bot.services.bias_meter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core.small_numbers import LEAST, merge
from bot.models import Listening, Resident, RoundAudience, RoundParticipation
from bot.now import jst
from bot.services.context import Context

NOWHERE = "0"  # people who chose no district
Days = Sequence[Sequence[Any]]


def keep(context: Context, now: datetime) -> int:
    """One tick: note the day of open rounds, end the counting of closed ones. Returns how many rows changed."""
    with context.database.read() as session:
        query = select(Listening.municipality_id, Listening.round_table_id, Listening.votes_state).outerjoin(
            RoundAudience, RoundAudience.round_table_id == Listening.round_table_id
        )
        due = (Listening.votes_state == "open") | (
            Listening.votes_state.in_(("closed", "lost")) & RoundAudience.districts.is_(None)
        )
        rows = session.execute(query.where(due, Listening.round_table_id.is_not(None))).all()
    changed = 0
    for municipality, round_id, state in rows:
        assert round_id is not None
        with context.database.write() as session:
            changed += _note(session, municipality, round_id, jst(now).date(), over=state != "open")
    return changed


def _note(session: Session, municipality: str, round_id: int, today: date, *, over: bool) -> bool:
    row = session.get(RoundAudience, round_id)
    if row is None:
        row = RoundAudience(round_table_id=round_id, municipality_id=municipality, days=[], districts=None)
    elif row.districts is not None:
        return False
    homes = _homes(session, municipality, round_id)
    people = sum(homes.values())
    days = ended(row.days, today, people) if over else noted(row.days, today, people)
    if days == row.days and not over:
        return False
    row.days = days
    if over:
        row.districts = merge(homes)
    session.add(row)
    return True


def noted(days: Days, today: date, people: int) -> list[list[Any]]:
    """The days with today's, if at least five more have taken part than until the last day that is noted."""
    earlier = [list(one) for one in days if one[0] != today.isoformat()]
    before = earlier[-1][1] if earlier else 0
    return [*earlier, [today.isoformat(), people]] if people - before >= LEAST else [list(one) for one in days]


def ended(days: Days, today: date, people: int) -> list[list[Any]]:
    """The days with all who took part: fewer than five more at the end join the last step."""
    found = noted(days, today, people)
    if not found or found[-1][1] == people:
        return found
    return noted(found[:-1], today, people)


def _homes(session: Session, municipality: str, round_id: int) -> Counter[str]:
    query = (
        select(Resident.home_district_id, func.count())
        .join(RoundParticipation, RoundParticipation.resident_id == Resident.id)
        .where(RoundParticipation.municipality_id == municipality, RoundParticipation.round_table_id == round_id)
        .group_by(Resident.home_district_id)
    )
    return Counter({str(home or NOWHERE): count for home, count in session.execute(query)})


def of_round(session: Session, municipality: str, round_id: int) -> RoundAudience | None:
    """What is stored of a round once its votes are closed; None before."""
    row = session.get(RoundAudience, round_id)
    return row if row is not None and row.municipality_id == municipality and row.districts is not None else None
