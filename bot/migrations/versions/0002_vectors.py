"""vectors"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The vectors of entries' passages; empty at first: answering goes by words until they are made."""
    op.create_table(
        "passage_vector",
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_passage_vector_municipality_id")
        ),
        sa.PrimaryKeyConstraint("municipality_id", "model", "key", name=op.f("pk_passage_vector")),
    )


def downgrade() -> None:
    """They can be made again."""
    op.drop_table("passage_vector")
