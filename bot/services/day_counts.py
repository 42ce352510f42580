"""The numbers of a day, counted once it is over, for figures that outlive the rows they were counted from.

Counting a day again from the same rows gives the same numbers. The clock counts each day once: what retention and
erasure take away later does not change it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from bot.models import DailyCount, InboxEvent, Municipality, Resident
from bot.models.figures import NOWHERE
from bot.now import JST, jst
from bot.services.context import Context

BACK: Final = timedelta(days=60)  # how far the first count goes, and one after a long silence
QUESTIONS: Final = {"answered": ("asked", "answered"), "unknown": ("asked",), "wrong": ("wrong",)}
Counts = dict[str, Counter[int]]


def keep(context: Context, now: datetime) -> int:
    """Count every day that is over and was not counted yet, each in a transaction of its own. Returns how many."""
    yesterday = jst(now).date() - timedelta(days=1)
    with context.database.read() as session:
        newest = select(DailyCount.municipality_id, func.max(DailyCount.day)).group_by(DailyCount.municipality_id)
        last = {city: day for city, day in session.execute(newest)}  # noqa: C416  rows are no pairs to mypy
        cities = session.scalars(select(Municipality.id)).all()
    counted = 0
    for city in cities:
        day = max(last[city] + timedelta(days=1) if city in last else date.min, yesterday - BACK)
        while day <= yesterday:
            with context.database.write() as session:
                count(session, city, day)
            counted += 1
            day += timedelta(days=1)
    return counted


def count(session: Session, municipality: str, day: date) -> None:
    """Write down the numbers of a day in Japan, in place of what stood there for it."""
    begins = datetime.combine(day, time(), JST)
    ends = begins + timedelta(days=1)
    found = _questions(session, municipality, begins, ends) | _residents(session, municipality, begins, ends)
    session.execute(delete(DailyCount).where(DailyCount.municipality_id == municipality, DailyCount.day == day))
    found["residents"].setdefault(NOWHERE, 0)  # says that this day was counted
    rows = [
        {"municipality_id": municipality, "day": day, "kind": kind, "district_id": place, "count": number}
        for kind, places in found.items()
        for place, number in places.items()
        if number or (kind, place) == ("residents", NOWHERE)
    ]
    session.execute(insert(DailyCount), rows)


def of(session: Session, municipality: str, kind: str, first: date) -> Mapping[date, Mapping[int, int]]:
    """{day: {district: number}} from `first` on; days that were not counted are not there."""
    query = select(DailyCount.day, DailyCount.kind, DailyCount.district_id, DailyCount.count.label("number")).where(
        DailyCount.municipality_id == municipality,
        DailyCount.kind.in_({kind, "residents"}),
        DailyCount.day >= first,
    )
    found: dict[date, dict[int, int]] = {}
    for row in session.execute(query):
        places = found.setdefault(row.day, {})
        if row.kind == kind:
            places[row.district_id] = row.number
    return found


def _questions(session: Session, municipality: str, begins: datetime, ends: datetime) -> Counts:
    """By what became of them, and by the home of who asked, as long as the event still says whose it was."""
    query = (
        select(InboxEvent.about, Resident.home_district_id, func.count())
        .outerjoin(
            Resident,
            (Resident.municipality_id == InboxEvent.municipality_id) & (Resident.line_id == InboxEvent.source),
        )
        .where(
            InboxEvent.municipality_id == municipality, InboxEvent.about.is_not(None),
            InboxEvent.event_at >= begins, InboxEvent.event_at < ends,
        )
        .group_by(InboxEvent.about, Resident.home_district_id)
    )  # fmt: skip
    found: Counts = {kind: Counter() for kind in ("asked", "answered", "wrong")}
    for about, home, number in session.execute(query):
        for kind in QUESTIONS.get(about or "", ()):
            found[kind][home or NOWHERE] += number
    return found


def _residents(session: Session, municipality: str, begins: datetime, ends: datetime) -> Counts:
    mine = Resident.municipality_id == municipality
    conditions = {
        "joined": (Resident.followed_at >= begins) & (Resident.followed_at < ends),
        "left": (Resident.left_at >= begins) & (Resident.left_at < ends),
        "residents": (Resident.followed_at < ends) & or_(Resident.left_at.is_(None), Resident.left_at >= ends),
    }
    found: Counts = {}
    for kind, condition in conditions.items():
        query = select(Resident.home_district_id, func.count()).where(mine, condition)
        rows = session.execute(query.group_by(Resident.home_district_id))
        found[kind] = Counter({home or NOWHERE: number for home, number in rows})
    return found
