"""Inquiries as residents make and follow them: sent from our own form, read again, written once more, resolved.

Whatever goes to LINE (receipt number, link) is put into the outbox by the transaction that stores the text: a crash
loses both or neither. Texts are sealed; what staff do is bot.services.inquiry_desk.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import receipts
from bot.core.inquiry_rules import next_state
from bot.errors import ConflictError, NotFoundError
from bot.models import Inquiry, InquiryLetter, InquiryLink, Municipality, Resident
from bot.now import real_now
from bot.services import inquiry_links, inquiry_notices, outbox
from bot.services.context import Context

TEXT_CHARS: Final = 4000
CONTACT_CHARS: Final = 120
SECRET_FOR: Final = timedelta(minutes=15)  # the receipt page may be loaded again this long
# Marks that turn the direction of writing: a text must not disguise what stands around it.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_DROPPED: Final = frozenset({"Cc", "Cs", "Cn"})
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # without the look-alikes i l o 0 1


@dataclass(frozen=True)
class Written:
    """What stands on the form when it is sent."""

    text: str = field(repr=False)
    category: str = "other"
    district_id: int | None = None
    contact: str = field(repr=False, default="")
    language: str = ""  # the page's; empty: the link's


@dataclass(frozen=True)
class Letter:
    """One opened text."""

    writer: str
    name: str | None
    way: str
    text: str = field(repr=False)
    at: datetime
    outbox_id: int | None


def plain(text: str) -> str:
    """A typed text as it is kept: plain line ends, no control characters, no blank edges."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (one for one in lines if one in "\n\t" or unicodedata.category(one) not in _DROPPED)
    return "".join(one for one in kept if one not in _TURNING).strip()


def send(context: Context, session: Session, link: InquiryLink, written: Written, now: datetime) -> Inquiry:
    """Make the inquiry that this form link stands for; a second call gives the first one's inquiry again.

    The caller holds the link's row. Raises ConflictError for an expired link.
    """
    if link.inquiry_id is not None:
        return get(session, link.municipality_id, link.inquiry_id)
    if link.used_at is not None or now > link.expires_at:
        raise ConflictError("この用紙の期限が過ぎました。")
    row = Inquiry(
        municipality_id=link.municipality_id,
        resident_id=link.resident_id,
        district_id=written.district_id,
        category=written.category,
        door="line" if link.resident_id is not None else "web",
        language=written.language or link.language,
        state="new",
        version=1,
        created_at=now,
        waiting_since=now,
    )
    session.add(row)
    session.flush()
    row.contact = seal(context, row, written.contact) if written.contact else None
    row.secret = seal(context, row, _secret_word()) if link.resident_id is None else None
    link.inquiry_id, link.used_at, link.draft = row.id, now, None
    letter = add_letter(context, session, row, "resident", written.text, now)
    message = inquiry_notices.received(context, row, number(session, row))
    letter.outbox_id = notify(context, session, row, message, now, "asked")
    return row


def get(session: Session, municipality: str, inquiry_id: int, *, lock: bool = False) -> Inquiry:
    """One inquiry of this municipality. Raises NotFoundError."""
    row = session.get(Inquiry, inquiry_id, with_for_update=lock or None)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("その相談は、ここにはありません。")
    return row


def number(session: Session, row: Inquiry) -> str:
    """The receipt number: 富-1234-5."""
    return receipts.number(session.get_one(Municipality, row.municipality_id).name, row.id)


def secret_word(context: Context, link: InquiryLink, row: Inquiry, now: datetime) -> str | None:
    """The secret word for the receipt page, shown only just after sending; None for who came by LINE."""
    if row.secret is None or link.used_at is None or now - link.used_at > SECRET_FOR:
        return None
    return unseal(context, row, row.secret)


def by_secret(context: Context, session: Session, municipality: str, receipt: str, secret: str) -> Inquiry | None:
    """The inquiry with this receipt number and secret word; None when either is wrong (nobody is told which)."""
    city = session.get_one(Municipality, municipality)
    row_id = receipts.read(receipt, city.name)
    row = session.get(Inquiry, row_id) if row_id is not None else None
    if row is None or row.municipality_id != municipality or row.secret is None:
        return None
    typed = "".join(unicodedata.normalize("NFKC", secret).lower().replace("-", "").split())
    right = unseal(context, row, row.secret).replace("-", "")
    return row if hmac.compare_digest(typed.encode(), right.encode()) else None


def letters(context: Context, session: Session, row: Inquiry) -> list[Letter]:
    """All texts of an inquiry, opened, oldest first."""
    query = select(InquiryLetter).where(
        InquiryLetter.municipality_id == row.municipality_id, InquiryLetter.inquiry_id == row.id
    )
    found = session.scalars(query.order_by(InquiryLetter.id))
    return [
        Letter(one.writer, one.name, one.way, unseal(context, row, one.body), one.at, one.outbox_id) for one in found
    ]


def of_resident(session: Session, resident: Resident) -> Sequence[Inquiry]:
    """A resident's inquiries, newest first; only those that still know them."""
    query = select(Inquiry).where(
        Inquiry.municipality_id == resident.municipality_id, Inquiry.resident_id == resident.id
    )
    return session.scalars(query.order_by(Inquiry.id.desc())).all()


def write_again(context: Context, session: Session, row: Inquiry, text: str, now: datetime) -> None:
    """Something to add after an answer: once for each answer. Raises ConflictError when none waits for it."""
    row.state = next_state(row.state, "write_again")
    row.version += 1
    row.waiting_since, row.department, row.due = now, None, None  # the desk decides anew who is to see it
    add_letter(context, session, row, "resident", text, now)


def resolve(row: Inquiry, now: datetime) -> None:
    """The person says it is settled; saying so twice is no error."""
    if row.state != "closed":
        close(row, "resolve", now)


def close(row: Inquiry, act: str, now: datetime) -> None:
    """End an inquiry by this act. Raises ConflictError when its state does not allow it."""
    row.state, row.closed_at = next_state(row.state, act), now
    row.version += 1
    row.draft = row.drafted_by = None


def link_to_answer(context: Context, session: Session, row: Inquiry, now: datetime, keeps: timedelta) -> str:
    """A fresh link to read an inquiry: its whole address."""
    token = inquiry_links.new_token()
    inquiry_links.add_answer(session, row.municipality_id, token, row.id, row.language, now, keeps)
    return inquiry_links.answer_url(context.settings.public_url, row.municipality_id, token)


def add_letter(
    context: Context, session: Session, row: Inquiry, writer: str, text: str, now: datetime, name: str | None = None
) -> InquiryLetter:
    """Put one more text to an inquiry, sealed."""
    letter = InquiryLetter(
        municipality_id=row.municipality_id,
        inquiry_id=row.id,
        writer=writer,
        name=name,
        body=seal(context, row, text),
        at=now,
    )
    session.add(letter)
    session.flush()
    return letter


def notify(
    context: Context, session: Session, row: Inquiry, message: inquiry_notices.Message, now: datetime,
    urgency: str = "normal",
) -> int | None:  # fmt: skip
    """Push a message to the inquiry's resident from the outbox; its row id, None when there is nobody in LINE."""
    if row.resident_id is None:
        return None
    to = outbox.Recipient(row.municipality_id, row.resident_id, urgency=urgency)
    return outbox.add(session, context.sealer, to, [message], "receipt", outbox.At(now, real_now())).id


def seal(context: Context, row: Inquiry, text: str) -> bytes:
    """Seal a text of this inquiry: it opens nowhere else."""
    return context.sealer.seal(text.encode(), sealing_place(row.municipality_id, row.id))


def unseal(context: Context, row: Inquiry, sealed: bytes) -> str:
    """The text again. Raises BadInputError when its key is gone."""
    return context.sealer.open(sealed, sealing_place(row.municipality_id, row.id)).decode()


def sealing_place(municipality: str, inquiry_id: int) -> str:
    """What all texts of one inquiry are bound to."""
    return f"inquiry/{municipality}/{inquiry_id}"


def _secret_word() -> str:
    """Eight characters that can be said and written down (about 40 bits; trying is throttled)."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(2))
