"""learning: entries with versions, ratings and the pack's own text; who wants to hear the answer to a question"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
QUESTION, ENTRY, RESIDENT = "unanswered_question", "entry", "resident"
BY_WORDS = "uq_unanswered_question_municipality_id_folded"
BY_WORDS_AND_DISTRICT = "uq_unanswered_question_municipality_id_folded_district_id"


def upgrade() -> None:
    """Add the columns and tables; a question is counted for each district on its own."""
    with op.batch_alter_table(ENTRY) as batch:
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("edited_at", bot.db.UtcDateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("pack_data", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("pack_newer", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table(RESIDENT) as batch:
        batch.add_column(sa.Column("rating_asked", sa.String(length=7), nullable=True))
    with op.batch_alter_table(QUESTION) as batch:
        batch.add_column(sa.Column("first_at", bot.db.UtcDateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("entry_id", ID, nullable=True))
        batch.create_foreign_key("fk_unanswered_question_entry_id", ENTRY, ["entry_id"], ["id"], ondelete="SET NULL")
        batch.create_index("ix_unanswered_question_entry_id", ["entry_id"])
        batch.drop_constraint(BY_WORDS, type_="unique")
        batch.create_unique_constraint(BY_WORDS_AND_DISTRICT, ["municipality_id", "folded", "district_id"])
    _new_tables()


def _new_tables() -> None:
    op.create_table(
        "question_asker",
        sa.Column("question_id", ID, nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("wished_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        _key("question_asker", "question_id", "unanswered_question.id", "CASCADE"),
        _key("question_asker", "resident_id", "resident.id", "CASCADE"),
        _key("question_asker", "municipality_id", "municipality.id"),
        sa.PrimaryKeyConstraint("question_id", "resident_id", name="pk_question_asker"),
    )
    op.create_index("ix_question_asker_resident_id", "question_asker", ["resident_id"])
    op.create_index("ix_question_asker_municipality_id", "question_asker", ["municipality_id"])
    op.create_table(
        "entry_version",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        _key("entry_version", "entry_id", "entry.id", "CASCADE"),
        _key("entry_version", "municipality_id", "municipality.id"),
        sa.PrimaryKeyConstraint("id", name="pk_entry_version"),
        sa.UniqueConstraint("entry_id", "version", name="uq_entry_version_entry_id_version"),
    )
    op.create_index("ix_entry_version_municipality_id", "entry_version", ["municipality_id"])
    op.create_table(
        "entry_rating",
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("question", sa.String(length=10), nullable=False),
        sa.Column("value", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("question IN ('found', 'clear', 'useful')", name="ck_entry_rating_question"),
        _key("entry_rating", "entry_id", "entry.id", "CASCADE"),
        _key("entry_rating", "municipality_id", "municipality.id"),
        sa.PrimaryKeyConstraint("entry_id", "question", "value", name="pk_entry_rating"),
    )
    op.create_index("ix_entry_rating_municipality_id", "entry_rating", ["municipality_id"])


def _key(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}", ondelete=ondelete)


def downgrade() -> None:
    """Take all of it away; of a question's rows for several districts the first stays."""
    for table in ("entry_rating", "entry_version", "question_asker"):
        op.drop_table(table)
    op.execute(
        "DELETE FROM unanswered_question WHERE id NOT IN "
        "(SELECT MIN(id) FROM unanswered_question GROUP BY municipality_id, folded)"
    )
    with op.batch_alter_table(QUESTION) as batch:
        batch.drop_constraint(BY_WORDS_AND_DISTRICT, type_="unique")
        batch.create_unique_constraint(BY_WORDS, ["municipality_id", "folded"])
        batch.drop_constraint("fk_unanswered_question_entry_id", type_="foreignkey")
        batch.drop_index("ix_unanswered_question_entry_id")
        batch.drop_column("entry_id")
        batch.drop_column("first_at")
    # Not in a batch: SQLite would make these tables anew, and what hangs on their rows would go with the old ones.
    op.drop_column(RESIDENT, "rating_asked")
    for column in ("pack_newer", "pack_data", "edited_at", "version"):
        op.drop_column(ENTRY, column)
