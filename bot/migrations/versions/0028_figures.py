"""figures"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Numbers of a day; what became of a question, for the day's count; whether a poll asks for the age."""
    op.create_table(
        "daily_count",
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("district_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('asked', 'answered', 'wrong', 'joined', 'left', 'residents')", name=op.f("ck_daily_count_kind")
        ),
        sa.CheckConstraint("count >= 0", name=op.f("ck_daily_count_not_negative")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_daily_count_municipality_id")),
        sa.PrimaryKeyConstraint("municipality_id", "day", "kind", "district_id", name=op.f("pk_daily_count")),
    )
    with op.batch_alter_table("daily_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_daily_count_municipality_id"), ["municipality_id"], unique=False)
    with op.batch_alter_table("inbox_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about", sa.String(length=10), nullable=True))
    with op.batch_alter_table("poll", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asks_age", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("poll", schema=None) as batch_op:
        batch_op.drop_column("asks_age")
    with op.batch_alter_table("inbox_event", schema=None) as batch_op:
        batch_op.drop_column("about")
    with op.batch_alter_table("daily_count", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_daily_count_municipality_id"))
    op.drop_table("daily_count")
