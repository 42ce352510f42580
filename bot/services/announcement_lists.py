"""Reading announcements: one by its id, the staff's list, a resident's list, how a send is getting on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.core.small_numbers import rounded_up
from bot.errors import NotFoundError
from bot.models import Announcement, AnnouncementBatch, AnnouncementDistrict, Resident, ResidentDistrict
from bot.models.announcement import CHOSEN

SHOWN_TO_RESIDENTS = ("sending", "sent")
LISTED = 200


@dataclass(frozen=True)
class Progress:
    """A send in numbers of recipients. `open` are still to be sent or being tried.

    `accepted` by LINE, `dead` refused, `unknown` no answer within 23 hours, `stopped` never sent,
    `dropped` left or paused after freezing; `errors` are the explanations, each once.
    """

    recipients: int
    accepted: int
    open: int
    dead: int
    unknown: int
    stopped: int
    dropped: int
    errors: tuple[str, ...] = ()

    def roughly(self) -> Progress:
        """The same for a send that was narrowed: at most so many, as the form said before."""
        sent, left = (rounded_up(one) for one in (self.accepted, self.open))
        dead, unknown, stopped = (rounded_up(one) for one in (self.dead, self.unknown, self.stopped))
        return Progress(
            rounded_up(self.recipients), sent, left, dead, unknown, stopped, rounded_up(self.dropped), self.errors
        )


def get(session: Session, municipality: str, announcement_id: int) -> Announcement:
    """One announcement of a municipality. Raises NotFoundError for anyone else's."""
    found = session.get(Announcement, announcement_id)
    if found is None or found.municipality_id != municipality:
        raise NotFoundError("そのお知らせは見つかりません。")
    return found


def district_ids(session: Session, announcement: Announcement) -> tuple[int, ...]:
    """The districts it goes to, by id; none means the whole city."""
    query = select(AnnouncementDistrict.district_id).where(AnnouncementDistrict.announcement_id == announcement.id)
    return tuple(sorted(session.scalars(query)))


def district_ids_of(session: Session, announcement_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """The same for many at once."""
    found: dict[int, tuple[int, ...]] = dict.fromkeys(announcement_ids, ())
    rows = select(AnnouncementDistrict.announcement_id, AnnouncementDistrict.district_id).where(
        AnnouncementDistrict.announcement_id.in_(announcement_ids)
    )
    for announcement_id, district_id in session.execute(rows.order_by(AnnouncementDistrict.district_id)):
        found[announcement_id] += (district_id,)
    return found


def listing(session: Session, municipality: str, actor: Actor, today: date, limit: int = LISTED) -> list[Announcement]:
    """What this person may read, newest first."""
    newest = (
        select(Announcement)
        .where(Announcement.municipality_id == municipality)
        .order_by(Announcement.created_at.desc(), Announcement.id.desc())
    )
    rows = session.scalars(newest.limit(limit)).all()
    districts = district_ids_of(session, [row.id for row in rows])
    return [row for row in rows if actor.may("announcement.read", municipality, today, districts[row.id])]


def for_resident(session: Session, resident: Resident, limit: int = 5) -> list[Announcement]:
    """What was sent to this resident's districts or to the whole city, newest first."""
    home = AnnouncementDistrict.district_id == resident.home_district_id
    interest = select(ResidentDistrict.district_id).where(ResidentDistrict.resident_id == resident.id)
    of_interest = and_(Announcement.audience == "home_and_interest", AnnouncementDistrict.district_id.in_(interest))
    mine = (
        select(AnnouncementDistrict.announcement_id)
        .where(AnnouncementDistrict.announcement_id == Announcement.id, or_(home, of_interest))
        .exists()
    )
    query = (
        select(Announcement)
        .where(
            Announcement.municipality_id == resident.municipality_id,
            Announcement.state.in_(SHOWN_TO_RESIDENTS),
            Announcement.audience.not_in(CHOSEN),  # a slip is for those who hold a post, not for their district
            or_(Announcement.audience == "city", mine),
        )
        .order_by(Announcement.frozen_at.desc(), Announcement.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def progress(session: Session, announcement: Announcement) -> Progress:
    """How a frozen announcement's send stands, for the result page."""
    batch = AnnouncementBatch
    rows = session.execute(
        select(batch.state, func.sum(batch.count), batch.error)
        .where(batch.announcement_id == announcement.id)
        .group_by(batch.state, batch.error)
        .order_by(batch.state, batch.error)
    ).all()
    sums: dict[str, int] = {}
    for state, count, _ in rows:
        sums[state] = sums.get(state, 0) + int(count)
    still_open = sums.get("waiting", 0) + sums.get("trying", 0)
    counted = sum(sums.get(state, 0) for state in ("accepted", "dead", "unknown", "stopped")) + still_open
    failed = ("dead", "unknown", "stopped")
    errors = tuple(dict.fromkeys(error for state, _, error in rows if error and state in failed))
    return Progress(
        recipients=announcement.recipients,
        accepted=sums.get("accepted", 0),
        open=still_open,
        dead=sums.get("dead", 0),
        unknown=sums.get("unknown", 0),
        stopped=sums.get("stopped", 0),
        dropped=announcement.recipients - counted,
        errors=errors,
    )
