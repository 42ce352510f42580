"""Whom an announcement reaches, what that costs, and what is left of LINE's monthly quota.

One query says who gets it, here, at freezing and nowhere else: active residents who have not paused, each
once however many of the districts they belong to. A push or multicast costs one message a recipient
(line-platform: counted per recipient and request).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from bot.models import (
    Announcement,
    AnnouncementDistrict,
    Channel,
    Resident,
    ResidentDistrict,
    RoundParticipation,
    RoundTableReport,
)
from bot.now import jst


@dataclass(frozen=True)
class Reach:
    """How many get it: altogether (each person once, which is also the cost in messages) and by district."""

    recipients: int
    districts: dict[int, int]


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


def of_audience(
    municipality: str, audience: str, district_ids: Collection[int], round_table_id: int | None = None
) -> ColumnElement[bool]:
    """The condition on `resident` for an audience; without districts only `city` matches anybody.

    `round_table_id`: whoever took part in this round, wherever they live, and nobody else.
    """
    base = and_(Resident.municipality_id == municipality, may_receive())
    if round_table_id is not None:
        return and_(base, took_part(round_table_id))
    if audience == "city":
        return base
    chosen = Resident.home_district_id.in_(district_ids)
    if audience == "home_and_interest":
        interest = select(ResidentDistrict.resident_id).where(ResidentDistrict.district_id.in_(district_ids))
        return and_(base, or_(chosen, Resident.id.in_(interest)))
    return and_(base, chosen)


def recipients(
    municipality: str, audience: str, district_ids: Collection[int], round_table_id: int | None = None
) -> Select[int, bytes]:
    """Resident ids and sealed LINE ids, in the order of the ids; one row a person by construction."""
    who = of_audience(municipality, audience, district_ids, round_table_id)
    # Without the column's type: its conversion (bytes to bytes) costs more than the rest of reading a row.
    line_id = cast("ColumnElement[bytes]", type_coerce(Resident.line_id, NullType()))
    return select(Resident.id, line_id).where(who).order_by(Resident.id)


def reach(session: Session, municipality: str, audience: str, district_ids: Collection[int], now: datetime) -> Reach:
    """How many people an announcement would reach now, before it is sent."""
    del now  # reach is what the table says at this moment; nothing in it depends on the time of day
    who = of_audience(municipality, audience, district_ids)
    total = session.scalar(select(func.count()).select_from(Resident).where(who)) or 0
    counts = {one: _count(session, municipality, audience, one) for one in sorted(set(district_ids))}
    return Reach(total, counts if audience != "city" else {})


def reach_of(session: Session, announcement: Announcement, district_ids: Collection[int], now: datetime) -> Reach:
    """How many people this announcement would reach now: a report those who took part, any other its districts."""
    round_table_id = round_of(session, announcement.id)
    if round_table_id is None:
        return reach(session, announcement.municipality_id, announcement.audience, district_ids, now)
    who = of_audience(announcement.municipality_id, announcement.audience, district_ids, round_table_id)
    return Reach(session.scalar(select(func.count()).select_from(Resident).where(who)) or 0, {})


def _count(session: Session, municipality: str, audience: str, district_id: int) -> int:
    who = of_audience(municipality, audience, (district_id,))
    return session.scalar(select(func.count()).select_from(Resident).where(who)) or 0


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
            scheduled += _reach_of(session, row)
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


def _reach_of(session: Session, announcement: Announcement) -> int:
    districts = select(AnnouncementDistrict.district_id).where(AnnouncementDistrict.announcement_id == announcement.id)
    return reach_of(session, announcement, tuple(session.scalars(districts)), announcement.created_at).recipients


def _month(moment: datetime) -> tuple[int, int]:
    # LINE's month is taken to begin in Japan's time (unconfirmed in its documents).
    local = jst(moment)
    return local.year, local.month
