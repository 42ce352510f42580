"""ledger sheets"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNTOLD = sa.text("told_at IS NULL")
ALL_UNTOLD = sa.text("told_at IS NULL AND lane <> 'now'")
SIZE = 500


def upgrade() -> None:
    """Those told at once stand 500 a row; a row a person is left to those who get it with a digest."""
    op.create_table(
        "ledger_sheet",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("announcement_id", ID, nullable=False),
        sa.Column("variant", sa.String(length=10), nullable=False),
        sa.Column("frozen_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("first_id", ID, nullable=False),
        sa.Column("last_id", ID, nullable=False),
        sa.Column("resident_ids", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_ledger_sheet_announcement_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_ledger_sheet_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_sheet")),
        sa.UniqueConstraint("announcement_id", "first_id", name=op.f("uq_ledger_sheet_announcement_id_first_id")),
    )
    op.create_index(
        "ix_ledger_sheet_between", "ledger_sheet", ["municipality_id", "frozen_at", "first_id", "last_id"]
    )
    _people("digest_recipient", "'morning', 'evening', 'weekly'", UNTOLD)
    ids = "json_group_array(resident_id)" if _sqlite() else "CAST(json_agg(resident_id ORDER BY resident_id) AS TEXT)"
    op.execute(f"""
        INSERT INTO ledger_sheet
            (municipality_id, announcement_id, variant, frozen_at, first_id, last_id, resident_ids)
        SELECT municipality_id, announcement_id, variant, min(frozen_at), min(resident_id), max(resident_id), {ids}
        FROM (
            SELECT municipality_id, announcement_id, variant, frozen_at, resident_id, (row_number() OVER (
                PARTITION BY announcement_id, variant ORDER BY resident_id
            ) - 1) / {SIZE} AS sheet
            FROM announcement_recipient
            WHERE lane = 'now' AND announcement_id IN (SELECT id FROM announcement)
        ) AS people
        GROUP BY municipality_id, announcement_id, variant, sheet
        """)  # noqa: S608
    op.execute("""
        INSERT INTO digest_recipient
            (announcement_id, resident_id, municipality_id, variant, lane, frozen_at, told_at)
        SELECT announcement_id, resident_id, municipality_id, variant, lane, frozen_at, told_at
        FROM announcement_recipient WHERE lane <> 'now'
        """)
    op.drop_table("announcement_recipient")


def downgrade() -> None:
    """A row a person for everybody again."""
    _people("announcement_recipient", "'now', 'morning', 'evening', 'weekly'", ALL_UNTOLD)
    each = "json_each(resident_ids)" if _sqlite() else "json_array_elements_text(CAST(resident_ids AS JSON))"
    op.execute(f"""
        INSERT INTO announcement_recipient
            (announcement_id, resident_id, municipality_id, variant, lane, frozen_at)
        SELECT announcement_id, CAST(person.value AS BIGINT), municipality_id, variant, 'now', frozen_at
        FROM ledger_sheet, {each} AS person
        """)  # noqa: S608
    op.execute("""
        INSERT INTO announcement_recipient
            (announcement_id, resident_id, municipality_id, variant, lane, frozen_at, told_at)
        SELECT announcement_id, resident_id, municipality_id, variant, lane, frozen_at, told_at
        FROM digest_recipient
        """)
    op.drop_table("digest_recipient")
    op.drop_table("ledger_sheet")


def _people(table: str, lanes: str, waiting: sa.TextClause) -> None:
    """The table with a row a person, as it was in 0012 or as it is now."""
    op.create_table(
        table,
        sa.Column("announcement_id", ID, autoincrement=False, nullable=False),
        sa.Column("resident_id", ID, autoincrement=False, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("variant", sa.String(length=10), nullable=False),
        sa.Column("lane", sa.String(length=10), nullable=False),
        sa.Column("frozen_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("told_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"lane IN ({lanes})", name=op.f(f"ck_{table}_lane")),
        sa.PrimaryKeyConstraint("announcement_id", "resident_id", name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )
    op.create_index(f"ix_{table}_resident_id", table, ["resident_id"])
    op.create_index(
        f"ix_{table}_waiting", table, ["lane", "resident_id"], sqlite_where=waiting, postgresql_where=waiting
    )


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
