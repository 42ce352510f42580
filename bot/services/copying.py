"""Moving an installation to another database, row by row: from SQLite to PostgreSQL when it grows, or back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column, Connection, Table, bindparam, func, insert, select, text, update

import bot.models  # noqa: F401  every table must be known
from bot.db import Base, Database
from bot.errors import BadInputError, ConflictError
from bot.services import schema
from bot.services.exclusive import Lock
from bot.services.keystore import KeyStore

AT_ONCE = 2_000  # rows read and written together


def copy(source_url: str, target_url: str) -> dict[str, int]:
    """Copy every row into an empty database, in one transaction; returns how many by table.

    Raises ConflictError when entaku runs on the source or the target holds something, BadInputError when the source
    is not at this release's tables.
    """
    source, target = Database(source_url), Database(target_url)
    lock = Lock(source, "entaku-clock")
    try:
        if schema.revision(source) != schema.head():
            raise BadInputError("The source's tables are not of this release: entaku db upgrade.")
        if not lock.take(wait=False):
            raise ConflictError("Entaku is running on the source; stop it first.")
        schema.upgrade(target_url)
        _must_be_empty(target)
        with source.engine.connect() as reading, target.writing_engine.begin() as writing:
            return {table.name: _copy_table(reading, writing, table) for table in Base.metadata.sorted_tables}
    finally:
        lock.release()
        source.close()
        target.close()


def copy_keys(source_url: str, target_url: str) -> int:
    """Copy the keys of open polls; those that are there already stay. The old key store must then be destroyed."""
    source, target = KeyStore(source_url), KeyStore(target_url)
    try:
        keys = source.everything()
        for poll, key in keys.items():
            target.put(poll, key)
        return len(keys)
    finally:
        source.database.close()
        target.database.close()


def _must_be_empty(target: Database) -> None:
    with target.engine.connect() as connection:
        full = [
            table.name
            for table in Base.metadata.sorted_tables
            if connection.execute(select(1).select_from(table).limit(1)).first()
        ]
    if full:
        raise ConflictError(f"The target already holds something ({', '.join(full[:3])}); give an empty database.")


def _copy_table(reading: Connection, writing: Connection, table: Table) -> int:
    """Rows that refer to rows of their own table get the reference afterwards: the other may not be there yet."""
    later = {key.parent.name for key in table.foreign_keys if key.column.table is table}
    statement = insert(table).values({c.name: bindparam(f"v_{c.name}", type_=_exact(c)) for c in table.columns})
    count, references = 0, []
    for rows in reading.execution_options(stream_results=True).execute(select(table)).partitions(AT_ONCE):
        values = [dict(row._mapping) for row in rows]  # noqa: SLF001  a Row's public name for its columns
        references += [row for row in values if any(row[name] is not None for name in later)]
        plain = [{f"v_{name}": None if name in later else value for name, value in row.items()} for row in values]
        writing.execute(statement, plain)
        count += len(rows)
    for row in references:
        identity = [column == row[column.name] for column in table.primary_key]
        writing.execute(update(table).where(*identity).values({name: row[name] for name in later}))
    _count_on(writing, table)
    return count


def _exact(column: Column[Any]) -> Any:
    """A missing JSON value stays missing; SQLAlchemy would else write JSON's own null."""
    return JSON(none_as_null=True) if isinstance(column.type, JSON) and column.nullable else column.type


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL counts rows by a sequence of its own: let it go on after the last one."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key:
        named = "SELECT pg_get_serial_sequence(:table, :column)"
        sequence = connection.execute(text(named), {"table": table.name, "column": column.name}).scalar()
        last = connection.execute(select(func.max(column))).scalar() if sequence else None
        if last is not None:
            connection.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})
