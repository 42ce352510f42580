"""The agenda's other days: activities, polls that close, round tables, answers that are due, holidays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import receipts
from bot.core.inquiry_rules import OWED
from bot.core.round_table_rules import title_of_theme
from bot.models import Announcement, District, Inquiry, Municipality, Poll, RoundTable
from bot.now import JST, jst
from bot.services import agenda, inquiry_desk, referrals, round_tables
from bot.services.activities import known
from bot.services.agenda import Event, Look, Source
from bot.services.announcement_lists import district_ids_of
from content import holidays as holiday_names
from content.recurrence import occurrences


def everything(session: Session, look: Look) -> list[Event]:
    """All that the calendar shows."""
    return agenda.gather(session, look, SOURCES)


def holidays(_session: Session, look: Look) -> Iterator[Event]:
    """祝日."""
    for day, name in holiday_names.between(look.first, look.last):
        yield Event(_start(day), "holiday", name, all_day=True)


def activities(session: Session, look: Look) -> Iterator[Event]:
    """Every date of the published activities."""
    if not look.actor.may("activity.read", look.municipality, jst(look.now).date()):
        return
    keyed = select(District.key, District.id).where(District.municipality_id == look.municipality)
    ids: dict[str, int] = dict(session.execute(keyed).all())
    for number, entry in known(session, look.municipality):
        places = tuple(ids.get(key, 0) for key in entry.districts)
        first, last = entry.valid_from, entry.valid_to
        if (last and last < look.first) or (first and first > look.last):
            continue
        if places and not look.may("activity.read", places):
            continue
        for one in occurrences(entry, look.begins, look.ends):
            note = "" if one.state in ("予定", "実施") else one.state
            yield Event(
                one.starts_at, "activity", one.title, note or one.place, places, ("activity", number),
                all_day=one.all_day,
            )  # fmt: skip


def polls(session: Session, look: Look) -> Iterator[Event]:
    """Days on which polls close; what was cancelled has none."""
    query = (
        select(Poll.id, Poll.question, Poll.closes_at, Poll.state, Announcement.id)
        .join(Announcement, Announcement.poll_id == Poll.id)
        .where(Poll.municipality_id == look.municipality, Poll.state.not_in(("cancelled", "lost")))
        .where(Poll.closes_at >= look.begins, Poll.closes_at < look.ends)
    )
    rows = session.execute(query).all()
    places = district_ids_of(session, [row[4] for row in rows])
    for poll_id, question, closes_at, state, announcement_id in rows:
        if look.may("poll.read", places[announcement_id]):
            note = {"draft": "締切(受付の前)", "closed": "締め切りました"}.get(state, "締切")
            yield Event(closes_at, "poll", question, note, places[announcement_id], ("poll", poll_id))


def rounds(session: Session, look: Look) -> Iterator[Event]:
    """A round's meeting, the end of its listening, and the day on which it promised to answer."""
    query = select(RoundTable).where(
        RoundTable.municipality_id == look.municipality,
        RoundTable.state != "cancelled",
        (RoundTable.closes_at.between(look.begins, look.ends))
        | (RoundTable.meets_at.between(look.begins, look.ends))
        | (RoundTable.answer_on.between(look.first, look.last)),
    )
    for row in session.scalars(query):
        places = (row.district_id,)
        if not look.may("round_table.read", places):
            continue
        name, page = f"{round_tables.title(row)} {title_of_theme(row.theme)}", ("round_table", row.id)
        yield Event(row.meets_at, "round", name, f"会議 {row.place}", places, page)
        yield Event(row.closes_at, "round", name, "声の締切", places, page)
        yield Event(_start(row.answer_on), "answer", name, "回答の予定日", places, page, all_day=True)


def answers(session: Session, look: Look) -> Iterator[Event]:
    """Until when somebody has to answer: matters referred, inquiries referred."""
    today = jst(look.now).date()
    if look.actor.may("round_table.answer", look.municipality, today):
        for asked in referrals.listing(session, look.municipality, look.actor, look.now):
            if asked.due_on is not None and look.first <= asked.due_on <= look.last:
                yield Event(
                    _start(asked.due_on), "answer", asked.seen.matter.title, f"返事の期限 {asked.referral.name}",
                    (asked.round_table.district_id,), ("referral", asked.referral.id), all_day=True,
                )  # fmt: skip
    if look.actor.may("inquiry.read", look.municipality, today):
        city = session.get_one(Municipality, look.municipality).name
        due = (Inquiry.state.in_(OWED), Inquiry.due.between(look.first, look.last))
        for row in session.scalars(select(Inquiry).where(Inquiry.municipality_id == look.municipality, *due)):
            if row.due is not None and inquiry_desk.may(look.actor, "inquiry.read", row, look.now):
                yield Event(
                    _start(row.due), "answer", f"相談 {receipts.number(city, row.id)}",
                    f"回答案の期限 {row.department or ''}", () if row.district_id is None else (row.district_id,),
                    ("inquiry", row.id), all_day=True,
                )  # fmt: skip


def _start(day: date) -> datetime:
    return datetime.combine(day, time(0), JST)


SOURCES: Final[tuple[Source, ...]] = (*agenda.SENDING, agenda.reminders, activities, polls, rounds, answers, holidays)
