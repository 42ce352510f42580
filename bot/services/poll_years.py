"""The same poll in another year: which one may be chosen, and what of it stands beside the new result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.models import Poll
from bot.now import jst
from bot.services import poll_doors, polls
from bot.services.polls import ItemResult

KEPT: Final = timedelta(days=5 * 366)
MOST: Final = 100


@dataclass(frozen=True)
class Beside:
    """An earlier poll with, by the number of the new item, its result on the same question."""

    poll: Poll
    items: dict[int, ItemResult]


def choosable(session: Session, municipality: str, actor: Actor, now: datetime) -> list[Poll]:
    """Closed polls of the last five years that this person may read, the newest first."""
    query = select(Poll).where(
        Poll.municipality_id == municipality, Poll.state == "closed", Poll.closes_at > now - KEPT
    )
    today = jst(now).date()
    return [
        poll
        for poll in session.scalars(query.order_by(Poll.closes_at.desc()).limit(MOST))
        if actor.may("poll.read", municipality, today, poll_doors.districts_of(session, poll))
    ]


def beside(session: Session, poll: Poll) -> Beside | None:
    """The results of the earlier poll where kind and choices agree, both large enough to be shown; None without any."""
    if poll.repeats_id is None:
        return None
    earlier = polls.find(session, poll.municipality_id, poll.repeats_id)
    if earlier is None:
        return None
    left = [one for one in polls.item_results(session, earlier) if one.tally.counts is not None]
    found: dict[int, ItemResult] = {}
    for at, new in enumerate(polls.item_results(session, poll)):
        if new.tally.counts is None or new.item.kind == "text":
            continue
        same = [one for one in left if _asks(one) == _asks(new)]
        # Of several with the same choices the one with the same words, else the first not used yet.
        same.sort(key=lambda one: one.item.question != new.item.question)
        if same:
            found[at] = same[0]
            left.remove(same[0])
    return Beside(earlier, found) if found else None


def _asks(result: ItemResult) -> tuple[object, ...]:
    item = result.item
    return item.kind, item.choices, item.unit if item.kind == "number" else ""
