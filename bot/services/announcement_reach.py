"""Whom an announcement reaches: counted while it is written, and fixed at freezing.

One query says who gets it, here, at freezing and nowhere else: active residents who have not paused, each
once however many of the districts they belong to. What that costs stands in bot.services.budget.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from bot.core.small_numbers import rounded_up
from bot.models import (
    Announcement,
    AnnouncementDistrict,
    RainPlan,
    RainRecipient,
    Resident,
    ResidentDistrict,
    RoundParticipation,
    RoundTableReport,
)
from bot.models.announcement import CHOSEN
from bot.services import ledger
from bot.services.announcement_filters import (
    EVERYBODY,
    LEAST_WHO_TOOK_PART,
    Filters,
    condition,
    holds,
    stored,
)
from bot.services.announcement_lists import district_ids_of
from bot.services.pages import by_other_columns, on_page

NOBODY = "届く人がいないため、送れません。地区と届ける範囲を確かめてください。"
TOO_FEW_TOOK_PART = (
    f"参加した人が{LEAST_WHO_TOOK_PART}人より少ないため、送れません。だれのことか分かってしまうからです。"
    "だれが答えたかの記録は、アンケートの締切から30日で消えます。"
)


@dataclass(frozen=True)
class Reach:
    """How many get it: altogether (each person once, which is also the cost in messages) and by district.

    `rough`: only `shown` may be shown to anybody, a multiple of five that is not too small; 0 is told as it is.
    """

    recipients: int
    districts: dict[int, int]
    rough: bool = False

    @property
    def shown(self) -> int:
        """The number for a page: at most so many."""
        return rounded_up(self.recipients) if self.rough else self.recipients


def may_receive() -> ColumnElement[bool]:
    """Residents that anything may be sent to: not left, not paused."""
    return and_(Resident.state == "active", Resident.paused_at.is_(None))


def round_of(session: Session, announcement_id: int) -> int | None:
    """The round table whose participants an announcement goes to (a report); None for any other announcement."""
    report = session.get(RoundTableReport, announcement_id)
    return report.round_table_id if report is not None else None


def took_part(round_table_id: int) -> ColumnElement[bool]:
    """Residents who answered a round's question, voted in it, or gave a voice and wish to hear back."""
    parts = select(RoundParticipation.resident_id).where(RoundParticipation.round_table_id == round_table_id)
    return Resident.id.in_(parts)


@dataclass(frozen=True)
class Whom:
    """Whom something goes to: an audience in districts (none: the whole city), narrowed by filters.

    `round_table_id`: whoever took part in this round, wherever they live, and nobody else (a report).
    `corrects_id`: whoever was a recipient of that announcement (a correction).
    `rain_id`: also whoever had signed up or was reminded when the rain plan of this announcement was decided.
    """

    municipality: str
    audience: str
    district_ids: tuple[int, ...] = ()
    filters: Filters = EVERYBODY
    round_table_id: int | None = None
    corrects_id: int | None = None
    rain_id: int | None = None

    @property
    def hidden(self) -> bool:
        """Whether its number is only told roughly: it is part of a district's people, or of those who took part."""
        return self.audience in CHOSEN or not self.filters.nothing


def whom_of(session: Session, row: Announcement, district_ids: Collection[int] | None = None) -> Whom:
    """Whom an announcement goes to; `district_ids` where they are known already."""
    if district_ids is None:
        of = AnnouncementDistrict
        district_ids = session.scalars(select(of.district_id).where(of.announcement_id == row.id)).all()
    return Whom(
        row.municipality_id, row.audience, tuple(sorted(district_ids)), stored(row.filters or {}),
        round_of(session, row.id), row.corrects_id,
        session.scalar(select(RainPlan.announcement_id).where(RainPlan.announcement_id == row.id)),
    )  # fmt: skip


def whoms_of(session: Session, rows: Collection[Announcement]) -> dict[int, Whom]:
    """The same for many at once, by their ids."""
    ids = [row.id for row in rows]
    districts = district_ids_of(session, ids)
    report = select(RoundTableReport.announcement_id, RoundTableReport.round_table_id)
    rounds = dict(session.execute(report.where(RoundTableReport.announcement_id.in_(ids))).all())
    rain = set(session.scalars(select(RainPlan.announcement_id).where(RainPlan.announcement_id.in_(ids))))
    return {
        row.id: Whom(
            row.municipality_id, row.audience, districts[row.id], stored(row.filters or {}), rounds.get(row.id),
            row.corrects_id, row.id if row.id in rain else None,
        )
        for row in rows
    }  # fmt: skip


def of_audience(whom: Whom, now: datetime, *, paged: bool = False) -> ColumnElement[bool]:
    """The condition on `resident`, for what is written, counted and frozen alike.

    Without districts only `city` and those who took part match anybody. `paged` as in bot.services.ledger.
    """
    base = _everybody(whom)
    if whom.corrects_id is not None:
        return and_(base, Resident.id.in_(ledger.recipients(whom.municipality, whom.corrects_id, paged=paged)))
    if whom.round_table_id is not None:
        return and_(base, took_part(whom.round_table_id))
    narrowed = condition(whom.filters, whom.municipality, now, paged=paged)
    who = and_(_in_audience(whom, now), narrowed)
    if whom.rain_id is not None:
        signed_up = select(RainRecipient.resident_id).where(RainRecipient.announcement_id == whom.rain_id)
        who = or_(who, Resident.id.in_(signed_up))
    return and_(base, who)


def _in_audience(whom: Whom, now: datetime) -> ColumnElement[bool]:
    if whom.audience == "city":
        return true()
    if whom.audience == "took_part":
        return true() if whom.filters.of_part else false()
    if whom.audience == "holders":
        posts = whom.filters.posts
        return holds(whom.municipality, whom.district_ids, now, posts=posts) if whom.district_ids else false()
    chosen = Resident.home_district_id.in_(whom.district_ids)
    if whom.audience == "home_and_interest":
        home = aliased(Resident)
        at_home = select(home.id).where(home.home_district_id.in_(whom.district_ids))
        # One list of ids, not two conditions: with an OR, SQLite goes through everybody of the municipality.
        return Resident.id.in_(at_home.union_all(_interested(whom)))
    return chosen if whom.audience == "home" else false()


def _everybody(whom: Whom) -> ColumnElement[bool]:
    by_district = whom.audience in ("home", "home_and_interest")
    municipality = by_other_columns(Resident.municipality_id) if by_district else Resident.municipality_id
    return and_(municipality == whom.municipality, may_receive())


def _interested(whom: Whom) -> Select[int]:
    return select(ResidentDistrict.resident_id).where(ResidentDistrict.district_id.in_(whom.district_ids))


def recipients(whom: Whom, now: datetime) -> list[Select[int]]:
    """Ids of those on one page (bot.services.pages) who get it, in one or more parts; nobody is in two of them."""
    return [select(Resident.id).where(part, on_page(Resident.id)) for part in _parts(whom, now, paged=True)]


def _parts(whom: Whom, now: datetime, *, paged: bool = False) -> list[ColumnElement[bool]]:
    """`of_audience` in parts that exclude each other, each found by its own index.

    Joined by OR, SQLite would go through everybody; as one list of ids, it would look up each of them.
    """
    special = whom.corrects_id is not None or whom.round_table_id is not None or whom.rain_id is not None
    if special or whom.audience != "home_and_interest":
        return [of_audience(whom, now, paged=paged)]
    interested = and_(
        Resident.id.in_(_interested(whom)),
        or_(Resident.home_district_id.is_(None), Resident.home_district_id.not_in(whom.district_ids)),
        _everybody(whom),
        condition(whom.filters, whom.municipality, now, paged=paged),
    )
    return [of_audience(replace(whom, audience="home"), now, paged=paged), interested]


def reach(
    session: Session,
    municipality: str,
    audience: str,
    district_ids: Collection[int],
    now: datetime,
    filters: Filters = EVERYBODY,
) -> Reach:
    """How many people an announcement that is being written would reach now."""
    return count(session, Whom(municipality, audience, tuple(sorted(set(district_ids))), filters), now)


def reach_of(session: Session, announcement: Announcement, district_ids: Collection[int], now: datetime) -> Reach:
    """How many people this announcement would reach now: a report those who took part, any other its districts."""
    return count(session, whom_of(session, announcement, district_ids), now)


def count(session: Session, whom: Whom, now: datetime, *, apart: bool = True) -> Reach:
    """Each person once. By district (`apart`) only where that tells of nobody (see `Whom.hidden`)."""
    total = _count(session, whom, now)
    elsewhere = whom.audience == "city" or whom.round_table_id is not None or whom.corrects_id is not None
    if whom.hidden or elsewhere or not apart:
        return Reach(total, {}, rough=whom.hidden)
    return Reach(total, {one: _count(session, replace(whom, district_ids=(one,)), now) for one in whom.district_ids})


def why_not(whom: Whom, recipients: int) -> str | None:
    """Why so few recipients stop a send: a filter that matches nobody is never widened."""
    if whom.filters.needs_many and recipients < LEAST_WHO_TOOK_PART:
        return TOO_FEW_TOOK_PART
    return None if recipients else NOBODY


def _count(session: Session, whom: Whom, now: datetime) -> int:
    people = select(func.count()).select_from(Resident)
    return sum(session.scalar(people.where(part)) or 0 for part in _parts(whom, now))
