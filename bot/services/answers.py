"""Answering a resident's question. `answer` needs no session; the rest gets the knowledge from the database.

with database.read() as session:
    stored = answers.read(session, "fuji")       # cheap; the entries only when they changed
# the model that bot.services.vectors.use named for the database joins in, with the vectors it has so far
knowledge = answers.knowledge(stored)            # builds the index, outside any transaction
given = answers.answer(Question("防災訓練いつ？", now, district="imaizumi"), knowledge)  # asks the model: the same
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.core import answer_text, answering
from bot.core.answering import Decision, Option
from bot.core.asked import Question
from bot.core.knowledge import Knowledge, Meanings, build
from bot.errors import NotFoundError
from bot.models import Entry as EntryRow
from bot.models import Municipality as MunicipalityRow
from bot.services import vectors
from bot.services.knowledge import export_pack
from content.packs_model import Desk, Entry, Pack
from content.search.meaning import Vectors

__all__ = [
    "Answer",
    "Knowledge",
    "Meanings",
    "Option",
    "Question",
    "Scored",
    "answer",
    "from_pack",
    "join",
    "knowledge",
    "read",
    "unsearched",
]


@dataclass(frozen=True)
class Scored:
    """An entry of an answer and how sure it is, 0 to 1."""

    entry: Entry
    score: float


@dataclass(frozen=True)
class Answer:
    """What the resident reads, and what the chat needs to go on.

    `options` are the buttons of `choose` (entry ids) and `ask` (district ids or hazards), labelled in the answer's
    language; `decision` holds everything else (dates, emergency kind, occurrences).
    """

    kind: answering.Kind
    text: str
    language: str
    entries: tuple[Scored, ...]
    desk: Desk | None
    options: tuple[Option, ...]
    decision: Decision


def answer(question: Question, knowledge: Knowledge) -> Answer:
    """Answer a question from the knowledge alone. Never raises for any text."""
    decision = answering.consider(question, knowledge)
    return Answer(
        decision.kind,
        answer_text.render(decision, knowledge, question.now),
        decision.language,
        tuple(Scored(found.entry, found.score) for found in decision.found),
        decision.desk,
        answer_text.options(decision),
        decision,
    )


def from_pack(pack: Pack, meanings: Meanings | None = None) -> Knowledge:
    """The knowledge of a pack as it stands in its files; by words alone without `meanings`."""
    return build(pack.municipality, pack.districts, pack.desks, pack.entries, meanings)


@dataclass(frozen=True)
class Stored:
    """The published knowledge of a municipality as read from a database; `pack` is None while it is unchanged."""

    engine: Engine
    municipality: str
    version: int
    pack: Pack | None
    meanings: Meanings | None = None


_lock = threading.Lock()
_built: WeakKeyDictionary[Engine, dict[str, tuple[int, Knowledge]]] = WeakKeyDictionary()


def read(session: Session, municipality: str) -> Stored:
    """What `knowledge` builds from: the entries that are published now. Raises NotFoundError."""
    engine = session.get_bind().engine
    version = session.scalar(select(MunicipalityRow.content_version).where(MunicipalityRow.id == municipality))
    if version is None:
        raise NotFoundError(f"There is no municipality {municipality!r}; load its pack first.")
    known = _built.get(engine, {}).get(municipality)
    encoder = vectors.encoder_of(session)
    if known and known[0] == version and known[1].encoder is encoder:
        return Stored(engine, municipality, version, None)
    pack = export_pack(session, municipality)
    hidden = set(
        session.scalars(
            select(EntryRow.key).where(EntryRow.municipality_id == municipality, EntryRow.published.is_(False))
        )
    )
    shown = tuple(entry for entry in pack.entries if entry.id not in hidden)
    meanings = None
    if encoder is not None:
        made = vectors.read(session, municipality, encoder.name)
        meanings = Meanings(encoder, {**vectors.shipped(encoder.name), **made})
    return Stored(engine, municipality, version, Pack(pack.municipality, pack.districts, pack.desks, shown), meanings)


def knowledge(stored: Stored) -> Knowledge:
    """The knowledge with its index, built once per content version; call it outside transactions."""
    if stored.pack is not None:
        built = from_pack(stored.pack, stored.meanings)  # seconds at most; what did not change was analysed before
        with _lock:
            _built.setdefault(stored.engine, {})[stored.municipality] = (stored.version, built)
        return built
    return _built[stored.engine][stored.municipality][1]


def unsearched(stored: Stored) -> Knowledge:
    """The same entries, desks and districts without an index over them: for showing one by its key, at once."""
    if stored.pack is None:
        return knowledge(stored)
    pack = stored.pack
    shown = {entry.id: entry for entry in pack.entries}
    return replace(build(pack.municipality, pack.districts, pack.desks, ()), entries=shown)


def join(stored: Stored, more: Mapping[str, Vectors]) -> None:
    """Let vectors made since then join the knowledge of `stored`; nothing when its content has changed again."""
    with _lock:
        version, known = _built[stored.engine][stored.municipality]
        if version == stored.version:
            _built[stored.engine][stored.municipality] = (version, known.joined(more))
