"""The vectors of a municipality's entries in the database, and which model serves which database.

A process says once, at its start, which model it has (`use`); `bot.services.answers` then builds its
knowledge with it. Vectors are kept by the hash of their text, made in the background (scheduler.vectors).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from bot.db import Database
from bot.models import PassageVector
from content import packs
from content.search import vector_file
from content.search.meaning import Encoder, Vectors, packed, units

_encoders: WeakKeyDictionary[Engine, Encoder] = WeakKeyDictionary()


def use(database: Database, encoder: Encoder | None) -> None:
    """Answer from this database with this model from now on; None: by words alone."""
    for engine in (database.engine, database.writing_engine):
        if encoder is None:
            _encoders.pop(engine, None)
        else:
            _encoders[engine] = encoder


def encoder_of(session: Session) -> Encoder | None:
    """The model that serves the session's database."""
    return _encoders.get(session.get_bind().engine)


def read(session: Session, municipality: str, model: str) -> dict[str, Vectors]:
    """A municipality's vectors by key; those of another length than the rest are left out and thus made again."""
    query = select(PassageVector.key, PassageVector.vector).where(
        PassageVector.municipality_id == municipality, PassageVector.model == model
    )
    rows = session.execute(query).all()
    width = max((len(stored) for _, stored in rows), default=0)
    if not width:
        return {}
    sound = [(key, stored) for key, stored in rows if len(stored) == width]
    found = np.frombuffer(b"".join(stored for _, stored in sound), dtype=np.int8).reshape(len(sound), width)
    return dict(zip((key for key, _ in sound), units(found.astype(np.float32)), strict=True))


def shipped(model: str) -> Mapping[str, Vectors]:
    """The vectors of the packs that came along, by key: a new installation need not make them."""
    return _shipped(model)


@lru_cache(maxsize=1)
def _shipped(model: str) -> Mapping[str, Vectors]:
    found: dict[str, Vectors] = {}
    for path in sorted(packs.SHIPPED.glob(f"*/{vector_file.NAME}")):
        found |= vector_file.read(path, model)
    return found


def keep(session: Session, municipality: str, model: str, vectors: Mapping[str, Vectors]) -> None:
    """Store vectors; those that are there already stay."""
    there: set[str] = set()
    for keys in _portions(sorted(vectors)):
        there |= set(
            session.scalars(
                select(PassageVector.key).where(
                    PassageVector.municipality_id == municipality,
                    PassageVector.model == model,
                    PassageVector.key.in_(keys),
                )
            )
        )
    session.add_all(
        PassageVector(municipality_id=municipality, model=model, key=key, vector=packed(vector))
        for key, vector in vectors.items()
        if key not in there
    )


def forget(session: Session, municipality: str, model: str, wanted: Collection[str]) -> None:
    """Delete the vectors of texts that no entry says any more."""
    rows = session.scalars(
        select(PassageVector.key).where(PassageVector.municipality_id == municipality, PassageVector.model == model)
    )
    for keys in _portions(sorted(set(rows) - set(wanted))):
        session.execute(
            delete(PassageVector).where(
                PassageVector.municipality_id == municipality,
                PassageVector.model == model,
                PassageVector.key.in_(keys),
            )
        )


def _portions(keys: list[str], size: int = 500) -> Iterable[list[str]]:
    """Lists short enough for one statement's variables."""
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
