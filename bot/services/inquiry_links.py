"""Links to our own forms: made once, kept as hashes, found again by what a browser brings.

A token has 192 random bits; who reads the table learns nothing that opens a page. Tokens are never logged.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.core.sealing import Sealer
from bot.errors import BadInputError
from bot.models import InquiryLink

TOKEN_BYTES: Final = 24
OPEN_FORMS: Final = 5  # unused forms one resident may have at a time; the oldest goes
LOOKED_UP_FOR: Final = timedelta(hours=1)  # an answer opened by number and secret word


def new_token() -> str:
    """The secret part of a link."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def form_url(public_url: str, municipality: str, token: str) -> str:
    """Where the form is written."""
    return f"{public_url}m/{municipality}/inquiry/{token}"


def answer_url(public_url: str, municipality: str, token: str) -> str:
    """Where the answer is read."""
    return f"{public_url}m/{municipality}/inquiry/answer/{token}"


def add_form(
    session: Session, municipality: str, token: str, resident_id: int | None, language: str, now: datetime, hours: int
) -> InquiryLink:
    """A link to write one inquiry; `resident_id` None for somebody without LINE."""
    if resident_id is not None:
        mine = select(InquiryLink.id).where(
            InquiryLink.municipality_id == municipality,
            InquiryLink.resident_id == resident_id,
            InquiryLink.kind == "form",
            InquiryLink.used_at.is_(None),
        )
        old = list(session.scalars(mine.order_by(InquiryLink.id.desc()).offset(OPEN_FORMS - 1)))
        session.execute(delete(InquiryLink).where(InquiryLink.id.in_(old)))
    return _add(session, "form", municipality, token, language, now, timedelta(hours=hours), resident_id=resident_id)


def add_answer(
    session: Session, municipality: str, token: str, inquiry_id: int, language: str, now: datetime, keeps: timedelta
) -> InquiryLink:
    """A link to read one inquiry's answers until it expires."""
    return _add(session, "answer", municipality, token, language, now, keeps, inquiry_id=inquiry_id)


def find(session: Session, municipality: str, kind: str, token: str, *, lock: bool = False) -> InquiryLink | None:
    """The link with this token, expired or used ones too; None for forged ones and those of another municipality."""
    query = select(InquiryLink).where(
        InquiryLink.municipality_id == municipality,
        InquiryLink.kind == kind,
        InquiryLink.token_hash == _hash(token),
    )
    return session.scalar(query.with_for_update() if lock else query)


def keep_draft(sealer: Sealer, link: InquiryLink, values: dict[str, str]) -> None:
    """Keep, by wish, what is written so far: sealed, until it is sent or the link ends."""
    said = json.dumps(values, ensure_ascii=False).encode()
    link.draft = sealer.seal(said, _place(link)) if any(values.values()) else None


def draft_of(sealer: Sealer, link: InquiryLink, now: datetime) -> dict[str, str]:
    """What was kept of this form; {} when there is nothing, or its key is gone."""
    if link.draft is None or now > link.expires_at:
        return {}
    try:
        return {str(name): str(value) for name, value in json.loads(sealer.open(link.draft, _place(link))).items()}
    except BadInputError:
        return {}


def _place(link: InquiryLink) -> str:
    return f"inquiry_link.draft/{link.municipality_id}/{link.id}"


def _add(
    session: Session,
    kind: str,
    municipality: str,
    token: str,
    language: str,
    now: datetime,
    keeps: timedelta,
    *,
    resident_id: int | None = None,
    inquiry_id: int | None = None,
) -> InquiryLink:
    link = InquiryLink(
        municipality_id=municipality,
        kind=kind,
        token_hash=_hash(token),
        resident_id=resident_id,
        inquiry_id=inquiry_id,
        language=language,
        created_at=now,
        expires_at=now + keeps,
    )
    session.add(link)
    session.flush()
    return link


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
