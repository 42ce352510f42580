"""Which polls a resident sees: open ones, the one that was just sent, those that have ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from bot.models import Announcement, AnnouncementDistrict, Participation, Poll, Resident, ResidentDistrict
from bot.services import ballots
from bot.services.polls import RESULT_FOR

SENT = ("sending", "sent")


def open_for(session: Session, resident: Resident, now: datetime) -> list[Poll]:
    """Open polls that were sent to this resident's districts, the one that closes first at the head."""
    query = _reaching(resident).where(Poll.state == "open", Poll.closes_at > now).order_by(Poll.closes_at, Poll.id)
    return list(session.scalars(query))


def latest_invitation(session: Session, resident: Resident, since: datetime | None, now: datetime) -> Poll | None:
    """The open poll that reached this resident last, after `since`, and is not answered yet: what a number means."""
    part = select(Participation.id).where(Participation.poll_id == Poll.id, Participation.resident_id == resident.id)
    query = _reaching(resident).where(Poll.state == "open", Poll.closes_at > now, ~part.exists())
    if since is not None:
        query = query.where(Announcement.frozen_at > since)
    found: Poll | None = session.scalar(query.order_by(Announcement.frozen_at.desc()).limit(1))
    return found


def closed_for(session: Session, resident: Resident, now: datetime) -> list[Poll]:
    """Polls of this resident's districts that closed in the last 30 days, newest first."""
    over = and_(Poll.state.in_(("closed", "lost")), Poll.closes_at > now - RESULT_FOR)
    return list(session.scalars(_reaching(resident).where(over).order_by(Poll.closes_at.desc(), Poll.id.desc())))


def reaches(session: Session, resident: Resident, poll: Poll) -> bool:
    """Whether this poll was sent to this resident's districts."""
    return session.scalar(_reaching(resident).where(Poll.id == poll.id)) is not None


def may_answer(session: Session, resident: Resident, poll: Poll) -> bool:
    """Whether an answer of this resident counts: asked in their districts, or begun before they moved away.

    A button is good on any phone that has it; a poll of one district is for the people of that district.
    """
    return ballots.took_part(session, poll.id, resident.id) or reaches(session, resident, poll)


def _reaching(resident: Resident) -> Select[Any]:
    mine: ColumnElement[bool] = AnnouncementDistrict.district_id == resident.home_district_id
    interest = select(ResidentDistrict.district_id).where(ResidentDistrict.resident_id == resident.id)
    of_interest = and_(Announcement.audience == "home_and_interest", AnnouncementDistrict.district_id.in_(interest))
    district = (
        select(AnnouncementDistrict.announcement_id)
        .where(AnnouncementDistrict.announcement_id == Announcement.id, or_(mine, of_interest))
        .exists()
    )
    return (
        select(Poll)
        .join(Announcement, Announcement.poll_id == Poll.id)
        .where(
            Poll.municipality_id == resident.municipality_id,
            Announcement.state.in_(SENT),
            or_(Announcement.audience == "city", district),
        )
    )
