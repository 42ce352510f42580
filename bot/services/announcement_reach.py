"""Whom an announcement reaches, what that costs, and what is left of LINE's monthly quota.

One query says who gets it, here, at freezing and nowhere else: active residents who have not paused, each
once however many of the districts they belong to. A push or multicast costs one message a recipient
(line-platform: counted per recipient and request).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from bot.core.small_numbers import rounded_up
from bot.models import (
    Announcement,
    AnnouncementDistrict,
    AnnouncementRecipient,
    Channel,
    Resident,
    ResidentDistrict,
    RoundParticipation,
    RoundTableReport,
)
from bot.models.announcement import CHOSEN
from bot.now import jst
from bot.services.announcement_filters import (
    EVERYBODY,
    LEAST_WHO_TOOK_PART,
    Filters,
    condition,
    holds,
    stored,
)

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


@dataclass(frozen=True)
class Quota:
    """A month's messages at LINE. `limit` None: unlimited, or never read (then `read_at` is None too).

    `used` is LINE's own count plus what was accepted since; `scheduled` is approved and not yet accepted.
    """

    limit: int | None
    used: int
    scheduled: int
    remaining: int | None
    read_at: datetime | None = None

    def lacks(self, recipients: int) -> int:
        """How many messages are missing for this many recipients; 0 when they fit."""
        return 0 if self.remaining is None else max(0, recipients - self.remaining)


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
    """

    municipality: str
    audience: str
    district_ids: tuple[int, ...] = ()
    filters: Filters = EVERYBODY
    round_table_id: int | None = None
    corrects_id: int | None = None

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
    )  # fmt: skip


def of_audience(whom: Whom, now: datetime) -> ColumnElement[bool]:
    """The condition on `resident`, for what is written, counted and frozen alike.

    Without districts only `city` and those who took part match anybody.
    """
    base = and_(Resident.municipality_id == whom.municipality, may_receive())
    if whom.corrects_id is not None:
        got = AnnouncementRecipient
        same = select(got.resident_id).where(got.announcement_id == whom.corrects_id)
        return and_(base, Resident.id.in_(same.where(got.municipality_id == whom.municipality)))
    if whom.round_table_id is not None:
        return and_(base, took_part(whom.round_table_id))
    narrowed = condition(whom.filters, whom.municipality, now)
    return and_(base, _in_audience(whom, now), narrowed)


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
        interest = select(ResidentDistrict.resident_id).where(ResidentDistrict.district_id.in_(whom.district_ids))
        return or_(chosen, Resident.id.in_(interest))
    return chosen if whom.audience == "home" else false()


def recipients(whom: Whom, now: datetime) -> Select[int, bytes]:
    """Resident ids and sealed LINE ids, in the order of the ids; one row a person by construction."""
    # Without the column's type: its conversion (bytes to bytes) costs more than the rest of reading a row.
    line_id = cast("ColumnElement[bytes]", type_coerce(Resident.line_id, NullType()))
    return select(Resident.id, line_id).where(of_audience(whom, now)).order_by(Resident.id)


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


def count(session: Session, whom: Whom, now: datetime) -> Reach:
    """Each person once. By district only where that tells of nobody (see `Whom.hidden`)."""
    total = _count(session, whom, now)
    elsewhere = whom.audience == "city" or whom.round_table_id is not None or whom.corrects_id is not None
    if whom.hidden or elsewhere:
        return Reach(total, {}, rough=whom.hidden)
    return Reach(total, {one: _count(session, replace(whom, district_ids=(one,)), now) for one in whom.district_ids})


def why_not(whom: Whom, recipients: int) -> str | None:
    """Why so few recipients stop a send: a filter that matches nobody is never widened."""
    if whom.filters.needs_many and recipients < LEAST_WHO_TOOK_PART:
        return TOO_FEW_TOOK_PART
    return None if recipients else NOBODY


def _count(session: Session, whom: Whom, now: datetime) -> int:
    return session.scalar(select(func.count()).select_from(Resident).where(of_audience(whom, now))) or 0


def quota(session: Session, municipality: str, now: datetime, at: datetime | None = None) -> Quota:
    """The quota of the month (Japan's) that `at` lies in, this month when left out.

    An announcement being sent counts as used as far as LINE accepted it since the count was read, the rest as
    scheduled: at worst a few are counted twice until the next reading, never too few.
    """
    channel = session.get(Channel, municipality)
    month = _month(max(at or now, now))
    read_at = channel.quota_read_at if channel else None
    used = (channel.quota_used or 0) if channel and read_at and _month(read_at) == month else 0
    scheduled = 0
    for row in _going_out(session, municipality):
        if _month(row.frozen_at or row.send_at or now) != month:
            continue
        if row.state == "scheduled":
            scheduled += _count(session, whom_of(session, row), now)
        else:
            used += row.accepted
            scheduled += row.recipients - row.accepted if row.state == "sending" else 0
    limit = channel.quota if channel else None
    remaining = None if limit is None else max(0, limit - used - scheduled)
    return Quota(limit, used, scheduled, remaining, read_at)


def _going_out(session: Session, municipality: str) -> Sequence[Announcement]:
    """What was approved and is not in LINE's count as we last read it."""
    read_at = select(Channel.quota_read_at).where(Channel.municipality_id == municipality).scalar_subquery()
    recent = or_(Announcement.finished_at.is_(None), read_at.is_(None), Announcement.finished_at > read_at)
    states = or_(
        Announcement.state.in_(("scheduled", "sending")),
        and_(Announcement.state.in_(("sent", "stopped", "cancelled")), Announcement.accepted > 0, recent),
    )
    return session.scalars(select(Announcement).where(Announcement.municipality_id == municipality, states)).all()


def _month(moment: datetime) -> tuple[int, int]:
    # LINE's month is taken to begin in Japan's time (unconfirmed in its documents).
    local = jst(moment)
    return local.year, local.month
