"""practice"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = bot.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    """How far first use has come; what practice telephones show."""
    op.create_table(
        "setup_progress",
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("checked", sa.JSON(), nullable=False),
        sa.Column("redelivery", sa.Boolean(), nullable=False),
        sa.Column("replies_off", sa.Boolean(), nullable=False),
        sa.Column("word", sa.String(length=20), nullable=True),
        sa.Column("word_until", MOMENT, nullable=True),
        sa.Column("tester_id", ID, nullable=True),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("tested_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_message.id"], name=op.f("fk_setup_progress_message_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_setup_progress_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["tester_id"], ["resident.id"], name=op.f("fk_setup_progress_tester_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("municipality_id", name=op.f("pk_setup_progress")),
    )
    op.create_index(op.f("ix_setup_progress_tester_id"), "setup_progress", ["tester_id"])
    op.create_index(op.f("ix_setup_progress_message_id"), "setup_progress", ["message_id"])
    op.create_table(
        "practice_message",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_practice_message_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_practice_message_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_message")),
    )
    op.create_index(op.f("ix_practice_message_municipality_id"), "practice_message", ["municipality_id"])
    op.create_index(op.f("ix_practice_message_resident_id"), "practice_message", ["resident_id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("practice_message")
    op.drop_table("setup_progress")
