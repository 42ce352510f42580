"""analysis"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who took part in a round, by day and by district."""
    op.create_table(
        "round_audience",
        sa.Column("round_table_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("districts", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_table_id"], ["round_table.id"], name=op.f("fk_round_audience_round_table_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_round_audience_municipality_id")
        ),
        sa.PrimaryKeyConstraint("round_table_id", name=op.f("pk_round_audience")),
    )
    op.create_index(op.f("ix_round_audience_municipality_id"), "round_audience", ["municipality_id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("round_audience")
