"""The staff's list of questions the bot could not answer: counted, masked, without the person who asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import NotAllowedError, NotFoundError
from bot.models import UnansweredQuestion
from bot.now import jst
from bot.services import audit


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
    """How many open questions this person may see."""
    counts = session.execute(
        select(UnansweredQuestion.district_id, func.count())
        .where(UnansweredQuestion.municipality_id == municipality, UnansweredQuestion.state == "open")
        .group_by(UnansweredQuestion.district_id)
    )
    today = jst(now).date()
    return sum(
        number
        for district, number in counts
        if actor.may("question.read", municipality, today, () if district is None else (district,))
    )


def close(session: Session, municipality: str, question_id: int, actor: Actor, now: datetime) -> None:
    """Take a question off the list. Raises NotFoundError, NotAllowedError; closing twice is no error."""
    row = session.get(UnansweredQuestion, question_id)
    if row is None or row.municipality_id != municipality or not _may(actor, "question.read", row, now):
        raise NotFoundError("この質問は、もう一覧にありません。")
    if not _may(actor, "question.close", row, now):
        raise NotAllowedError("この質問を済みにする役割がありません。")
    if row.state == "open":
        row.state = "done"
        audit.record(session, municipality, actor, "question.close", f"question:{row.id}", now)


def _may(actor: Actor, right: str, row: UnansweredQuestion, now: datetime) -> bool:
    districts = () if row.district_id is None else (row.district_id,)
    return actor.may(right, row.municipality_id, jst(now).date(), districts)
