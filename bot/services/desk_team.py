"""Working on inquiries together: who looks after one (担当), and notes among staff that never leave the house.

A note is sealed like the letters and bound to its inquiry; no page for residents, no message and no export reads this
table (a test holds that). It goes with the ties to the person, some days after the inquiry has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import BadInputError, NotAllowedError
from bot.models import Inquiry, InquiryAssignment, InquiryNote, Staff
from bot.services import approval, audit, inquiries
from bot.services.context import Context
from bot.services.inquiry_desk import may

NOTE_CHARS: Final = 1000


@dataclass(frozen=True)
class Note:
    """One note, opened."""

    by: str
    at: datetime
    text: str = field(repr=False)


def assigned(session: Session, municipality: str) -> dict[int, tuple[int, str]]:
    """By inquiry: the id and name of who looks after it."""
    query = (
        select(InquiryAssignment.inquiry_id, Staff.id, Staff.name)
        .join(Staff, Staff.id == InquiryAssignment.staff_id)
        .where(InquiryAssignment.municipality_id == municipality)
    )
    return {inquiry: (staff, name) for inquiry, staff, name in session.execute(query)}


def candidates(session: Session, row: Inquiry, now: datetime) -> list[tuple[int, str]]:
    """Who can look after it: those who may write its answer, departments aside (they are named by the referral)."""
    found = []
    for person, actor in approval.people(session, row.municipality_id):
        own = Actor(actor.id, actor.name, tuple(one for one in actor.grants if one.role != "department"))
        if may(own, "inquiry.draft", row, now):
            found.append((person.id, person.name))
    return sorted(found, key=lambda one: one[1])


def assign(session: Session, row: Inquiry, actor: Actor, staff_id: int | None, now: datetime) -> str:
    """Let this person look after it (None: nobody); returns their name. Raises NotAllowedError, BadInputError."""
    if not may(actor, "inquiry.refer", row, now):
        raise NotAllowedError("担当を決めるのは、市の担当です。")
    names = dict(candidates(session, row, now))
    if staff_id is not None and staff_id not in names:
        raise BadInputError("その人は、この相談を担当できません。ほかの人を選んでください。")
    stored = session.get(InquiryAssignment, row.id)
    if staff_id is None:
        if stored is not None:
            session.delete(stored)
    elif stored is None:
        session.add(
            InquiryAssignment(inquiry_id=row.id, municipality_id=row.municipality_id, staff_id=staff_id, at=now)
        )
    else:
        stored.staff_id, stored.at = staff_id, now
    name = names[staff_id] if staff_id is not None else ""
    audit.record(session, row.municipality_id, actor, "inquiry.assign", f"inquiry:{row.id}", now)
    return name


def add_note(context: Context, session: Session, row: Inquiry, actor: Actor, text: str, now: datetime) -> None:
    """Tell the others something. Raises NotAllowedError, BadInputError."""
    if not may(actor, "inquiry.draft", row, now):
        raise NotAllowedError("この相談に、メモを書く役割がありません。")
    if not text:
        raise BadInputError("メモを書いてください。")
    if len(text) > NOTE_CHARS:
        raise BadInputError(f"メモは{NOTE_CHARS}文字までです(いま{len(text)}文字)。")
    sealed = inquiries.seal(context, row, text)
    session.add(
        InquiryNote(
            municipality_id=row.municipality_id, inquiry_id=row.id, body=sealed, by=actor.name[:60], at=now
        )
    )  # fmt: skip
    audit.record(session, row.municipality_id, actor, "inquiry.note", f"inquiry:{row.id}", now)


def notes(context: Context, session: Session, row: Inquiry) -> list[Note]:
    """What staff told each other about an inquiry, oldest first. For who may read it (bot.services.inquiry_desk)."""
    query = select(InquiryNote).where(
        InquiryNote.municipality_id == row.municipality_id, InquiryNote.inquiry_id == row.id
    )
    rows: Sequence[InquiryNote] = session.scalars(query.order_by(InquiryNote.id)).all()
    return [Note(one.by, one.at, inquiries.unseal(context, row, one.body)) for one in rows]
