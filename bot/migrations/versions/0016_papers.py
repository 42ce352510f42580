"""papers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Pictures and papers of announcements; of which Japanese text a translation was made."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "announcement_file",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("announcement_id", number, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=120), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('picture', 'paper')", name=op.f("ck_announcement_file_kind")),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_announcement_file_announcement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_announcement_file_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_file")),
        sa.UniqueConstraint("announcement_id", "kind", name=op.f("uq_announcement_file_announcement_id_kind")),
        sa.UniqueConstraint("token", name=op.f("uq_announcement_file_token")),
    )
    with op.batch_alter_table("announcement_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_announcement_file_municipality_id"), ["municipality_id"], unique=False)
    with op.batch_alter_table("announcement_text", schema=None) as batch_op:
        batch_op.add_column(sa.Column("basis", sa.String(length=64), nullable=False, server_default=""))


def downgrade() -> None:
    """Take them away again; the texts in Japanese stay."""
    with op.batch_alter_table("announcement_text", schema=None) as batch_op:
        batch_op.drop_column("basis")
    op.drop_table("announcement_file")
