"""Answering with an entry that is not published yet: what one question would get if it were. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from bot.core.knowledge import Knowledge, Meanings, build
from bot.services import answers, vectors
from bot.services.answers import Answer, Question
from content.packs_model import Entry
from content.search.meaning import made


@dataclass(frozen=True)
class Tried:
    """What a question gets with the draft among the published entries. `place`: the draft's, from 1; None: not in it.

    `alone` is whether the draft is what is answered with, not only one of those to choose from.
    """

    answer: Answer
    place: int | None

    @property
    def alone(self) -> bool:
        return self.answer.kind == "answer" and self.place == 1


def meanings(session: Session, municipality: str) -> Meanings | None:
    """The model and its vectors for this municipality; None when it answers by words alone."""
    encoder = vectors.encoder_of(session)
    if encoder is None:
        return None
    return Meanings(encoder, {**vectors.shipped(encoder.name), **vectors.read(session, municipality, encoder.name)})


def including(known: Knowledge, draft: Entry, known_meanings: Meanings | None) -> Knowledge:
    """The knowledge with this entry in it as if it were published and in force; takes a second, asks the model.

    Raises UnavailableError when the model fails.
    """
    shown = replace(draft, draft=False, valid_from=None, valid_to=None)
    entries = {**known.entries, shown.id: shown}
    built = build(known.municipality, known.districts, known.desks.values(), entries.values(), known_meanings)
    if known_meanings is None or not built.missing:
        return built
    own = [(key, passage) for key, passage in built.missing if key not in known.keys]
    return built.joined(made(known_meanings.encoder, own)) if own else built


def ask(question: Question, known: Knowledge, key: str) -> Tried:
    """What the question gets, and where this entry stands in it."""
    given = answers.answer(question, known)
    keys = [one.entry.id for one in given.entries] if given.kind == "answer" else [one.id for one in given.options]
    return Tried(given, keys.index(key) + 1 if key in keys else None)
