"""What the figures' pages show: who takes part, what goes on, how entries are rated, who leaves, what is answered.

A council sees its own districts, beside the middle of all of them where that tells on none; the city sees all. Numbers
of people pass bot.core.small_numbers here, before any page, file or chart sees them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot.core import figure_rules
from bot.core.figure_rules import Period
from bot.core.small_numbers import hide, rounded_up
from bot.models import (
    Announcement,
    AnnouncementDistrict,
    District,
    Matter,
    ModerationAct,
    Poll,
    Referral,
    Response,
    RoundAudience,
    RoundTable,
    Statement,
)
from bot.now import JST, jst
from bot.services import blocks, day_counts, head_counts, population, ratings
from bot.services.ratings import Rated, Score

SENT = ("sending", "sent", "stopped")
YEAR = 365  # days


@dataclass(frozen=True)
class Scope:
    """Whose figures: `place` one district, None the whole city (only for who may see all of it)."""

    municipality: str
    place: int | None
    today: date

    @property
    def wanted(self) -> set[int] | None:
        """The districts meant; None: all."""
        return None if self.place is None else {self.place}


@dataclass(frozen=True)
class Place:
    """One district's taking part: residents, their share of the inhabitants, answers of a year (None: not shown)."""

    district: District
    residents: int | None
    of_population: float | None
    answers: int | None


@dataclass(frozen=True)
class Middles:
    """The middle of all districts, where at least five are known."""

    residents: float | None
    of_population: float | None
    answers: float | None


@dataclass(frozen=True)
class Series:
    """A number for each period; None: not shown, or not counted."""

    values: tuple[float | None, ...]

    @property
    def total(self) -> float:
        """The sum of what is shown."""
        return sum(value for value in self.values if value is not None)


@dataclass(frozen=True)
class Told:
    """Announcements by period: how many, to how many people, how many of those left within two days."""

    sent: tuple[int, ...]
    reached: tuple[int, ...]
    left: tuple[int, ...]
    hidden: int = 0  # announcements whose leavers are too few to be told


@dataclass(frozen=True)
class Promised:
    """Referrals by the period in which their answer was due: all, and those answered in time, late, not at all."""

    due: tuple[int, ...]
    in_time: tuple[int, ...]
    late: tuple[int, ...]
    missing: tuple[int, ...] = field(default=())


def places(session: Session, municipality: str, districts: Sequence[District], today: date) -> list[Place]:
    """Taking part by district, of all the given ones."""
    ids = [one.id for one in districts]
    counts = head_counts.by_district(session, municipality, ids).counts
    people = population.of(session, municipality).districts
    answers = _answers(session, municipality, today)
    found = []
    for one in districts:
        residents = counts[one.id]
        inhabitants = people[one.id].now.total if one.id in people else 0
        of_population = residents / inhabitants if residents is not None and inhabitants else None
        found.append(Place(one, residents, of_population, answers.get(one.id)))
    return found


def middles(found: Sequence[Place]) -> Middles:
    """The middle of what these districts have."""
    return Middles(
        *(
            figure_rules.middle([getattr(one, name) for one in found])
            for name in ("residents", "of_population", "answers")
        )
    )


def _answers(session: Session, municipality: str, today: date) -> dict[int, int]:
    """People by district over the polls and rounds of the last year: sums of tables that are shown anyway."""
    since = datetime.combine(date.fromordinal(today.toordinal() - YEAR), time(), JST)
    polls = select(Poll.tally).where(
        Poll.municipality_id == municipality, Poll.state == "closed", Poll.closed_at >= since
    )
    rounds = (
        select(RoundAudience.districts)
        .join(RoundTable, RoundTable.id == RoundAudience.round_table_id)
        .where(RoundAudience.municipality_id == municipality, RoundTable.closes_at >= since)
    )
    tables: list[Mapping[str, int]] = [(tally or {}).get("districts") or {} for tally in session.scalars(polls)]
    tables += [one or {} for one in session.scalars(rounds)]
    return figure_rules.together(tables)


def counted(session: Session, scope: Scope, kind: str, periods: Sequence[Period]) -> Series:
    """Questions asked, answered, called wrong, by the days that were counted; None for periods without such a day."""
    days = day_counts.of(session, scope.municipality, kind, periods[0].first)
    values: list[float | None] = []
    for period in periods:
        mine = [places_ for day, places_ in days.items() if period.holds(day)]
        sums: dict[int, int] = {}
        for places_ in mine:
            for place, number in places_.items():
                sums[place] = sums.get(place, 0) + number
        if not mine:
            values.append(None)
        elif scope.place is None:
            values.append(sum(sums.values()))
        else:
            values.append(figure_rules.of_place(sums, scope.place))
    return Series(tuple(values))


def answered_share(asked: Series, answered: Series, wrong: Series) -> Series:
    """Of the questions asked, those answered and not called wrong; None under ten."""
    shares: list[float | None] = []
    for all_, good, bad in zip(asked.values, answered.values, wrong.values, strict=True):
        known = None not in (all_, good, bad)
        shares.append(figure_rules.share(max(0, int((good or 0) - (bad or 0))), int(all_ or 0)) if known else None)
    return Series(tuple(shares))


def people(session: Session, municipality: str, periods: Sequence[Period]) -> dict[str, Series]:
    """The whole city's residents: who came and who left (small numbers hidden), and how many there were, in fives."""
    found = {}
    for kind in ("joined", "left"):
        sums = counted(session, Scope(municipality, None, periods[-1].last), kind, periods).values
        found[kind] = Series(
            tuple(None if one is None else hide({0: int(one)}).counts[0] for one in sums)  # of a whole month
        )
    days = day_counts.of(session, municipality, "residents", periods[0].first)
    ends: list[float | None] = []
    for period in periods:
        last = max((day for day in days if period.holds(day)), default=None)
        ends.append(None if last is None else rounded_up(sum(days[last].values())))
    return found | {"residents": Series(tuple(ends))}


def told(session: Session, scope: Scope, periods: Sequence[Period]) -> Told:
    """Announcements by the month they were sent in; who left is added up of those only that may tell it themselves."""
    query = select(Announcement).where(
        Announcement.municipality_id == scope.municipality, Announcement.frozen_at >= _begin(periods),
        Announcement.state.in_(SENT),
    )  # fmt: skip
    rows = session.scalars(query.where(*_to(scope))).all()
    sent = figure_rules.sums(periods, [(_day(row.frozen_at), 1) for row in rows])
    rated = [(row, rate) for row in rows if (rate := blocks.of(session, row)).left is not None]
    reached = figure_rules.sums(periods, [(_day(row.frozen_at), rate.recipients) for row, rate in rated])
    left = figure_rules.sums(periods, [(_day(row.frozen_at), rate.left or 0) for row, rate in rated])
    return Told(tuple(sent), tuple(reached), tuple(left), len(rows) - len(rated))


def _to(scope: Scope) -> list[ColumnElement[bool]]:
    if scope.place is None:
        return []
    mine = select(AnnouncementDistrict.announcement_id).where(AnnouncementDistrict.district_id == scope.place)
    return [Announcement.id.in_(mine)]


def poll_answers(session: Session, scope: Scope, periods: Sequence[Period]) -> list[int]:
    """People who answered the polls that closed in each period."""
    query = (
        select(Poll.closed_at, Poll.participants)
        .join(Announcement, Announcement.poll_id == Poll.id)
        .where(
            Poll.municipality_id == scope.municipality, Poll.state == "closed", Poll.closed_at >= _begin(periods)
        )
    )  # fmt: skip
    rows = session.execute(query.where(*_to(scope))).all()
    return figure_rules.sums(periods, [(_day(row.closed_at), row.participants) for row in rows])


def voices(session: Session, scope: Scope, periods: Sequence[Period]) -> list[int]:
    """Statements let through by the moderators in each period."""
    query = (
        select(ModerationAct.at)
        .outerjoin(Statement, Statement.id == ModerationAct.statement_id)
        .where(
            ModerationAct.municipality_id == scope.municipality, ModerationAct.act == "approve",
            ModerationAct.at >= _begin(periods),
        )
    )  # fmt: skip
    if scope.place is not None:
        query = query.where(Statement.district_id == scope.place)
    return figure_rules.sums(periods, [(_day(at), 1) for at in session.scalars(query)])


def promised(session: Session, scope: Scope, periods: Sequence[Period], now: datetime) -> Promised:
    """Referred voices whose answer was due until today: answered by the promised day, later, or not yet."""
    first_answer = (
        select(Response.referral_id, func.min(Response.published_at).label("at"))
        .where(Response.municipality_id == scope.municipality, Response.state == "published")
        .group_by(Response.referral_id)
        .subquery()
    )
    query = (
        select(Referral.due_on, first_answer.c.at)
        .join(Matter, Matter.id == Referral.matter_id)
        .join(RoundTable, RoundTable.id == Matter.round_table_id)
        .outerjoin(first_answer, first_answer.c.referral_id == Referral.id)
        .where(
            Referral.municipality_id == scope.municipality, Referral.due_on >= periods[0].first,
            Referral.due_on <= jst(now).date(),
        )
    )  # fmt: skip
    if scope.place is not None:
        query = query.where(RoundTable.district_id == scope.place)
    rows = session.execute(query).all()
    kinds: dict[str, list[tuple[date, int]]] = {"in_time": [], "late": [], "missing": []}
    for due_on, at in rows:
        kind = "missing" if at is None else "in_time" if _day(at) <= due_on else "late"
        kinds[kind].append((due_on, 1))
    due = figure_rules.sums(periods, [(row.due_on, 1) for row in rows])
    return Promised(tuple(due), *(tuple(figure_rules.sums(periods, days)) for days in kinds.values()))


def rated(session: Session, scope: Scope) -> tuple[list[Rated], dict[str, Score]]:
    """The rated entries of the scope, the lowest first, and their answers together by question."""
    keys = dict(
        session.execute(select(District.id, District.key).where(District.municipality_id == scope.municipality)).all()
    )
    own = None if scope.place is None else keys.get(scope.place)
    found = [
        one
        for one in ratings.worst_first(session, scope.municipality)
        if own is None or own in (one.entry.data.get("districts") or ())
    ]
    return found, ratings.together(session, scope.municipality, [one.entry.id for one in found])


def _begin(periods: Sequence[Period]) -> datetime:
    return datetime.combine(periods[0].first, time(), JST)


def _day(moment: datetime | None) -> date:
    return jst(moment).date() if moment is not None else date.min
