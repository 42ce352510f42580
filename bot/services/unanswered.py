"""The staff's list of questions the bot could not answer: counted, masked, without the person who asked."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import BadInputError, NotAllowedError, NotFoundError
from bot.models import UnansweredQuestion
from bot.now import jst
from bot.services import audit
from content import personal
from content.search import tokens

REASONS: Final[dict[str, str]] = {
    "answered": "もう答えが載っている",
    "elsewhere": "市や地区では答えられない",
    "unclear": "意味が分からない",
    "once": "その人だけの、一度きりのこと",
    "other": "そのほか",
}
KEPT = 300  # characters of a question
MARK = 16  # characters of a fingerprint that a button carries


def fingerprint(text: str) -> str:
    """One value for the same words, however wide or polite; made of the masked text, so that no number hides in it."""
    masked = personal.sendable(text, KEPT)
    return hashlib.sha256(tokens.without_tail(tokens.fold(masked)).encode()).hexdigest()


def note(
    session: Session,
    municipality: str,
    text: str,
    language: str,
    now: datetime,
    district_id: int | None = None,
    reason: str = "unknown",
) -> UnansweredQuestion:
    """Put a question on the staff's list, masked and without who asked; the same words only raise its count.

    A question that was done comes back: the entry written for it did not answer it.
    """
    folded = fingerprint(text)
    row = find(session, municipality, folded, district_id)
    if row is None:
        row = UnansweredQuestion(
            municipality_id=municipality, folded=folded, district_id=district_id, count=0, first_at=now
        )
        session.add(row)
    elif row.state == "done":
        row.state, row.entry_id, row.done_reason = "open", None, None
    row.text, row.language = personal.sendable(text, KEPT), language
    row.count, row.asked_at, row.reason = row.count + 1, now, reason
    session.flush()
    return row


def find(session: Session, municipality: str, folded: str, district_id: int | None) -> UnansweredQuestion | None:
    """The row of these words (a fingerprint or the beginning of one) from people of this district."""
    return session.scalars(
        select(UnansweredQuestion)
        .where(
            UnansweredQuestion.municipality_id == municipality,
            UnansweredQuestion.folded.startswith(folded, autoescape=True),
            UnansweredQuestion.district_id.is_not_distinct_from(district_id),
        )
        .order_by(UnansweredQuestion.id)
    ).first()


def find_anywhere(session: Session, municipality: str, folded: str) -> UnansweredQuestion | None:
    """The same from any district, the one asked last."""
    return session.scalars(
        select(UnansweredQuestion)
        .where(
            UnansweredQuestion.municipality_id == municipality,
            UnansweredQuestion.folded.startswith(folded, autoescape=True),
        )
        .order_by(UnansweredQuestion.asked_at.desc())
    ).first()


def listing(
    session: Session, municipality: str, actor: Actor, now: datetime, state: str = "open", limit: int = 200
) -> list[UnansweredQuestion]:
    """Questions this person may see, those asked most often first, then the newest."""
    rows = session.scalars(
        select(UnansweredQuestion)
        .where(UnansweredQuestion.municipality_id == municipality, UnansweredQuestion.state == state)
        .order_by(UnansweredQuestion.count.desc(), UnansweredQuestion.asked_at.desc(), UnansweredQuestion.id)
    )
    return [row for row in rows if _may(actor, "question.read", row, now)][:limit]


def open_count(session: Session, municipality: str, actor: Actor, now: datetime) -> int:
    """How many open questions this person may see for which no entry is being written."""
    counts = session.execute(
        select(UnansweredQuestion.district_id, func.count())
        .where(UnansweredQuestion.municipality_id == municipality, UnansweredQuestion.state == "open")
        .where(UnansweredQuestion.entry_id.is_(None))
        .group_by(UnansweredQuestion.district_id)
    )
    today = jst(now).date()
    return sum(
        number
        for district, number in counts
        if actor.may("question.read", municipality, today, () if district is None else (district,))
    )


def close(
    session: Session, municipality: str, question_id: int, actor: Actor, now: datetime, reason: str = "other"
) -> None:
    """Take a question off the list, for one of REASONS.

    Raises NotFoundError, NotAllowedError, BadInputError; closing twice is no error.
    """
    if reason not in REASONS:
        raise BadInputError("済みにするわけを選んでください。")
    row = session.get(UnansweredQuestion, question_id)
    if row is None or row.municipality_id != municipality or not _may(actor, "question.read", row, now):
        raise NotFoundError("この質問は、もう一覧にありません。")
    if not _may(actor, "question.close", row, now):
        raise NotAllowedError("この質問を済みにする役割がありません。")
    if row.state == "open":
        row.state, row.done_reason = "done", reason
        audit.record(session, municipality, actor, "question.close", f"question:{row.id}", now)


def reopen(session: Session, municipality: str, question_id: int, actor: Actor, now: datetime) -> None:
    """Taken off by mistake: on the list again. Raises NotFoundError, NotAllowedError; twice is no error."""
    row = session.get(UnansweredQuestion, question_id)
    if row is None or row.municipality_id != municipality or not _may(actor, "question.read", row, now):
        raise NotFoundError("この質問は、もう一覧にありません。")
    if not _may(actor, "question.close", row, now):
        raise NotAllowedError("この質問を戻す役割がありません。")
    if row.state == "done" and row.done_reason is not None:
        row.state, row.done_reason = "open", None
        audit.record(session, municipality, actor, "question.reopen", f"question:{row.id}", now)


def may_read(actor: Actor, row: UnansweredQuestion, now: datetime) -> bool:
    """Whether this person may see a question."""
    return _may(actor, "question.read", row, now)


def _may(actor: Actor, right: str, row: UnansweredQuestion, now: datetime) -> bool:
    districts = () if row.district_id is None else (row.district_id,)
    return actor.may(right, row.municipality_id, jst(now).date(), districts)
