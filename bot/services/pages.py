"""A city's residents read in pages of ids, so that memory stays flat however many there are.

A query takes a page as two parameters. A long list of ids in it is narrowed by them too (bot.services.ledger),
else each page would make the whole list again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypedDict

from sqlalchemy import ColumnElement, LargeBinary, SQLColumnExpression, String, and_, bindparam, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from bot.models import Resident
from bot.models.columns import ID

SIZE: Final = 65_536
AFTER, UP_TO = bindparam("after", type_=ID), bindparam("up_to", type_=ID)


class Page(TypedDict):
    """Residents with after < id <= up_to."""

    after: int
    up_to: int


def on_page(resident_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Whether an id is on the page that is given with the query."""
    return and_(resident_id > AFTER, resident_id <= UP_TO)


def pages(session: Session) -> Iterator[Page]:
    """Every page there is, of all municipalities: ids are given out in one row for all of them."""
    ends = (select(end(Resident.id)).scalar_subquery() for end in (func.min, func.max))  # each of them by the index
    first, last = session.execute(select(*ends)).one()
    for after in range((first or 0) - 1, last or 0, SIZE):
        yield {"after": after, "up_to": after + SIZE}


class by_other_columns(FunctionElement[Any]):  # noqa: N801  reads as the SQL function that it is
    """A column whose own index is not taken: SQLite may think a district as large as its municipality."""

    inherit_cache = True


class joined_bytes(FunctionElement[bytes | None]):  # noqa: N801
    """Bytes of all rows, joined, in the order of `joined_ids`; NULL of no row. Arguments: the bytes, the id."""

    type: TypeEngine[Any] = LargeBinary()
    inherit_cache = True


class joined_ids(FunctionElement[str | None]):  # noqa: N801
    """Ids of all rows with commas between them; NULL of no row."""

    type: TypeEngine[Any] = String()
    inherit_cache = True


@compiles(by_other_columns)
def _(element: by_other_columns, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


@compiles(by_other_columns, "postgresql")
def _(element: by_other_columns, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(joined_bytes)
def _(element: joined_bytes, compiler: Any, **options: Any) -> str:
    return f"CAST(group_concat({compiler.process(next(iter(element.clauses)), **options)}, '') AS BLOB)"


@compiles(joined_bytes, "postgresql")
def _(element: joined_bytes, compiler: Any, **options: Any) -> str:
    value, by = (compiler.process(one, **options) for one in element.clauses)
    return f"string_agg({value}, ''::bytea ORDER BY {by})"


@compiles(joined_ids)
def _(element: joined_ids, compiler: Any, **options: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **options)})"


@compiles(joined_ids, "postgresql")
def _(element: joined_ids, compiler: Any, **options: Any) -> str:
    value = compiler.process(element.clauses, **options)
    return f"string_agg(CAST({value} AS TEXT), ',' ORDER BY {value})"
