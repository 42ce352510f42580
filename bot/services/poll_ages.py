"""The age band that somebody who answered a poll may give: sealed in the ballot, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from bot.core import age_bands
from bot.models import Resident
from bot.services import ballots, polls
from bot.services.ballots import BallotBox
from bot.services.polls import Vote


@dataclass(frozen=True)
class Given:
    """A band on its way into the ballot box; `age_bands.DECLINED` is 答えない."""

    poll_id: int
    age: int = field(repr=False)
    line_id: str = field(repr=False)


def give(session: Session, box: BallotBox, resident: Resident, given: Given, now: datetime) -> Vote:
    """Put it on the ballot that is there already. NO_CHOICE: not asked, no such band, or no ballot yet."""
    poll = polls.locked(session, resident.municipality_id, given.poll_id)
    if poll is None or not polls.is_open(poll, now):
        return Vote.CLOSED
    if not poll.asks_age or not age_bands.fits(given.age):
        return Vote.NO_CHOICE
    size = ballots.size_of(polls.items_of(session, poll))
    return Vote.ACCEPTED if ballots.keep_age(session, poll, box, given.line_id, given.age, size) else Vote.NO_CHOICE
