"""How long inquiries are kept, and what happens by itself: closing, cutting, erasing, reminding."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from bot.core.inquiry_rules import OWED
from bot.core.sealing import Sealer
from bot.models import (
    Alert,
    Inquiry,
    InquiryLetter,
    InquiryLink,
    InquiryNote,
    InquiryReferral,
    Municipality,
    Resident,
)
from bot.services import alerts, erasing, inquiries
from bot.services.context import Context

ALERT: Final = "inquiry_overdue"
LINK_LEFT: Final = timedelta(days=7)  # an expired link still says so, and a used one which number it became


def close_read(context: Context, session: Session, now: datetime) -> int:
    """End what was answered long ago without another word; its answer can no longer be read then."""
    limit = now - timedelta(days=context.settings.inquiry_open_days)
    rows = session.scalars(select(Inquiry).where(Inquiry.state == "answered", Inquiry.answered_at <= limit)).all()
    for row in rows:
        inquiries.close(row, "end", now)
    return len(rows)


def cut(context: Context, session: Session, now: datetime) -> int:
    """What has been closed for the set days no longer knows its resident, contact, secret word or staff's notes."""
    limit = now - timedelta(days=context.settings.inquiry_cut_days)
    known = or_(Inquiry.resident_id.is_not(None), Inquiry.contact.is_not(None), Inquiry.secret.is_not(None))
    old = (Inquiry.state == "closed") & (Inquiry.closed_at <= limit) & known
    ids = list(session.scalars(select(Inquiry.id).where(old)))
    session.execute(delete(InquiryLink).where(InquiryLink.inquiry_id.in_(ids)))
    session.execute(update(InquiryLetter).where(InquiryLetter.inquiry_id.in_(ids)).values(outbox_id=None))
    ended = select(Inquiry.id).where(Inquiry.state == "closed", Inquiry.closed_at <= limit)
    session.execute(delete(InquiryNote).where(InquiryNote.inquiry_id.in_(ended)))
    gone = update(Inquiry).where(Inquiry.id.in_(ids)).values(resident_id=None, contact=None, secret=None)
    return erasing.carry_out(session, gone)


def erase(context: Context, session: Session, now: datetime) -> int:
    """What has been closed for the set days goes, with letters, referrals and links (by the tables' cascades)."""
    limit = now - timedelta(days=context.settings.inquiry_keep_days)
    return erasing.carry_out(session, delete(Inquiry).where(Inquiry.state == "closed", Inquiry.closed_at <= limit))


def drop_links(context: Context, session: Session, now: datetime) -> int:
    """What was kept of unsent forms at their end; links a week after it."""
    del context
    over = (InquiryLink.draft.is_not(None), InquiryLink.expires_at < now)
    session.execute(update(InquiryLink).where(*over).values(draft=None))
    return erasing.carry_out(session, delete(InquiryLink).where(InquiryLink.expires_at < now - LINK_LEFT))


def forget(session: Session, resident: Resident) -> None:
    """A resident is erased: their inquiries stay as the city's records, without person, contact or open link."""
    mine = (Inquiry.municipality_id == resident.municipality_id) & (Inquiry.resident_id == resident.id)
    ids = list(session.scalars(select(Inquiry.id).where(mine)))
    session.execute(delete(InquiryLink).where(InquiryLink.inquiry_id.in_(ids)))
    session.execute(update(InquiryLetter).where(InquiryLetter.inquiry_id.in_(ids)).values(outbox_id=None))
    session.execute(update(Inquiry).where(Inquiry.id.in_(ids)).values(resident_id=None, contact=None))


def remind(context: Context, session: Session, now: datetime) -> None:
    """One alert a municipality while people wait longer than promised; it goes when they have been answered."""
    days = context.settings.inquiry_promise_days
    late = (
        select(Inquiry.municipality_id, func.count())
        .where(Inquiry.state.in_(OWED), Inquiry.waiting_since < now - timedelta(days=days))
        .group_by(Inquiry.municipality_id)
    )
    counts: dict[str, int] = {row[0]: row[1] for row in session.execute(late)}
    known = {row.municipality_id: row for row in session.scalars(select(Alert).where(Alert.kind == ALERT))}
    for city in session.scalars(select(Municipality.id)).all():
        text = f"約束の{days}日を過ぎた相談が{counts.get(city, 0)}件あります。「相談・提案」で答えてください。"
        if city not in counts and city in known:
            alerts.clear_alert(session, city, ALERT)
        elif city in counts and (city not in known or known[city].text != text):
            alerts.raise_alert(session, city, ALERT, text, now)


def reseal(session: Session, sealer: Sealer, after: int, limit: int) -> tuple[int, int]:
    """Seal anew what an older key sealed, in `limit` inquiries after this id.

    Returns the last id seen (0 at the end) and how many texts were changed.
    """
    rows = session.scalars(select(Inquiry).where(Inquiry.id > after).order_by(Inquiry.id).limit(limit)).all()
    changed = 0
    for row in rows:
        place = inquiries.sealing_place(row.municipality_id, row.id)
        holders: list[tuple[Any, str]] = [(row, "contact"), (row, "secret"), (row, "draft")]
        for table, name in ((InquiryLetter, "body"), (InquiryReferral, "note"), (InquiryNote, "body")):
            holders += [(one, name) for one in session.scalars(select(table).where(table.inquiry_id == row.id))]
        changed += sum(_resealed(sealer, holder, name, place) for holder, name in holders)
    return (rows[-1].id if rows else 0), changed


def _resealed(sealer: Sealer, holder: Any, name: str, place: str) -> bool:
    sealed = getattr(holder, name)
    if sealed is None or sealer.version_of(sealed) == sealer.current:
        return False
    setattr(holder, name, sealer.seal(sealer.open(sealed, place), place))
    return True
