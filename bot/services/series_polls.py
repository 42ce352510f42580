"""A series that carries a poll: every date asks anew, with a poll of its own, its own key and its own ballots.

What was approved is the question, its choices and how long it is open; only the moments move. A poll must be over
before the next date, so that nobody is asked the same thing twice at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import Announcement, Poll, PollChoice

TOO_LONG: Final = (
    "アンケートの締切が、次の回より後になります。受付の日数を短くするか、くり返しの間をあけてください"
    "(1回の受付は{days}日、回の間は短いところで{gap}日です)。"
)
A_YEAR: Final = timedelta(days=300)  # so long after, the earlier result stands beside the new one


def of(session: Session, told: Announcement) -> Poll | None:
    """The poll that an announcement carries."""
    return session.get(Poll, told.poll_id) if told.poll_id is not None else None


def too_long(session: Session, first: Announcement, moments: Iterable[datetime]) -> str | None:
    """Why the poll does not fit between these moments; None when it does, or there is none."""
    poll = of(session, first)
    gaps = [later - earlier for earlier, later in pairwise(sorted(moments))]
    if poll is None or first.send_at is None or not gaps or poll.closes_at - first.send_at < min(gaps):
        return None
    return TOO_LONG.format(days=(poll.closes_at - first.send_at).days, gap=min(gaps).days)


def again(session: Session, first: Announcement, send_at: datetime) -> Poll | None:
    """The approved poll for another date, a draft until that date is sent; None when it carries none."""
    poll = of(session, first)
    if poll is None or first.send_at is None:
        return None
    moved = send_at - first.send_at
    new = Poll(
        municipality_id=poll.municipality_id, question=poll.question, items=poll.items, asks_age=poll.asks_age,
        closes_at=poll.closes_at + moved, remind_at=poll.remind_at + moved if poll.remind_at else None,
        repeats_id=_a_year_ago(session, first, poll.closes_at + moved) or poll.repeats_id,
    )  # fmt: skip
    session.add(new)
    session.flush()
    choices = select(PollChoice).where(
        PollChoice.poll_id == poll.id, PollChoice.municipality_id == poll.municipality_id
    )
    session.add_all(
        PollChoice(poll_id=new.id, position=one.position, municipality_id=one.municipality_id, label=one.label)
        for one in session.scalars(choices).all()
    )
    session.flush()
    return new


def delete(session: Session, told: Announcement) -> None:
    """The announcement that carried it, a copy that was never sent, is being deleted: so is its poll."""
    poll = of(session, told)
    if poll is not None:
        told.poll_id = None
        session.flush()
        session.delete(poll)


def buttons(told: Announcement, poll: Poll | None) -> list[dict[str, object]]:
    """The buttons of what was written, those to its own poll leading to this one."""
    mine = {"kind": "poll", "poll": told.poll_id}
    return [
        {**one, "poll": poll.id} if poll is not None and one.items() >= mine.items() else one
        for one in told.buttons or ()
    ]


def _a_year_ago(session: Session, first: Announcement, closes_at: datetime) -> int | None:
    """The series' latest poll that closed about a year before, or earlier."""
    query = (
        select(Poll.id)
        .join(Announcement, Announcement.poll_id == Poll.id)
        .where(Announcement.series_id == first.series_id, Poll.state == "closed", Poll.closes_at < closes_at - A_YEAR)
        .where(Poll.municipality_id == first.municipality_id)
    )
    return session.scalar(query.order_by(Poll.closes_at.desc()).limit(1))
