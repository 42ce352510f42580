"""One reminder, the evening before a poll's last day, to those who have not answered. Nobody sees who they are.

It was approved with the poll. It goes out as an announcement of its own, by the same batches and retry keys: claimed,
recipients fixed and sealed in one transaction; a batch forgets its recipients when LINE has it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.core import quiet_hours
from bot.core.moments import moment_of
from bot.core.permissions import SYSTEM
from bot.core.sealing import Sealer
from bot.line.render import dump, render
from bot.models import (
    Announcement,
    AnnouncementBatch,
    AnnouncementDistrict,
    AnnouncementText,
    Municipality,
    Participation,
    Poll,
    Resident,
)
from bot.services import alerts, announcement_card, audit, freezing, ledger, polls
from bot.services.announcement_card import Words
from bot.services.announcement_lists import district_ids
from bot.services.announcement_reach import recipients, whom_of
from bot.services.context import Context
from content.phrases import phrases

ALERT = "poll_reminder"
log = structlog.get_logger(__name__)


def remind_due(context: Context, now: datetime, real_now: datetime) -> int:
    """Send every reminder that is due, at decent hours only. Returns to how many people."""
    if not quiet_hours.decent(now):
        return 0
    with context.database.read() as session:
        due = (Poll.state == "open") & (Poll.remind_at <= now) & Poll.reminded_at.is_(None) & (Poll.closes_at > now)
        waiting = session.execute(select(Poll.municipality_id, Poll.id).where(due).order_by(Poll.id)).all()
    return sum(_remind(context, municipality, poll_id, now, real_now) for municipality, poll_id in waiting)


def _remind(context: Context, municipality: str, poll_id: int, now: datetime, real_now: datetime) -> int:
    """Claim it and fix who gets it, in one durable transaction; 0 when another process was first, or nobody is left."""
    with context.database.write(durable=True) as session:
        ledger.hold(session, municipality)  # before the poll, as whoever erases somebody takes them
        poll = polls.locked(session, municipality, poll_id)
        if poll is None or poll.reminded_at is not None or not polls.is_open(poll, now):
            return 0
        poll.reminded_at = now
        first = session.scalar(
            select(Announcement).where(Announcement.poll_id == poll.id, Announcement.municipality_id == municipality)
        )
        if first is None or first.frozen_at is None:
            return 0
        row = _announce(session, context.sealer, poll, first, now)
        answered = select(Participation.resident_id).where(Participation.poll_id == poll.id)
        # Who became a friend later never got the poll: a reminder would be the first they hear of it.
        waiting = (Resident.followed_at <= first.frozen_at, Resident.id.not_in(answered))
        who = [part.where(*waiting) for part in recipients(whom_of(session, first), now)]
        freezing.fill(session, context.sealer, row, who, real_now)
        problem = freezing.too_many(session, row, now) if row.recipients else None
        if problem is not None or not row.recipients:
            _drop(session, row, problem, now)
            return 0
        details = {"recipients": row.recipients}
        audit.record(session, municipality, SYSTEM, "poll.remind", f"poll:{poll.id}", now, details)
        return row.recipients


def _announce(session: Session, sealer: Sealer, poll: Poll, first: Announcement, now: datetime) -> Announcement:
    """The reminder as an announcement that is being sent: the same sender and districts, the poll's own card."""
    words = _words(poll, announcement_card.LANGUAGE)
    row = Announcement(
        municipality_id=poll.municipality_id, state="sending", author_id=first.author_id,
        approver_id=first.approver_id, sender=first.sender, title=words.title, body=words.body, audience=first.audience,
        send_at=now, created_at=now, submitted_at=now, approved_at=first.approved_at, frozen_at=now,
    )  # fmt: skip
    row.messages = _messages(session, sealer, row, poll, words)
    session.add(row)
    session.flush()
    for language in session.get_one(Municipality, poll.municipality_id).languages:
        if language != announcement_card.LANGUAGE:
            other = _words(poll, language)
            session.add(
                AnnouncementText(
                    announcement_id=row.id, language=language, municipality_id=row.municipality_id, title=other.title,
                    body=other.body, messages=_messages(session, sealer, row, poll, other),
                )
            )  # fmt: skip
    session.add_all(
        AnnouncementDistrict(announcement_id=row.id, district_id=one, municipality_id=row.municipality_id)
        for one in district_ids(session, first)
    )
    session.flush()
    return row


def _words(poll: Poll, language: str) -> Words:
    """The reminder in one language: a text of the house, never translated on the way."""
    say = phrases(language).say
    body = say("poll_door.reminder", when=moment_of(poll.closes_at, language))
    return Words(language, say("poll_door.reminder_title"), body)


def _messages(session: Session, sealer: Sealer, row: Announcement, poll: Poll, words: Words) -> bytes:
    card = announcement_card.cards(session, sealer, row, row.send_at, words)[0]
    invitation = replace(polls.invitation(session, sealer, poll, words.language), choices=card.choices)
    return dump(render([replace(card, choices=()), invitation]))


def _drop(session: Session, row: Announcement, problem: str | None, now: datetime) -> None:
    """Nobody is left to be reminded, or LINE would stop in the middle: then staff are told."""
    if problem is not None:
        text = f"アンケートの締切のお知らせ: {problem}"[:300]
        alerts.raise_alert(session, row.municipality_id, ALERT, text, now, f"announcement:{row.id}")
    ledger.erase(session, row.id)
    for table in (AnnouncementText, AnnouncementBatch, AnnouncementDistrict):
        session.execute(delete(table).where(table.announcement_id == row.id))
    session.delete(row)
