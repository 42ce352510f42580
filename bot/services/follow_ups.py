"""What comes after an answer: an entry that was chosen, other candidates, 「役に立った / ちがう」."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.core import activities, answer_text
from bot.core.answering import THRESHOLDS, Decision, Found, Option, Question
from bot.core.knowledge import CENTRE, Knowledge, for_residents
from bot.models import Entry as Row
from bot.now import jst
from bot.services.answers import Answer, Scored
from content.search import index

OFFERED: Final = 3
# Somebody said that the first answer was not it: the next ones are offered although we are less sure of them.
LOOSER: Final = 0.85


def entry(question: Question, knowledge: Knowledge, key: str) -> Answer | None:
    """The answer that one entry gives, chosen by the resident; None when it is no longer published."""
    chosen = knowledge.entries.get(key)
    if chosen is None or not for_residents(chosen, jst(question.now).date()):
        return None
    language = question.language or "ja"
    coming = tuple(activities.coming(chosen, question.now, None)) if chosen.activity else ()
    desk = knowledge.desk(chosen.contact or CENTRE, question.district or _only(chosen.districts))
    decision = Decision(
        "answer",
        language,
        district=knowledge.district(question.district), found=(Found(chosen, 1.0, coming),), desk=desk,
        note="activity" if chosen.activity else "",
    )  # fmt: skip
    text = answer_text.render(decision, knowledge, question.now)
    return Answer("answer", text, language, (Scored(chosen, 1.0),), desk, (), decision)


def others(question: Question, knowledge: Knowledge, without: Collection[str]) -> list[Option]:
    """Up to three more entries that may be meant, best first, labelled in the question's language."""
    scope = {*question.interests, *([question.district] if question.district else [])}
    allowed = {
        one.id
        for one in knowledge.readable(jst(question.now).date())
        if one.id not in without and (not one.districts or not scope or scope & set(one.districts))
    }
    hits = knowledge.ranker.rank(index.query(question.text), allowed, count=12)
    families: set[str] = {found.family for key in without if (found := knowledge.entries.get(key)) and found.family}
    options: list[Option] = []
    for hit in hits:
        found = knowledge.entries[hit.id]
        if hit.confidence < THRESHOLDS.choose * LOOSER or (found.family and found.family in families):
            continue
        families |= {found.family} if found.family else set()
        options.append(Option(found.id, answer_text.title(found, question.language or "ja")))
    return options[:OFFERED]


def count(session: Session, municipality: str, key: str, *, useful: bool) -> None:
    """One more 「役に立った」 or 「ちがう」 for an entry: numbers only."""
    column = Row.useful if useful else Row.not_useful
    session.execute(update(Row).where(Row.municipality_id == municipality, Row.key == key).values({column: column + 1}))


def _only(districts: tuple[str, ...]) -> str | None:
    return districts[0] if len(districts) == 1 else None
