"""Polls: participation while they are open, the tally once they have closed."""

from __future__ import annotations

from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import NotFoundError
from bot.models import Announcement, Poll
from bot.services import announcements, polls
from handlers.console.access import context, now, person, right


@right("poll.read")
def listing(municipality: str) -> str:
    """The polls of the announcements this person may read, the newest first."""
    with context().database.read() as db:
        pairs = _mine(db, municipality)
        districts = announcements.district_ids_of(db, [row.id for _, row in pairs])
    return render_template("console/polls.html", pairs=pairs, districts=districts, now=now())


@right("poll.read")
def show_one(municipality: str, poll_id: int) -> str:
    """One poll: while it is open participation only; afterwards what the small-number rule lets be seen."""
    with context().database.read() as db:
        poll = polls.get(db, municipality, poll_id)
        row = db.scalar(select(Announcement).where(Announcement.poll_id == poll.id))
        districts = announcements.district_ids(db, row) if row else ()
        if row is None or not person().may("poll.read", municipality, districts):
            raise NotFoundError("そのアンケートは、担当の地区のものではありません。")
        result = polls.result(poll, polls.choices_of(db, poll))
    return render_template("console/poll.html", poll=poll, row=row, districts=districts, result=result, now=now())


def _mine(db: Session, municipality: str) -> list[tuple[Poll, Announcement]]:
    someone = person()
    rows = announcements.listing(db, municipality, someone.actor, someone.today)
    carrying = {row.poll_id: row for row in rows if row.poll_id is not None}
    query = select(Poll).where(Poll.municipality_id == municipality, Poll.id.in_(carrying)).order_by(Poll.id.desc())
    return [(poll, carrying[poll.id]) for poll in db.scalars(query)]
