"""Who wants to hear the answer to a question: by their wish, told once, then forgotten.

The link from a person to a question stands in a table of its own, which only this module reads and no page shows.
It goes when the person is told, takes the wish back or is erased, and after ENTAKU_QUESTION_KEEP_DAYS at the latest.
Telling and forgetting are one transaction: nobody is told twice, however often an entry is published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from bot.core.knowledge import Knowledge
from bot.core.sealing import Sealer
from bot.line.render import Text
from bot.models import District, Entry, QuestionAsker, Resident, UnansweredQuestion
from bot.now import jst
from bot.services import follow_ups, outbox, unanswered
from bot.services.answers import Question
from bot.services.outbox import At, Recipient
from content.phrases import phrases

AT_ONCE: Final = 100  # people told in one transaction
SHOWN: Final = 60  # characters of the question in what is sent
LONGEST: Final = 4000  # characters of an answer in what is sent


@dataclass(frozen=True)
class Due:
    """One person to be told: which question, by which entry, in which language, from which district."""

    municipality: str
    question_id: int
    resident_id: int
    text: str
    entry: str
    language: str
    district: str | None


def wish(session: Session, resident: Resident, mark: str, now: datetime) -> bool:
    """Remember that this person wants to hear; False when the question is no longer kept. Twice is once.

    `mark` is the beginning of the question's fingerprint.
    """
    row = _question(session, resident, mark)
    if row is None:
        return False
    if session.get(QuestionAsker, (row.id, resident.id)) is None:
        session.add(
            QuestionAsker(
                question_id=row.id, resident_id=resident.id, municipality_id=resident.municipality_id, wished_at=now
            )
        )
    return True


def take_back(session: Session, resident: Resident, mark: str) -> None:
    """The person no longer wants to hear. Idempotent."""
    row = _question(session, resident, mark)
    if row is not None:
        _forget(session, row.id, resident.id)


def due(session: Session, now: datetime, limit: int = AT_ONCE) -> list[Due]:
    """Who is to be told now: their question has a published entry in force, and they neither left nor paused."""
    today = jst(now).date()
    query = (
        select(QuestionAsker, UnansweredQuestion.text, Entry.key, Resident.language, District.key)
        .join(UnansweredQuestion, UnansweredQuestion.id == QuestionAsker.question_id)
        .join(Entry, Entry.id == UnansweredQuestion.entry_id)
        .join(Resident, Resident.id == QuestionAsker.resident_id)
        .outerjoin(District, District.id == Resident.home_district_id)
        .where(or_(Entry.valid_from.is_(None), Entry.valid_from <= today))
        .where(or_(Entry.valid_to.is_(None), Entry.valid_to >= today))
        .where(Entry.published, Resident.state == "active", Resident.paused_at.is_(None))
        .order_by(QuestionAsker.question_id, QuestionAsker.resident_id)
        .limit(limit)
    )
    return [
        Due(row.municipality_id, row.question_id, row.resident_id, text, entry, language, district)
        for row, text, entry, language, district in session.execute(query)
    ]


def words(one: Due, knowledge: Knowledge, now: datetime) -> str | None:
    """What this person is sent: their question and the entry with its source; None while it is not in force."""
    question = Question(one.text, now, one.district, language=one.language)
    found = follow_ups.entry(question, knowledge, one.entry)
    if found is None:
        return None
    shown = one.text if len(one.text) <= SHOWN else one.text[: SHOWN - 1] + "…"
    return phrases(one.language).say("asker.told", question=shown, answer=found.text[:LONGEST])


def tell(session: Session, sealer: Sealer, ready: Sequence[tuple[Due, str]], at: At) -> int:
    """Put the messages into the outbox and forget who they went to. Returns how many people are told.

    Who was told, took the wish back or left meanwhile is passed over; one person hears of an entry once.
    """
    told: set[tuple[int, str]] = set()
    for one, text in ready:
        if not _forget(session, one.question_id, one.resident_id) or (one.resident_id, one.entry) in told:
            continue
        told.add((one.resident_id, one.entry))
        outbox.add(session, sealer, Recipient(one.municipality, one.resident_id), [Text(text)], "receipt", at)
    return len(told)


def _forget(session: Session, question_id: int, resident_id: int) -> bool:
    gone = session.execute(
        delete(QuestionAsker).where(QuestionAsker.question_id == question_id, QuestionAsker.resident_id == resident_id)
    )
    return bool(gone.rowcount)  # type: ignore[attr-defined]


def _question(session: Session, resident: Resident, mark: str) -> UnansweredQuestion | None:
    """The question as asked from this person's district, else from anywhere: they may have moved since."""
    if len(mark) < unanswered.MARK:
        return None
    own = unanswered.find(session, resident.municipality_id, mark, resident.home_district_id)
    return own or unanswered.find_anywhere(session, resident.municipality_id, mark)
