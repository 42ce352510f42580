"""telling again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.db import UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Pictures and papers of circular items, with their particulars; when a stopped send goes on."""
    op.create_table(
        "circular_file",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(32), nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("url", sa.String(300), nullable=False),
        sa.Column("media_type", sa.String(20), nullable=False),
        sa.Column("words", sa.String(120), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('picture', 'paper')", name=op.f("ck_circular_file_kind")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["circular_item.id"], name=op.f("fk_circular_file_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_circular_file_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circular_file")),
        sa.UniqueConstraint("item_id", "kind", name=op.f("uq_circular_file_item_id_kind")),
        sa.UniqueConstraint("token", name=op.f("uq_circular_file_token")),
    )
    op.create_index(op.f("ix_circular_file_municipality_id"), "circular_file", ["municipality_id"])
    # Not in a batch: SQLite would make the tables anew.
    op.add_column("circular_item", sa.Column("particulars", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("announcement", sa.Column("resumes_at", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Text alone; a send that was to go on by day stays stopped."""
    op.drop_column("announcement", "resumes_at")
    op.drop_column("circular_item", "particulars")
    op.drop_table("circular_file")
