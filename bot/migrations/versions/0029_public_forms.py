"""public forms"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.db import UtcDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Sign-ups of people without LINE; what somebody asked to be kept of an inquiry that is not sent yet."""
    op.create_table(
        "web_sign_up",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(32), nullable=False),
        sa.Column("entry_key", sa.String(80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("shown", sa.String(4), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("queued_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("over_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("people BETWEEN 1 AND 10", name=op.f("ck_web_sign_up_people")),
        sa.CheckConstraint("state IN ('joined', 'waiting')", name=op.f("ck_web_sign_up_state")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_web_sign_up_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_sign_up")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_web_sign_up_code_hash")),
    )
    op.create_index(op.f("ix_web_sign_up_municipality_id"), "web_sign_up", ["municipality_id"])
    op.create_index(op.f("ix_web_sign_up_over_at"), "web_sign_up", ["over_at"])
    op.create_index("ix_web_sign_up_date", "web_sign_up", ["municipality_id", "entry_key", "day"])
    op.add_column("inquiry_link", sa.Column("draft", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Back to LINE alone."""
    # Not in a batch: SQLite would make the table anew.
    op.drop_column("inquiry_link", "draft")
    op.drop_table("web_sign_up")
