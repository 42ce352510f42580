"""Inquiries at the desk: the inbox, opening one (audited), taking, referring, drafting, answering, closing.

Every act names the version that was on the screen; somebody who was slower gets a ConflictError and keeps what they
typed. What this person may not read does not exist for them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.core import inquiry_rules
from bot.core.permissions import Actor
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Desk as DeskRow
from bot.models import Inquiry, InquiryReferral, OutboxMessage, Resident, Staff, StaffRole
from bot.now import jst
from bot.services import audit, inquiries, inquiry_notices, reply_templates
from bot.services.context import Context
from content import personal

LISTED: Final = 300
NOTE_CHARS: Final = 1000
NAME_CHARS: Final = 40
CHAT_CHARS: Final = 300
CHANGED: Final = (
    "ほかの人が先に変えました。いまの内容を確かめてから、もう一度押してください。書いたものは残っています。"
)


@dataclass(frozen=True)
class Wanted:
    """What the inbox shows: states, and if given one district or category."""

    states: Collection[str] = inquiry_rules.OWED
    district_id: int | None = None
    category: str = ""


@dataclass(frozen=True)
class Answer:
    """An answer as it is sent. `name`: a person or the desk, as residents read it; `way`: page or chat."""

    text: str = field(repr=False)
    name: str
    way: str = "page"


@dataclass(frozen=True)
class Referring:
    """To which department, until when, with which note (never shown outside)."""

    department: str
    due: date
    note: str = field(repr=False, default="")


@dataclass(frozen=True)
class Reader:
    """One inquiry as this person may see it, opened."""

    row: Inquiry
    number: str
    letters: list[inquiries.Letter]
    referrals: list[tuple[InquiryReferral, str]]  # with the opened note
    contact: str | None = field(repr=False)  # only for the desk
    draft: str = field(repr=False)
    deliveries: dict[int, OutboxMessage]
    in_line: bool  # there is somebody in LINE to whom an answer can go
    blocked: bool
    rights: frozenset[str]
    somebody: bool  # the department it is referred to still has people


def may(actor: Actor, right: str, row: Inquiry, now: datetime) -> bool:
    """Whether this person holds the right for this inquiry now."""
    return inquiry_rules.may(
        actor, right, row.municipality_id, jst(now).date(), district=row.district_id, referred_to=row.department
    )


def listing(session: Session, municipality: str, actor: Actor, now: datetime, wanted: Wanted) -> list[Inquiry]:
    """What this person may read, those who wait longest first."""
    query = select(Inquiry).where(Inquiry.municipality_id == municipality, Inquiry.state.in_(wanted.states))
    if wanted.district_id is not None:
        query = query.where(Inquiry.district_id == wanted.district_id)
    if wanted.category:
        query = query.where(Inquiry.category == wanted.category)
    rows = session.scalars(query.order_by(Inquiry.waiting_since, Inquiry.id))
    return [row for row in rows if may(actor, "inquiry.read", row, now)][:LISTED]


def overdue(row: Inquiry, now: datetime, promise_days: int) -> bool:
    """Whether the person waits longer than was promised."""
    return row.state in inquiry_rules.OWED and now - row.waiting_since > timedelta(days=promise_days)


@dataclass(frozen=True)
class Waiting:
    """How many inquiries wait for this person: all, new ones, and those past what was promised."""

    all: int = 0
    new: int = 0
    late: int = 0


def waiting(session: Session, municipality: str, actor: Actor, now: datetime, promise_days: int) -> Waiting:
    """What the first page says."""
    if not actor.may("inquiry.read", municipality, jst(now).date()):
        return Waiting()
    rows = listing(session, municipality, actor, now, Wanted())
    late = sum(overdue(row, now, promise_days) for row in rows)
    return Waiting(len(rows), sum(row.state == "new" for row in rows), late)


def departments(session: Session, municipality: str, today: date) -> list[str]:
    """The departments that have somebody to read what is referred to them."""
    query = (
        select(StaffRole.department)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(
            StaffRole.municipality_id == municipality,
            StaffRole.role == "department",
            StaffRole.department.is_not(None),
            Staff.active,
            or_(StaffRole.until.is_(None), StaffRole.until >= today),
        )
        .distinct()
    )
    return sorted(name for name in session.scalars(query) if name)


@dataclass(frozen=True)
class Desk:
    """One person's work on one municipality's inquiries, in one write transaction."""

    context: Context
    session: Session
    municipality: str
    actor: Actor
    now: datetime

    def open(self, inquiry_id: int) -> Reader:
        """Everything about one inquiry; that it was opened is written to the audit. Raises NotFoundError."""
        row = self.readable(inquiry_id)
        audit.note_reading(self.session, self.municipality, self.actor, "inquiry.open", f"inquiry:{row.id}", self.now)
        opened = inquiries.letters(self.context, self.session, row)
        sent = [one.outbox_id for one in opened if one.outbox_id is not None]
        resident = self.session.get(Resident, row.resident_id) if row.resident_id else None
        desk = may(self.actor, "inquiry.answer", row, self.now)
        outbox = self.session.scalars(select(OutboxMessage).where(OutboxMessage.id.in_(sent)))
        here = departments(self.session, self.municipality, jst(self.now).date())
        return Reader(
            row=row,
            number=inquiries.number(self.session, row),
            letters=opened,
            referrals=self._referrals(row),
            contact=self._opened(row, row.contact) if row.contact and desk else None,
            draft=self._opened(row, row.draft) if row.draft else "",
            deliveries={message.id: message for message in outbox},
            in_line=resident is not None,
            blocked=resident is not None and resident.state != "active",
            rights=frozenset(right for right in _RIGHTS if may(self.actor, right, row, self.now)),
            somebody=row.department is None or row.department in here,
        )

    def take(self, inquiry_id: int, version: int) -> None:
        """Answer it at the desk; takes it back from a department."""
        row = self._held(inquiry_id, version, "inquiry.refer", "take")
        row.department = row.due = None
        self._record("inquiry.take", row)

    def refer(self, inquiry_id: int, version: int, to: Referring) -> None:
        """Give it to a department. Raises BadInputError when that has nobody (any more) or the day has passed."""
        if len(to.note) > NOTE_CHARS:
            raise BadInputError(f"メモは{NOTE_CHARS}文字までです。")
        today = jst(self.now).date()
        if to.department not in departments(self.session, self.municipality, today):
            raise BadInputError("その課には、いま受け取る人がいません。ほかの課を選ぶか、管理者にご相談ください。")
        if to.due < today:
            raise BadInputError("いつまでには、今日よりあとの日を選んでください。")
        row = self._held(inquiry_id, version, "inquiry.refer", "refer")
        row.department, row.due = to.department, to.due
        note = inquiries.seal(self.context, row, to.note) if to.note else None
        referral = InquiryReferral(
            municipality_id=self.municipality,
            inquiry_id=row.id,
            department=to.department,
            due=to.due,
            note=note,
            by=self.actor.name[:60],
            at=self.now,
        )
        self.session.add(referral)
        self._record("inquiry.refer", row, department=to.department, due=to.due.isoformat())

    def draft(self, inquiry_id: int, version: int, text: str) -> None:
        """Keep an answer for the desk to send."""
        _check_text(text)
        row = self._held(inquiry_id, version, "inquiry.draft", "draft")
        row.draft, row.drafted_by = inquiries.seal(self.context, row, text), self.actor.name[:60]
        self._record("inquiry.draft", row)

    def answer(self, inquiry_id: int, version: int, answer: Answer) -> None:
        """Answer the person, and tell them in LINE if they came from there.

        Raises BadInputError for an empty, too long or, in chat, personal text, and for a missing name.
        """
        _check_text(answer.text)
        if left := reply_templates.holes(answer.text):
            raise BadInputError(f"{{{left[0]}}} が残っています。書きかえてから、送ってください。")
        if not 1 <= len(answer.name) <= NAME_CHARS:
            raise BadInputError(f"回答者の名前を、{NAME_CHARS}文字までで入れてください。住民に見えます。")
        row = self._held(inquiry_id, version, "inquiry.answer", "answer")
        if answer.way == "chat":
            self._check_chat(row, answer.text)
        letter = inquiries.add_letter(self.context, self.session, row, "staff", answer.text, self.now, answer.name)
        letter.way = answer.way
        row.answered_at, row.draft, row.drafted_by = self.now, None, None
        if row.resident_id is not None:
            letter.outbox_id = inquiries.notify(self.context, self.session, row, self._notice(row, answer), self.now)
        self._record("inquiry.answer", row, way=answer.way)

    def close(self, inquiry_id: int, version: int) -> None:
        """End it without (another) answer."""
        row = self._row(inquiry_id, version, "inquiry.close")
        inquiries.close(row, "close", self.now)
        self._record("inquiry.close", row)

    def reopen(self, inquiry_id: int, version: int) -> None:
        """Closed too early."""
        row = self._held(inquiry_id, version, "inquiry.close", "reopen")
        row.closed_at, row.waiting_since = None, self.now
        self._record("inquiry.reopen", row)

    def readable(self, inquiry_id: int, *, lock: bool = False) -> Inquiry:
        """The row, for who may read it; nothing of its texts is opened. Raises NotFoundError."""
        row = inquiries.get(self.session, self.municipality, inquiry_id, lock=lock)
        if not may(self.actor, "inquiry.read", row, self.now):
            raise NotFoundError("その相談は、ここにはありません。")
        return row

    def _row(self, inquiry_id: int, version: int, right: str) -> Inquiry:
        row = self.readable(inquiry_id, lock=True)
        if not may(self.actor, right, row, self.now):
            raise NotAllowedError("この相談に、それをする役割がありません。")
        if row.version != version:
            raise ConflictError(CHANGED)
        return row

    def _held(self, inquiry_id: int, version: int, right: str, act: str) -> Inquiry:
        row = self._row(inquiry_id, version, right)
        row.state = inquiry_rules.next_state(row.state, act)
        row.version += 1
        return row

    def _notice(self, row: Inquiry, answer: Answer) -> inquiry_notices.Message:
        days = self.context.settings.inquiry_open_days
        number = inquiries.number(self.session, row)
        url = inquiries.link_to_answer(self.context, self.session, row, self.now, timedelta(days=days))
        if answer.way == "chat":
            return inquiry_notices.said(self.context, row, number, url, answer.name, answer.text)
        return inquiry_notices.answered(self.context, row, number, url, days)

    def _check_chat(self, row: Inquiry, text: str) -> None:
        """What stays in LINE must be fit for anybody's eyes; the desks' own telephone numbers are."""
        if row.resident_id is None:
            raise BadInputError("LINEの相手がいないため、回答のページでお答えください。")
        if len(text) > CHAT_CHARS:
            raise BadInputError(f"LINEで送る返事は{CHAT_CHARS}文字までです。長いときは、回答のページで送ってください。")
        query = select(DeskRow.data).where(DeskRow.municipality_id == self.municipality)
        for data in self.session.scalars(query):
            if phone := data.get("phone"):
                text = text.replace(phone, "")
        if personal.holds(text):
            raise BadInputError(
                "電話番号・住所・メールアドレスのようなものが入っています。LINEに残るため、送れません。"
                "取り除くか、「回答のページで読んでもらう」を選んでください。"
            )

    def _referrals(self, row: Inquiry) -> list[tuple[InquiryReferral, str]]:
        query = select(InquiryReferral).where(
            InquiryReferral.municipality_id == self.municipality, InquiryReferral.inquiry_id == row.id
        )
        found: Sequence[InquiryReferral] = self.session.scalars(query.order_by(InquiryReferral.id)).all()
        if not may(self.actor, "inquiry.refer", row, self.now):
            found = [one for one in found if one.department == row.department]
        return [(one, self._opened(row, one.note) if one.note else "") for one in found]

    def _opened(self, row: Inquiry, sealed: bytes) -> str:
        return inquiries.unseal(self.context, row, sealed)

    def _record(self, action: str, row: Inquiry, **details: str) -> None:
        audit.record(self.session, self.municipality, self.actor, action, f"inquiry:{row.id}", self.now, details)


_RIGHTS: Final = ("inquiry.draft", "inquiry.answer", "inquiry.refer", "inquiry.close")


def _check_text(text: str) -> None:
    if not text:
        raise BadInputError("回答の文を書いてください。")
    if len(text) > inquiries.TEXT_CHARS:
        raise BadInputError(f"回答は{inquiries.TEXT_CHARS}文字までです(いま{len(text)}文字)。")
