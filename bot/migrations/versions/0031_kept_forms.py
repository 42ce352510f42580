"""kept forms, and retention by municipality"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.db import UtcDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forms that wait while their writer is at the city's sign-in; what retention erased, by municipality."""
    op.create_table(
        "kept_form",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(32), nullable=True),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("form", sa.LargeBinary(), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_kept_form_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_form")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_kept_form_key_hash")),
    )
    op.create_index(op.f("ix_kept_form_municipality_id"), "kept_form", ["municipality_id"])
    _runs("municipality_id", "''")


def downgrade() -> None:
    """Take it away; the numbers of all municipalities stand together again."""
    _runs("", "")
    op.drop_table("kept_form")


def _runs(column: str, value: str) -> None:
    """Make `retention_run` anew, with the column in its key or without it."""
    op.rename_table("retention_run", "retention_run_old")
    key = ["rule", "day", *([column] if column else [])]
    columns = [sa.Column(column, sa.String(32), nullable=False)] if column else []
    with op.batch_alter_table("retention_run_old") as batch:
        batch.drop_constraint(op.f("pk_retention_run"), type_="primary")
    op.create_table(
        "retention_run",
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *columns,
        sa.Column("erased", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_retention_run")),
    )
    chosen = f", {value}" if column else ""
    summed = "erased, last, at" if column else "SUM(erased), SUM(last), MAX(at)"
    group = "" if column else " GROUP BY rule, day"
    named = f", {column}" if column else ""
    op.execute(
        f"INSERT INTO retention_run (rule, day{named}, erased, last, at) "  # noqa: S608 our own words
        f"SELECT rule, day{chosen}, {summed} FROM retention_run_old{group}"
    )
    op.drop_table("retention_run_old")
