"""Entries as staff read them: listed, searched by words, counted. Changing them: bot.services.entry_editing."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from bot.errors import NotFoundError
from bot.models import Entry
from content.packs_model import KINDS

PAGE = 50


@dataclass(frozen=True)
class Found:
    """One page of entries. `kinds` counts the whole municipality by kind."""

    rows: tuple[Entry, ...]
    total: int
    kinds: dict[str, int]


def rows(session: Session, municipality: str) -> list[Entry]:
    """All entries by title."""
    query = select(Entry).where(Entry.municipality_id == municipality)
    return list(session.scalars(query.order_by(Entry.title, Entry.id)))


def search(
    session: Session, municipality: str, words: str = "", kind: str = "", page: int = 1, *, drafts: bool = False
) -> Found:
    """Entries whose title, text, questions or keywords hold all the words (any width and case).

    With `drafts` only those that are not published, the newest first.
    """
    of = [Entry.municipality_id == municipality, *([Entry.published.is_(False)] if drafts else [])]
    by_kind = case({one: at for at, one in enumerate(KINDS)}, value=Entry.kind, else_=len(KINDS))
    first = Entry.updated_at.desc() if drafts else by_kind
    query = select(Entry).where(*of).order_by(first, Entry.title, Entry.id)
    if words.strip():
        return _page(list(session.scalars(query)), words, kind, page)
    counted = session.execute(select(Entry.kind, func.count()).where(*of).group_by(Entry.kind)).all()
    kinds = dict(counted)
    total = kinds.get(kind, 0) if kind else sum(kinds.values())
    if kind:
        query = query.where(Entry.kind == kind)
    shown = session.scalars(query.offset((max(page, 1) - 1) * PAGE).limit(PAGE))
    return Found(tuple(shown), total, kinds)


def _page(rows: list[Entry], words: str, kind: str, page: int) -> Found:
    kinds: dict[str, int] = {}
    for row in rows:
        kinds[row.kind] = kinds.get(row.kind, 0) + 1
    wanted = _fold(words).split()
    found = [row for row in rows if kind in ("", row.kind) and all(word in _text(row) for word in wanted)]
    start = (max(page, 1) - 1) * PAGE
    return Found(tuple(found[start : start + PAGE]), len(found), kinds)


def get(session: Session, municipality: str, entry_id: int) -> Entry:
    """One entry of this municipality. Raises NotFoundError."""
    row = session.get(Entry, entry_id)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("この記事は見つかりません。")
    return row


def _text(row: Entry) -> str:
    parts = [row.title, row.key, row.data.get("body"), row.data.get("owner")]
    for name in ("questions", "keywords", "aliases", "districts"):
        parts += row.data.get(name) or []
    return _fold(" ".join(str(part) for part in parts if part))


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
