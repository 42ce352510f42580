"""The numbers of a day, counted once it is over, for figures that outlive the rows they were counted from.

Counting a day again from the same rows gives the same numbers. The clock counts each day once: what retention and
erasure take away later does not change it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, case, delete, func, insert, literal_column, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.models import DailyCount, InboxEvent, Municipality, Resident
from bot.models.figures import COUNTED, NOWHERE
from bot.now import JST, jst
from bot.services.context import Context

BACK: Final = timedelta(days=60)  # how far the first count goes, and one after a long silence
QUESTIONS: Final = {"answered": ("asked", "answered"), "unknown": ("asked",), "wrong": ("wrong",)}
Counts = dict[str, Counter[int]]
Span = tuple[datetime, datetime]


def keep(context: Context, now: datetime) -> int:
    """Count every day that is over and was not counted yet, a city at a time. Returns how many days."""
    yesterday = jst(now).date() - timedelta(days=1)
    with context.database.read() as session:
        newest = select(DailyCount.municipality_id, func.max(DailyCount.day)).group_by(DailyCount.municipality_id)
        last = {city: day for city, day in session.execute(newest)}  # noqa: C416  rows are no pairs to mypy
        cities = session.scalars(select(Municipality.id)).all()
    counted = 0
    for city in cities:
        first = max(last[city] + timedelta(days=1) if city in last else date.min, yesterday - BACK)
        if first <= yesterday:
            # Read apart from writing: reading goes through everybody, and nobody is to wait for that.
            with context.database.read() as session:
                found = counts(session, city, first, yesterday)
            with context.database.write() as session:
                write(session, city, found)
            counted += len(found)
    return counted


def counts(session: Session, municipality: str, first: date, last: date) -> Mapping[date, Counts]:
    """The numbers of each of these days in Japan: {day: {kind: {district: number}}}. One way through the residents."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found: dict[date, Counts] = {day: {kind: Counter() for kind in COUNTED} for day in days}
    span = (_begin(first), _begin(last + timedelta(days=1)))
    _questions(session, municipality, span, found)
    _residents(session, municipality, span, found)
    return found


def write(session: Session, municipality: str, found: Mapping[date, Counts]) -> None:
    """Write down the numbers of these days, in place of what stood there for them."""
    mine = DailyCount.municipality_id == municipality
    session.execute(delete(DailyCount).where(mine, DailyCount.day.in_(list(found))))
    rows = []
    for day, kinds in found.items():
        kinds["residents"].setdefault(NOWHERE, 0)  # says that this day was counted
        rows += [
            {"municipality_id": municipality, "day": day, "kind": kind, "district_id": place, "count": number}
            for kind, places in kinds.items()
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


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), JST)


def _day_in_japan(session: Session, moment: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Its day as an expression; `_day` reads what comes of it."""
    if session.get_bind().dialect.name == "sqlite":
        return func.date(moment, literal_column("'+9 hours'"))
    return func.date(func.timezone(literal_column("'Asia/Tokyo'"), moment))


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _questions(session: Session, municipality: str, span: Span, found: Mapping[date, Counts]) -> None:
    """By what became of them, and by the home of who asked, as long as the event still says whose it was."""
    query = (
        select(
            InboxEvent.about, Resident.home_district_id, _day_in_japan(session, InboxEvent.event_at).label("asked"),
            func.count(),
        )
        .outerjoin(
            Resident,
            (Resident.municipality_id == InboxEvent.municipality_id) & (Resident.line_id == InboxEvent.source),
        )
        .where(
            InboxEvent.municipality_id == municipality, InboxEvent.about.is_not(None),
            InboxEvent.event_at >= span[0], InboxEvent.event_at < span[1],
        )
        .group_by(InboxEvent.about, Resident.home_district_id, "asked")
    )  # fmt: skip
    for about, home, asked, number in session.execute(query):
        for kind in QUESTIONS.get(about or "", ()):
            found[_day(asked)][kind][home or NOWHERE] += number


def _residents(session: Session, municipality: str, span: Span, found: Mapping[date, Counts]) -> None:
    """Who came, who left, and who was there at the end of each day."""
    begins, ends = span
    came = case((Resident.followed_at >= begins, _day_in_japan(session, Resident.followed_at))).label("came")
    went = case((Resident.left_at < ends, _day_in_japan(session, Resident.left_at))).label("went")
    query = (
        select(Resident.home_district_id, came, went, func.count())
        .where(
            Resident.municipality_id == municipality, Resident.followed_at < ends,
            or_(Resident.left_at.is_(None), Resident.left_at >= begins),
        )
        .group_by(Resident.home_district_id, "came", "went")
    )  # fmt: skip
    there: Counter[int] = Counter()
    for home, joined, left, number in session.execute(query):
        if joined is None:
            there[home or NOWHERE] += number
        else:
            found[_day(joined)]["joined"][home or NOWHERE] += number
        if left is not None:
            found[_day(left)]["left"][home or NOWHERE] += number
    for kinds in found.values():
        there.update(kinds["joined"])
        there.subtract(kinds["left"])
        kinds["residents"].update(there)
