"""The agenda: what is sent, held, due or closed on which day, as far as a person may read it; and where it is too much.

An event's page is named, not addressed: `page` is ("announcement", 12). What goes to one's own residents and is not
one's own to read (the city's, while it is only planned) stands there without its words, so that nobody plans blindly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from bot.core import crowding, digests
from bot.core.crowding import Crowd, Send
from bot.core.permissions import Actor
from bot.models import (
    Announcement,
    Circular,
    CircularItem,
    Poll,
    Reminder,
)
from bot.models.announcement import CHOSEN
from bot.now import JST, jst
from bot.services import circular_days, circulars, lanes, series
from bot.services.announcement_filters import stored
from bot.services.announcement_lists import district_ids_of
from bot.services.budget import DIGESTS
from bot.services.digests import waiting_lanes

PLANNED: Final = ("submitted", "scheduled")
SENT: Final = ("sending", "sent")
KINDS: Final = ("announcement", "circular", "series", "poll", "activity", "round", "answer", "reminder", "holiday")
CITY_PLANNED: Final = "市全体へのお知らせ"


@dataclass(frozen=True)
class Event:
    """One thing on a day. `districts`: none is the whole city; `note`: what stands behind the title.

    `counts`: it goes to everybody there, and counts to what a resident gets in a week.
    """

    at: datetime
    kind: str
    title: str
    note: str = ""
    districts: tuple[int, ...] = ()
    page: tuple[str, int] | None = None
    all_day: bool = False
    counts: bool = False
    planned: bool = True

    @property
    def day(self) -> date:
        return jst(self.at).date()


@dataclass(frozen=True)
class Look:
    """Who looks, at which days (both included)."""

    municipality: str
    actor: Actor
    now: datetime
    first: date
    last: date

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first, time(0), JST)

    @property
    def ends(self) -> datetime:
        """The moment after the last day."""
        return datetime.combine(self.last + timedelta(days=1), time(0), JST)

    def may(self, right: str, districts: Iterable[int]) -> bool:
        return self.actor.may(right, self.municipality, jst(self.now).date(), tuple(districts))

    def mine(self, districts: Iterable[int]) -> bool:
        """Whether residents of this person's districts get it: one's own, one of one's own, or the whole city's."""
        wanted = tuple(districts)
        if not wanted:
            return self.actor.may("announcement.read", self.municipality, jst(self.now).date())
        return any(self.may("announcement.read", (one,)) for one in wanted)


Source = Callable[[Session, Look], Iterable[Event]]


def gather(session: Session, look: Look, sources: Iterable[Source]) -> list[Event]:
    """The events of these sources in the order of their times."""
    found = [one for source in sources for one in source(session, look) if look.first <= one.day <= look.last]
    return sorted(found, key=lambda one: (one.day, not one.all_day, one.at, KINDS.index(one.kind), one.title))


def sends(session: Session, look: Look) -> list[Event]:
    """Everything that goes out to residents by itself in these days: what the week's number is counted from."""
    return gather(session, look, SENDING)


def coming(session: Session, look: Look) -> list[Event]:
    """What goes out from now on: announcements, circulars, series, reminders, digests that somebody waits for."""
    ahead = gather(session, look, (*SENDING, reminders, waiting_digests))
    return [one for one in ahead if one.planned and one.at >= look.now]


def crowds(
    session: Session, look: Look, places: Sequence[int], more: Sequence[Send] = (), but: int | None = None
) -> list[Crowd]:
    """Where residents of these places would get too much, today and later; `more`: what is only being written.

    `but`: an announcement that is left out, since it stands in `more`.
    """
    before = Look(look.municipality, look.actor, look.now, look.first - digests.CAP_DAYS, look.last)
    all_sends = [
        Send(one.at, frozenset(one.districts), one.title)
        for one in sends(session, before)
        if one.counts and one.page != ("announcement", but)
    ]
    today = datetime.combine(max(look.first, jst(look.now).date()), time(0), JST)
    cap = lanes.cap_of(session, look.municipality)
    return crowding.crowds([*all_sends, *more], places, cap, today)


# --- what is sent -------------------------------------------------------------------------------------


def announcements(session: Session, look: Look) -> Iterator[Event]:
    """Planned and sent ones; a circular's stands as its issue."""
    at = func.coalesce(Announcement.frozen_at, Announcement.send_at)
    row = Announcement
    columns = (
        row.id, row.title, row.sender, row.state, row.kind, row.urgency, row.audience, row.at_once, row.corrects_id,
        row.filters, row.series_id, at.label("at"),
    )  # fmt: skip
    query = (
        select(*columns)
        .outerjoin(Circular, Circular.announcement_id == row.id)
        .where(row.municipality_id == look.municipality, row.state.in_((*PLANNED, *SENT)))
        .where(at >= look.begins, at < look.ends, Circular.id.is_(None))
    )
    rows = session.execute(query).all()
    places = district_ids_of(session, [one.id for one in rows])
    for one in rows:
        districts, planned = places[one.id], one.state in PLANNED
        everybody = one.audience not in CHOSEN and not stored(one.filters or {}).of_part
        counts = everybody and not (
            one.at_once or one.urgency != "normal" or one.kind in lanes.AT_ONCE_KINDS or one.corrects_id is not None
        )
        readable, kind = look.may("announcement.read", districts), "series" if one.series_id else "announcement"
        if not readable and (not everybody or not look.mine(districts)):
            continue
        words = one.title if readable or not planned else CITY_PLANNED
        note = {"submitted": "承認を待っています", "scheduled": "予定"}.get(one.state, "送りました")
        page = ("announcement", one.id) if readable else None
        yield Event(one.at, kind, words, note, districts, page, counts=counts, planned=planned)


def circular_issues(session: Session, look: Look) -> Iterator[Event]:
    """Open issues and those that went out; then the days that the rules name."""
    query = select(Circular).where(
        Circular.municipality_id == look.municipality,
        Circular.state.in_(("open", "issued")),
        Circular.send_at >= look.begins,
        Circular.send_at < look.ends,
    )
    rows = session.scalars(query).all()
    filled = set(
        session.scalars(select(CircularItem.circular_id).where(CircularItem.circular_id.in_([one.id for one in rows])))
    )
    for one in rows:
        places = (one.district_id,)
        if look.may("announcement.read", places):
            is_open, has = one.state == "open", one.id in filled
            note = "出しました" if not is_open else "発行日" if has else "発行日(まだ記事がありません)"
            yield Event(
                one.send_at, "circular", f"回覧 {circulars.name(one)}", note, places, ("circular", one.id),
                counts=has, planned=is_open,
            )  # fmt: skip
    yield from _later_issues(session, look)


def _later_issues(session: Session, look: Look) -> Iterator[Event]:
    """Days that a rule names after the last issue that is open already."""
    for one in circular_days.later(session, look.municipality, max(look.first, jst(look.now).date()), look.last):
        if look.may("announcement.read", (one.district_id,)):
            page = ("circulars", one.district_id)
            yield Event(one.send_at, "circular", one.name, "発行日(予定)", (one.district_id,), page)


def series_dates(session: Session, look: Look) -> Iterator[Event]:
    """Dates of running series that are not made into announcements yet."""
    found = list(series.to_come(session, look.municipality, look.first, look.last))
    places = district_ids_of(session, {first.id for _, first, _ in found})
    for row, first, at in found:
        if look.may("announcement.read", places[first.id]):
            counts = first.audience not in CHOSEN
            yield Event(at, "series", first.title, "くり返し", places[first.id], ("series", row.id), counts=counts)


# --- what else goes out -------------------------------------------------------------------------------


def reminders(session: Session, look: Look) -> Iterator[Event]:
    """Reminders of polls about to close, and of activities the day before (each once, whoever asked for it)."""
    due = and_(Poll.remind_at >= look.begins, Poll.remind_at < look.ends, Poll.reminded_at.is_(None))
    query = (
        select(Poll.id, Poll.question, Poll.remind_at, Announcement.id)
        .join(Announcement, Announcement.poll_id == Poll.id)
        .where(Poll.municipality_id == look.municipality, due)
        .where(or_(Poll.state == "open", Announcement.state == "scheduled"))
    )
    rows = session.execute(query).all()
    places = district_ids_of(session, [row[3] for row in rows])
    for poll_id, question, remind_at, announcement_id in rows:
        if remind_at is not None and look.may("poll.read", places[announcement_id]):
            note, page = "まだ答えていない人へ、締切のお知らせ", ("poll", poll_id)
            yield Event(remind_at, "reminder", question, note, places[announcement_id], page)
    wanted = select(Reminder.remind_at).where(
        Reminder.municipality_id == look.municipality, Reminder.remind_at >= look.begins, Reminder.remind_at < look.ends
    )
    if look.actor.may("activity.read", look.municipality, jst(look.now).date()):
        for remind_at in sorted(set(session.scalars(wanted.distinct()))):
            yield Event(remind_at, "reminder", "行事の前の日のお知らせ", "頼んだ人へ")


def waiting_digests(session: Session, look: Look) -> Iterator[Event]:
    """The next time of every digest that somebody of the city waits for."""
    if look.mine(()):
        for lane in waiting_lanes(session, look.municipality):
            yield Event(digests.following(lane, look.now), "reminder", DIGESTS[lane], "まとめて受け取る人へ")


SENDING: Final[tuple[Source, ...]] = (announcements, circular_issues, series_dates)
