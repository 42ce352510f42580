"""What comes after an answer: an entry that was chosen, other candidates, 「役に立った / ちがう」."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.core import activities, answer_text, answering
from bot.core.answering import THRESHOLDS, Decision, Found, Option, Question
from bot.core.asked import look_up, take_apart
from bot.core.follow_words import Aspect
from bot.core.knowledge import CENTRE, Knowledge, for_residents
from bot.models import Entry as Row
from bot.now import jst
from bot.services.answers import Answer, Scored

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


def aspect(question: Question, knowledge: Knowledge, key: str, name: Aspect) -> Answer | None:
    """What an activity says of its place, time, fee, sign-up or audience; None when it does not say."""
    whole = entry(question, knowledge, key)
    if whole is None:
        return None
    found = whole.decision.found[0]
    text = answer_text.aspect(found.entry, found.occurrences, name, whole.language, question.now)
    if text is None or (found.occurrences and found.occurrences[0].called_off):
        return whole if text else None
    return replace(whole, text=text)


def rest(question: Question, knowledge: Knowledge, begin: int) -> Answer | None:
    """The activities of a list after the first `begin`; None when there are no more."""
    whole = answering.consider(question, knowledge)
    if whole.note != "listed" or len(whole.found) <= begin:
        return None
    decision = replace(whole, found=whole.found[begin:])
    text = answer_text.render(decision, knowledge, question.now)
    scored = tuple(Scored(one.entry, one.score) for one in decision.found)
    return Answer("answer", text, decision.language, scored, decision.desk, (), decision)


def others(question: Question, knowledge: Knowledge, without: Collection[str]) -> list[Option]:
    """Up to three more entries that may be meant, best first, labelled in the question's language."""
    asked = look_up(take_apart(question, knowledge))
    families: set[str] = {found.family for key in without if (found := knowledge.entries.get(key)) and found.family}
    options: list[Option] = []
    for hit in asked.hits[:12]:
        found = asked.entry(hit)
        unlikely = hit.confidence < THRESHOLDS.choose * LOOSER and hit.chance < THRESHOLDS.slim
        if unlikely or hit.id in without or (found.family and found.family in families):
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
