"""doors"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """How many ballots came in by which door while a poll is open; tickets for households without LINE."""
    op.create_table(
        "poll_door",
        sa.Column("poll_id", ID, nullable=False),
        sa.Column("door", sa.String(length=10), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("entered", sa.Integer(), nullable=False),
        sa.CheckConstraint("door IN ('paper', 'phone', 'desk', 'meeting')", name=op.f("ck_poll_door_door")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_poll_door_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_door_poll_id_poll"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("poll_id", "door", name=op.f("pk_poll_door")),
    )
    op.create_index(op.f("ix_poll_door_municipality_id"), "poll_door", ["municipality_id"])
    op.create_table(
        "poll_ticket",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("poll_id", ID, nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_poll_ticket_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_ticket_poll_id_poll"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_poll_ticket")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_poll_ticket_municipality_id"), "poll_ticket", ["municipality_id"])
    op.create_index(op.f("ix_poll_ticket_poll_id"), "poll_ticket", ["poll_id"])


def downgrade() -> None:
    """Take both away again."""
    op.drop_table("poll_ticket")
    op.drop_table("poll_door")
