"""What is made from a municipality's content is kept until the content changes (`Municipality.content_version`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.db import WRITES
from bot.models import Municipality

Made = TypeVar("Made")
_VERSION: Final = select(Municipality.content_version).where(Municipality.id == bindparam("municipality"))


class ByVersion(Generic[Made]):
    """Reads once for each version, by engine and municipality."""

    def __init__(self, read: Callable[[Session, str], Made]) -> None:
        self._read = read
        self._kept: WeakKeyDictionary[Any, dict[str, tuple[int, Made]]] = WeakKeyDictionary()

    def __call__(self, session: Session, municipality: str) -> Made:
        """As it stands for this session. A transaction that writes keeps nothing: it may still be undone."""
        version = session.scalar(_VERSION, {"municipality": municipality}) or 0
        kept = self._kept.setdefault(session.get_bind(), {})
        found = kept.get(municipality)
        if found is not None and found[0] == version:
            return found[1]
        made = self._read(session, municipality)
        if not session.info.get(WRITES):
            kept[municipality] = (version, made)
        return made
