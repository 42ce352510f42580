"""Column kinds that tables share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import mapped_column

from bot.db import UtcDateTime

# SQLite only counts rows by itself for INTEGER; PostgreSQL wants room for more than 2^31 rows.
ID = BigInteger().with_variant(Integer, "sqlite")

RowId = Annotated[int, mapped_column(ID, primary_key=True, autoincrement=True)]
MunicipalityId = Annotated[str, mapped_column(String(32), ForeignKey("municipality.id"), index=True)]
Moment = Annotated[datetime, mapped_column(UtcDateTime)]
JsonObject = Annotated[dict[str, Any], mapped_column(JSON)]
JsonList = Annotated[list[Any], mapped_column(JSON)]


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """A CHECK that a column holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
