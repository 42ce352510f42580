"""Lanes: whether a resident gets an announcement at once or with a digest (design.md 3: nobody is annoyed).

Everybody chooses how often (`Resident.frequency`; at once by default). Who had the week's announcements already
gets what exceeds the city's cap with the next digest. Emergencies, cancellations, corrections, liaison slips and
what one took part in or signed up for come at once to everybody; so does a poll that would close too soon.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, case, func, literal, null, or_, select
from sqlalchemy.orm import Session

from bot.core import digests
from bot.core.permissions import Actor
from bot.core.small_numbers import rounded_up
from bot.errors import BadInputError, NotAllowedError
from bot.models import Announcement, Municipality, Poll, Resident
from bot.now import jst
from bot.services import audit, ledger
from bot.services.announcement_filters import stored
from bot.services.announcement_reach import Whom, of_audience, round_of, whom_of

AT_ONCE_KINDS: Final = frozenset({"called_off", "slip", "report"})
# Who reads of a poll in a digest still has a day to answer.
TO_ANSWER: Final = timedelta(days=1)
MOST_CAP: Final = 14


@dataclass(frozen=True)
class Lanes:
    """How many get it when; `over_cap` of them had their week's announcements already. `rough`: numbers rounded up."""

    now: int
    later: dict[str, int]
    over_cap: int
    cap: int
    rough: bool = False

    @property
    def in_digests(self) -> int:
        """All who get it with a digest."""
        return sum(self.later.values())


def always_at_once(session: Session, row: Announcement) -> bool:
    """Whether everybody gets it at its time, whatever they chose and had."""
    if row.at_once or row.urgency != "normal" or row.kind in AT_ONCE_KINDS or row.corrects_id is not None:
        return True
    return bool(stored(row.filters or {}).of_part) or round_of(session, row.id) is not None


def lane_of(session: Session, row: Announcement, now: datetime) -> ColumnElement[str] | None:
    """The digest each resident of a page (bot.services.pages) gets it with (NULL: at once); None: everybody at once."""
    return None if always_at_once(session, row) else _lane(session, row, now, paged=True)[0]


def forecast(session: Session, row: Announcement, now: datetime) -> Lanes:
    """The same for whoever writes or approves: how many would get it when, were it sent at its time."""
    at, whom = max(row.send_at or now, now), whom_of(session, row)
    cap = cap_of(session, row.municipality_id)
    if always_at_once(session, row):
        return Lanes(_count(session, whom, now), {}, 0, cap, whom.hidden)
    lane, heavy = _lane(session, row, at)
    query = select(lane, func.count()).select_from(Resident).where(of_audience(whom, now)).group_by(lane)
    found: dict[str | None, int] = {name: int(number) for name, number in session.execute(query)}
    over = 0 if heavy is None else _count(session, whom, now, Resident.frequency == "at_once", heavy)
    if whom.hidden:
        found, over = {name: rounded_up(number) for name, number in found.items()}, rounded_up(over)
    later = {name: number for name, number in found.items() if name is not None}
    return Lanes(found.get(None, 0), later, over, cap, whom.hidden)


def cap_of(session: Session, municipality: str) -> int:
    """Announcements a resident gets at once in seven days; 0: as many as there are."""
    return session.scalar(select(Municipality.weekly_cap).where(Municipality.id == municipality)) or 0


def set_cap(session: Session, municipality: str, actor: Actor, cap: int, now: datetime) -> None:
    """Another cap, for what is sent from now on. Raises NotAllowedError, BadInputError."""
    if not actor.may("approval.settings", municipality, jst(now).date()):
        raise NotAllowedError("1週間に送る数は、市の担当と管理者が変えます。")
    if not 0 <= cap <= MOST_CAP:
        raise BadInputError(f"1週間に送る数は、0(決めない)から{MOST_CAP}までです。")
    session.get_one(Municipality, municipality).weekly_cap = cap
    audit.record(session, municipality, actor, "weekly_cap", f"municipality:{municipality}", now, {"cap": cap})


def _lane(
    session: Session, row: Announcement, now: datetime, *, paged: bool = False
) -> tuple[ColumnElement[str], ColumnElement[bool] | None]:
    """The lane, and the condition of having had enough (None: nobody can have)."""
    closes_at = _closes_at(session, row)
    soon = [lane for lane in digests.AT if closes_at and digests.following(lane, now) + TO_ANSWER > closes_at]
    enough = had_enough(session, row.municipality_id, now, paged=paged)
    overflow = digests.next_lane(now)
    heavy = None if enough is None or overflow in soon else Resident.id.in_(enough)
    at_once = or_(Resident.frequency == "at_once", Resident.frequency.in_(soon))
    if heavy is None:
        return case((at_once, null()), else_=Resident.frequency), None
    rules = (
        (Resident.frequency.in_(soon), null()),
        (at_once & heavy, literal(overflow)),
        (at_once, null()),
    )
    return case(*rules, else_=Resident.frequency), heavy


def had_enough(session: Session, municipality: str, now: datetime, *, paged: bool = False) -> Select[int] | None:
    """Ids of residents who had as many in the last seven days as the cap allows; a digest counts as one."""
    cap = cap_of(session, municipality)
    lately = select(Announcement).where(
        Announcement.municipality_id == municipality,
        Announcement.state.in_(("sending", "sent")),
        Announcement.frozen_at > now - digests.CAP_DAYS,
        Announcement.frozen_at <= now,
    )
    counted = [one.id for one in session.scalars(lately) if not always_at_once(session, one)]
    if not cap or len(counted) < cap:
        return None
    return ledger.had(municipality, counted, cap, paged=paged)


def _closes_at(session: Session, row: Announcement) -> datetime | None:
    poll = session.get(Poll, row.poll_id) if row.poll_id is not None else None
    return poll.closes_at if poll is not None else None


def _count(session: Session, whom: Whom, now: datetime, *also: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(Resident).where(of_audience(whom, now), *also)
    number = session.scalar(query) or 0
    return rounded_up(number) if whom.hidden else number
