"""Carrying out what erases, and remembering of whose municipality it was: the privacy desk tells each its own."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from sqlalchemy import Delete, Update
from sqlalchemy.orm import Session

NOBODYS: Final = ""  # rows of no municipality
_NOTED: Final = "erased"


def carry_out(session: Session, statement: Delete | Update) -> int:
    """Execute a DELETE or UPDATE of many rows; returns how many, and notes them by municipality."""
    table: Any = statement.table
    gone = session.scalars(
        statement.returning(table.c.municipality_id).execution_options(synchronize_session=False)
    ).all()
    for municipality in gone:
        note(session, municipality)
    return len(gone)


def note(session: Session, municipality: str | None, count: int = 1) -> None:
    """Rows of this municipality were erased in this transaction, one by one."""
    session.info.setdefault(_NOTED, Counter())[municipality or NOBODYS] += count


def noted(session: Session, whole: int) -> dict[str, int]:
    """Of `whole` rows how many were whose; what was not noted is nobody's."""
    found: Counter[str] = session.info.pop(_NOTED, Counter())
    found[NOBODYS] += whole - found.total()
    return {municipality: count for municipality, count in found.items() if count > 0}
